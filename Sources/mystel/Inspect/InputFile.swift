import Foundation
import MystelSim

/// A file that a command reads once, from front to back; it may be a pipe.
final class InputFile {
  /// Why a file cannot be read.
  struct Unreadable: Error, CustomStringConvertible {
    let description: String

    init(_ code: CInt) { description = String(cString: strerror(code)) }
  }

  private let file: UnsafeMutablePointer<FILE>

  /// - Throws: `Unreadable`.
  private init(_ path: String) throws {
    guard let file = fopen(path, "re") else { throw Unreadable(errno) }
    self.file = file
  }

  deinit { fclose(file) }

  /// - Throws: `Unreadable`, now and when it is read.
  static func open(_ path: String) throws -> CaptureInput {
    let opened = try InputFile(path)
    return CaptureInput { try opened.chunk() }
  }

  private func chunk() throws -> [UInt8] {
    var code: CInt = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
      count = fread(buffer.baseAddress, 1, buffer.count, file)
      if ferror(file) != 0 { code = errno }
    }
    guard code == 0 else { throw Unreadable(code) }
    return chunk
  }
}
