import Foundation
import MystelConfig
import MystelCore
import Testing

@Suite("Files made from the key table")
struct GeneratedFilesTests {
  @Test("the committed schema is the generated one (mystel schema > packaging/mystel.schema.json)")
  func schema() throws {
    #expect(try committed("packaging/mystel.schema.json") == configurationSchema())
  }

  @Test(
    "the committed reference is the generated one (mystel schema --reference > docs/operating/configuration.md)"
  )
  func reference() throws {
    #expect(try committed("docs/operating/configuration.md") == configurationReference())
  }

  @Test("the commented example loads without a warning")
  func example() throws {
    let text = try committed("packaging/mystel.yaml")
    #expect(try ConfigurationLoader.load(text: text, name: "mystel.yaml").warnings == [])
  }

  @Test("the commented example with its defaults uncommented loads to the same configuration")
  func defaultsOfExample() throws {
    let text = try committed("packaging/mystel.yaml")
    let uncommented = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let indent = line.prefix { $0 == " " }
      let body = line.dropFirst(indent.count)
      let setting = body.dropFirst(2)
      let isSetting =
        body.hasPrefix("# ") && !setting.hasPrefix("proxy_protocol: {")
        && setting.firstMatch(of: /^ *[a-z_]+:( |$)/) != nil
        && !setting.hasPrefix("yaml-language-server")
      return isSetting ? String(indent) + setting : String(line)
    }.joined(separator: "\n")
    #expect(uncommented.split(separator: "\n").filter { !$0.hasPrefix("#") }.count >= 35)
    let plain = try ConfigurationLoader.load(text: text, name: "mystel.yaml")
    #expect(
      try ConfigurationLoader.load(text: uncommented, name: "uncommented.yaml").configuration
        == plain.configuration)
  }

  @Test("the example, the reference and the schema name every key")
  func everyKey() throws {
    let example = try committed("packaging/mystel.yaml")
    let reference = configurationReference()
    let schema = configurationSchema()
    #expect(KeyTable.keys.count >= 35)
    for key in KeyTable.keys {
      let name = key.path.split(separator: ".").last.map(String.init) ?? key.path
      #expect(example.contains(name + ":"), "\(key.path)")
      #expect(reference.contains("\(name)`"), "\(key.path)")
      #expect(schema.contains("\"\(name)\": {"), "\(key.path)")
      #expect(key.reason.hasSuffix("."), "\(key.path)")
    }
  }

  private func committed(_ path: String) throws -> String {
    try String(contentsOf: repository.appending(path: path), encoding: .utf8)
  }
}
