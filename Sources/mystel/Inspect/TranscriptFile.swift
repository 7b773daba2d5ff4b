import ArgumentParser
import Foundation
import MystelSim

/// Reading transcripts for a command.
enum TranscriptFile {
  /// A file that no transcript is as long as; a recorded hour is some 20 MB.
  private static let longestFileBytes = 1 << 30

  /// The transcript in a file; prints what is wrong and ends the command where there is none.
  static func load(_ file: String) throws -> Transcript {
    try reporting(file) {
      var input = try InputFile.open(file)
      return try load(&input)
    }
  }

  /// The transcript in a file that is open already.
  static func load(_ input: inout CaptureInput) throws -> Transcript {
    guard let bytes = try input.rest(atMost: longestFileBytes) else {
      throw InputFile.Unreadable(EFBIG)
    }
    return try Transcript(parsing: Data(bytes))
  }

  /// Prints why a file cannot be read, and ends the command.
  static func reporting<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as Transcript.ParseError {
      StandardError.write("\(file):\(error)\n")
      throw ExitCode(65)
    } catch let error as CaptureError {
      StandardError.write("\(file): \(error)\n")
      throw ExitCode(65)
    } catch let error as InputFile.Unreadable {
      StandardError.write("\(file): cannot be read: \(error)\n")
      throw ExitCode(66)
    }
  }
}
