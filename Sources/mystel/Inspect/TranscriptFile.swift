import ArgumentParser
import Foundation
import MystelSim

/// Reading transcripts for a command.
enum TranscriptFile {
  /// A file that no transcript is as long as; a recorded hour is some 20 MB.
  private static let longestFileBytes = 1 << 30

  /// Why a file cannot be read.
  private struct Unreadable: Error, CustomStringConvertible {
    let description: String

    init(_ code: CInt) { description = String(cString: strerror(code)) }
  }

  /// The transcript in a file; prints what is wrong and ends the command where there is none.
  static func load(_ file: String) throws -> Transcript {
    do {
      return try Transcript(parsing: contents(of: file))
    } catch let error as Transcript.ParseError {
      StandardError.write("\(file):\(error)\n")
      throw ExitCode(65)
    } catch {
      StandardError.write("\(file): cannot be read: \(error)\n")
      throw ExitCode(66)
    }
  }

  /// The whole file, which may be a pipe.
  ///
  /// - Throws: `Unreadable`.
  private static func contents(of path: String) throws -> Data {
    guard let file = fopen(path, "re") else { throw Unreadable(errno) }
    defer { fclose(file) }
    var data = Data()
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      guard ferror(file) == 0 else { throw Unreadable(errno) }
      guard count > 0 else { return data }
      data += chunk.prefix(count)
      guard data.count <= longestFileBytes else { throw Unreadable(EFBIG) }
    }
  }
}
