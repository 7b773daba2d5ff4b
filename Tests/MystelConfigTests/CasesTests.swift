import Foundation
import MystelConfig
import Testing

@Suite("Documents of Tests/Config/cases")
struct CasesTests {
  @Test("there are at least 20 valid and 150 broken documents")
  func counts() {
    #expect(Case.all("valid").count >= 20)
    #expect(Case.all("broken").count >= 150)
  }

  @Test(
    "a broken document is refused with exactly these problems and places",
    arguments: Case.all("broken"))
  func broken(_ document: Case) {
    #expect(!document.expected.isEmpty)
    #expect(throws: ConfigurationProblems.self) {
      try ConfigurationLoader.load(bytes: document.bytes, name: "mystel.yaml")
    }
    do throws(ConfigurationProblems) {
      _ = try ConfigurationLoader.load(bytes: document.bytes, name: "mystel.yaml")
    } catch {
      let lines = error.problems.map(\.description) + error.warnings.map { "warning: \($0)" }
      #expect(lines == document.expected)
    }
  }

  @Test("a valid document loads with exactly these warnings", arguments: Case.all("valid"))
  func valid(_ document: Case) throws {
    let loaded = try ConfigurationLoader.load(bytes: document.bytes, name: "mystel.yaml")
    #expect(loaded.warnings.map { "warning: \($0)" } == document.expected)
  }

  @Test(
    "the resolved YAML of a valid document loads to the same configuration",
    arguments: Case.all("valid"))
  func resolved(_ document: Case) throws {
    let loaded = try ConfigurationLoader.load(bytes: document.bytes, name: "mystel.yaml")
    let text = resolvedYAML(loaded.configuration)
    let again = try ConfigurationLoader.load(text: text, name: "resolved.yaml")
    #expect(again.configuration == loaded.configuration)
    #expect(resolvedYAML(again.configuration) == text)
  }
}
