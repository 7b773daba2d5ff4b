import Foundation

/// One text file of the repository.
struct TextFile {
  /// From the repository's root, with slashes.
  var path: String
  var text: String

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
  var kind: String { path.split(separator: ".").last.map(String.init) ?? "" }
  /// The folder below Sources or Tests; empty elsewhere.
  var target: String {
    let parts = path.split(separator: "/")
    return parts.count > 2 ? String(parts[1]) : ""
  }
}

/// The checkout that these tests were compiled in, read as text.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// What belongs to nobody or to a tool.
  private static let skipped: Set<String> = [
    ".build", ".git", ".swiftpm", ".pytest_cache", "__pycache__", "dist", "Package.resolved",
  ]
  /// Files that hold bytes rather than text.
  private static let binary: Set<String> = ["Corpus", "Regressions"]

  static let files: [TextFile] = {
    var files: [TextFile] = []
    read("", into: &files)
    return files.sorted { $0.path < $1.path }
  }()

  static var swift: [TextFile] { files.filter { $0.kind == "swift" } }
  static var sources: [TextFile] { swift.filter { $0.path.hasPrefix("Sources/") } }
  static var markdown: [TextFile] { files.filter { $0.kind == "md" } }

  static func file(_ path: String) -> TextFile? { files.first { $0.path == path } }

  /// Whether a file or folder is there, text or not.
  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
  }

  private static func read(_ folder: String, into files: inout [TextFile]) {
    let url = root.appendingPathComponent(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    for name in names where !skipped.contains(name) && !binary.contains(name) {
      let path = folder.isEmpty ? name : "\(folder)/\(name)"
      let child = url.appendingPathComponent(name)
      let values = try? child.resourceValues(forKeys: [.isDirectoryKey])
      if values?.isDirectory == true {
        read(path, into: &files)
      } else if let data = try? Data(contentsOf: child),
        let text = String(data: data, encoding: .utf8)
      {
        files.append(TextFile(path: path, text: text))
      }
    }
  }
}
