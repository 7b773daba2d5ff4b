import ArgumentParser
import Foundation

extension InputFile {
  /// The files that arguments name: each itself, or those in a directory whose names end so; prints
  /// what is wrong and ends the command where there are none.
  static func files(
    _ paths: [String], _ endings: [String], called names: String
  ) throws -> [String] {
    var files: [String] = []
    for path in paths {
      var isDirectory: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
        StandardError.write("\(path): no such file or directory\n")
        throw ExitCode(66)
      }
      guard isDirectory.boolValue else {
        files.append(path)
        continue
      }
      files += try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        .filter { name in endings.contains { name.hasSuffix($0) } }
        .map { URL(fileURLWithPath: path).appendingPathComponent($0).path }
    }
    guard !files.isEmpty else {
      StandardError.write("there are no \(names) in \(paths.joined(separator: ", "))\n")
      throw ExitCode(66)
    }
    return files
  }
}
