import Foundation
import MystelConfig
import Testing

/// The repository's root, found from this file.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// One document of `Tests/Config/cases`, with what the loader must say about it.
struct Case: Sendable, CustomTestStringConvertible {
  var name: String
  var bytes: [UInt8]
  /// Lines as `mystel check` prints them, for a file called `mystel.yaml`.
  var expected: [String]

  var testDescription: String { name }

  /// Every document of `valid` or `broken`.
  static func all(_ kind: String) -> [Case] {
    let folder = repository.appending(path: "Tests/Config/cases/\(kind)")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return files.filter { $0.hasSuffix(".yaml") }.sorted().map { file in
      let stem = file.dropLast(5)
      let bytes = (try? Data(contentsOf: folder.appending(path: file))) ?? Data()
      let expectation = (try? Data(contentsOf: folder.appending(path: "\(stem).expect"))) ?? Data()
      return Case(
        name: String(stem), bytes: Array(bytes),
        expected: String(decoding: expectation, as: UTF8.self).split(separator: "\n")
          .map(String.init).filter { !$0.hasPrefix("schema: ") })
    }
  }
}

/// The problems of a text, as lines; empty where it loads.
func problems(
  _ text: String, environment: [String: String] = [:]
) -> [String] {
  problems(bytes: Array(text.utf8), environment: environment)
}

func problems(bytes: [UInt8], environment: [String: String] = [:]) -> [String] {
  do throws(ConfigurationProblems) {
    _ = try ConfigurationLoader.load(bytes: bytes, name: "mystel.yaml", environment: environment)
    return []
  } catch {
    return error.problems.map(\.description)
  }
}

/// The smallest configuration there is.
let minimal = """
  version: 1
  listeners:
    - name: public
      bind: 0.0.0.0:7801
      backend: arbiter
  backends:
    - name: arbiter
      address: 127.0.0.1:7701
      builds: [367081]

  """
