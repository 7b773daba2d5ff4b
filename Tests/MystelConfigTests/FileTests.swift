import Foundation
import MystelConfig
import Testing

@Suite("Configuration files")
struct FileTests {
  @Test("a file is read, and MYSTEL_CONFIG names one where the command line does not")
  func reads() throws {
    try withFile(minimal) { path in
      let loaded = try ConfigurationLoader.load(path: path, environment: [:])
      #expect(loaded.configuration.listeners.count == 1)
      let named = try ConfigurationLoader.load(path: nil, environment: ["MYSTEL_CONFIG": path])
      #expect(named == loaded)
    }
  }

  @Test("a missing file, a directory and an empty path are problems with a reason")
  func unreadable() {
    let missing = CheckReport(path: "/nonexistent/mystel.yaml", environment: [:])
    #expect(
      missing.diagnostics
        == "/nonexistent/mystel.yaml: cannot be opened: No such file or directory\n")
    #expect(missing.status == 78)
    #expect(missing.output == "")
    #expect(
      CheckReport(path: "/", environment: [:]).diagnostics == "/: is a directory, not a file\n")
    #expect(CheckReport(path: "", environment: [:]).diagnostics.hasPrefix("\"\": cannot be opened"))
  }

  @Test("a file of 50 MB or without an end is refused after its first MiB")
  func large() throws {
    #expect(
      CheckReport(path: "/dev/zero", environment: [:]).diagnostics.contains("larger than 1 MiB"))
    try withFile(String(repeating: "# padding padding padding\n", count: 2_000_000)) { path in
      #expect(CheckReport(path: path, environment: [:]).diagnostics.contains("larger than 1 MiB"))
    }
  }

  @Test("an empty file is a problem of its own")
  func empty() throws {
    try withFile("") { path in
      #expect(CheckReport(path: path, environment: [:]).diagnostics == "\(path):1:1: is empty\n")
    }
    #expect(
      CheckReport(path: "/dev/null", environment: [:]).diagnostics == "/dev/null:1:1: is empty\n")
  }

  @Test("a file cut off anywhere is refused, or warned about, or lost only its last line break")
  func halfWritten() throws {
    let full = try ConfigurationLoader.load(text: minimal, name: "mystel.yaml")
    let bytes = Array(minimal.utf8)
    for length in 0..<bytes.count {
      do throws(ConfigurationProblems) {
        let loaded = try ConfigurationLoader.load(
          bytes: Array(bytes[..<length]), name: "mystel.yaml")
        #expect(loaded.configuration == full.configuration || !loaded.warnings.isEmpty, "\(length)")
      } catch {
        #expect(!error.problems.isEmpty)
      }
    }
  }

  @Test("check prints the resolved configuration, or problems and warnings, and its exit status")
  func report() throws {
    try withFile(minimal + "  - { name: spare, address: \"127.0.0.1:7702\" }\n") { path in
      let report = CheckReport(path: path, environment: [:])
      #expect(report.status == 0)
      #expect(
        report.diagnostics
          == "warning: \(path):10:13: backends[1].name: no listener uses backend spare\n")
      let loaded = try ConfigurationLoader.load(path: path, environment: [:])
      #expect(report.output.hasPrefix(resolvedYAML(loaded.configuration) + "# packs "))
      let broken = CheckReport(path: path, environment: ["MYSTEL_WORKERS": "x"])
      #expect(broken.status == 78)
      #expect(broken.output == "")
      #expect(broken.diagnostics.contains("MYSTEL_WORKERS: workers: must be a number"))
      #expect(broken.diagnostics.contains("warning: "))
    }
  }

  private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "mystel-\(UUID()).yaml")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url.path)
  }
}
