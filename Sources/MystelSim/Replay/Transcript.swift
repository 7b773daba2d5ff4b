import Foundation
import MystelCore
import MystelWire

/// A recorded session: its keys and its plaintext packets in time order.
///
/// The file has a JSON object a line: first `{"format": "mystel-session-1", "build": …, "keys":
/// {"client1", "server1", "client2", "server2"}}`, then `{"t": milliseconds, "from": "client" |
/// "server", "frame": "hex"}` for every packet.
package struct Transcript: Sendable {
  /// One packet.
  package struct Frame: Sendable {
    /// Since the session began: 0 to `longestMilliseconds`.
    package var milliseconds: Double
    package var from: Side
    package var bytes: [UInt8]
    /// The line of the file, from 1.
    package var line: Int
  }

  /// The latest time a packet may have: a week.
  package static let longestMilliseconds = 604_800_000.0

  /// Why a file is no transcript. Its description goes behind the file's name and a colon.
  package struct ParseError: Error, CustomStringConvertible {
    package var line: Int
    package var problem: String
    package var description: String { "\(line): \(problem)" }
  }

  package var build: UInt32
  package var label: String?
  /// The kind of tool that the player used, where the file says so.
  package var tool: String?
  package var keys: SessionKeys
  package var frames: [Frame]

  private struct Header: Decodable {
    var format: String
    var build: UInt32
    var label: String?
    var tool: String?
    var keys: [String: String]
  }

  private struct Line: Decodable {
    var t: Double
    var from: String
    var frame: String
  }

  /// - Throws: `ParseError` with the line at fault.
  package init(parsing data: Data) throws {
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated().filter { !$0.element.isEmpty }.map { (number: $0.offset + 1, text: $0.element) }
    guard let (firstNumber, first) = lines.first else {
      throw ParseError(line: 1, problem: "the file is empty")
    }
    let decoder = JSONDecoder()
    guard let header = try? decoder.decode(Header.self, from: Data(first)),
      header.format == "mystel-session-1"
    else {
      throw ParseError(line: firstNumber, problem: "not the head of a mystel-session-1 transcript")
    }
    build = header.build
    label = header.label
    tool = header.tool
    func key(_ name: String) throws -> SessionKey {
      guard let text = header.keys[name], let bytes = [UInt8](hex: text),
        let key = SessionKey(bytes)
      else {
        throw ParseError(
          line: firstNumber, problem: "keys.\(name): 256 hexadecimal digits expected")
      }
      return key
    }
    keys = SessionKeys(
      client1: try key("client1"), server1: try key("server1"), client2: try key("client2"),
      server2: try key("server2"))
    frames = try lines.dropFirst().map { number, text in
      try Transcript.frame(Data(text), line: number, decoder: decoder)
    }
    guard !frames.isEmpty else {
      throw ParseError(line: firstNumber + 1, problem: "there is no packet after the head")
    }
  }

  private static func frame(_ data: Data, line number: Int, decoder: JSONDecoder) throws -> Frame {
    guard let line = try? decoder.decode(Line.self, from: data) else {
      throw ParseError(line: number, problem: "not an object with t, from and frame")
    }
    guard (0...longestMilliseconds).contains(line.t) else {
      throw ParseError(line: number, problem: "t: 0 to \(Int(longestMilliseconds)) expected")
    }
    guard line.from == "client" || line.from == "server" else {
      throw ParseError(line: number, problem: "from: \"client\" or \"server\" expected")
    }
    guard let bytes = [UInt8](hex: line.frame), !bytes.isEmpty else {
      throw ParseError(line: number, problem: "frame: hexadecimal digits expected")
    }
    return Frame(
      milliseconds: line.t, from: line.from == "client" ? .client : .backend, bytes: bytes,
      line: number)
  }
}
