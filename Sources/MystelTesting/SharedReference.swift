import Foundation

/// The reference folder that some machines have beside the checkout; tests that need it are skipped
/// where it is absent.
package enum SharedReference {
  /// `MYSTEL_SHARED`, or `shared` beside the repository.
  package static let root: URL = {
    if let path = ProcessInfo.processInfo.environment["MYSTEL_SHARED"] {
      return URL(fileURLWithPath: path)
    }
    return URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared")
  }()

  package static var exists: Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent("tera").path)
  }

  package static func data(_ path: String) throws -> Data {
    try Data(contentsOf: root.appendingPathComponent(path))
  }
}
