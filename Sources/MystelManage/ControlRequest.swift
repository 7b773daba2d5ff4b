import Foundation
import MystelCore

/// Requests and answers of the control socket as its clients see them.
package enum ControlRequest {
  /// The most text of one `attach` request: with every character escaped it fits the line.
  package static let attachedCharacters = 8000

  private struct Line<Arguments: Encodable>: Encodable {
    var v = ControlOperation.version
    var op: String
    var args: Arguments?
  }

  private struct Nothing: Codable {}

  private struct Answer<Result: Decodable>: Decodable {
    var ok: Bool
    var result: Result?
    var error: ControlFault?
  }

  private struct Attachment: Encodable {
    var text: String
  }

  /// A request without arguments.
  package static func line(_ operation: ControlOperation) -> [UInt8] {
    encoded(Line<Nothing>(op: operation.rawValue, args: nil))
  }

  package static func line(
    _ operation: ControlOperation, _ arguments: some Encodable
  ) -> [UInt8] {
    encoded(Line(op: operation.rawValue, args: arguments))
  }

  /// The requests that attach a text, in order.
  package static func attaching(_ text: String) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var rest = text.unicodeScalars[...]
    while !rest.isEmpty {
      let part = rest.prefix(attachedCharacters)
      rest = rest.dropFirst(attachedCharacters)
      lines.append(line(.attach, Attachment(text: String(part))))
    }
    return lines
  }

  /// What an answer holds.
  ///
  /// - Throws: what the gateway says is wrong, or that its answer makes no sense.
  package static func result<Result: Decodable>(
    of answer: [UInt8], as _: Result.Type = Result.self
  ) throws(ControlFault) -> Result {
    guard let read = try? JSONDecoder().decode(Answer<Result>.self, from: Data(answer)) else {
      // A fault has no result that could be of another kind.
      if let fault = try? JSONDecoder().decode(Answer<Nothing>.self, from: Data(answer)).error {
        throw fault
      }
      throw ControlFault(
        .version, "the gateway's answer cannot be understood",
        hint: "is this the mystel program of the same release?")
    }
    if let error = read.error { throw error }
    guard let result = read.result else {
      throw ControlFault(.malformed, "the gateway's answer is empty")
    }
    return result
  }

  private static func encoded(_ line: Line<some Encodable>) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array((try? encoder.encode(line)) ?? Data()) + [UInt8(ascii: "\n")]
  }
}
