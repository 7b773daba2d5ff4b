import Foundation
import Logging
import MystelCore
import Synchronization

/// Writes one line a log event, for people or as JSON.
///
/// Of one message only so many lines a second are written, unless somebody wants to see everything; the
/// next one says how many were left out.
///
/// Everything a peer can influence is escaped, so that no line can be forged.
struct LineLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  private let output: LogOutput
  /// Of this logger alone, where it is not the program's.
  private var ownLevel: Logger.Level?

  init(_ output: LogOutput) { self.output = output }

  var logLevel: Logger.Level {
    get { ownLevel ?? Logger.Level(rawValue: output.level.rawValue) ?? .info }
    set { ownLevel = newValue }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
    if event.level > .debug, output.level > .debug {
      let (fits, earlier) = output.admit(
        "\(event.message)", second: Int64(Date.now.timeIntervalSince1970))
      guard fits else { return }
      if earlier > 0 { fields["left_out"] = "\(earlier)" }
    }
    output.write(line(event, LineLogHandler.sorted(fields)) + "\n")
  }

  private func line(
    _ event: LogEvent, _ fields: [(key: String, value: Logger.MetadataValue)]
  ) -> String {
    let time = LineLogHandler.timestamp()
    let message = escaped("\(event.message)")
    var line: String
    switch output.format {
    case .human:
      line = "\(time) \(event.level.rawValue.uppercased()) \(message)"
      for (key, value) in fields { line += " \(key)=\(humanValue(value))" }
    case .json:
      line = #"{"time":"\#(time)","level":"\#(event.level.rawValue)","message":"\#(message)""#
      for (key, value) in fields { line += #","\#(escaped(key))":\#(jsonValue(value))"# }
      line += "}"
    }
    return line
  }

  /// Text in quotes where a reader could not tell where it ends; a section as `{key:value,…}`.
  private func humanValue(_ value: Logger.MetadataValue) -> String {
    guard case .dictionary(let fields) = value else {
      let text = "\(value)"
      let isPlain = !text.isEmpty && !text.contains { " \"{}".contains($0) }
      return isPlain ? escaped(text) : "\"\(escaped(text))\""
    }
    let parts = LineLogHandler.sorted(fields).map { "\($0.key):\(humanValue($0.value))" }
    return "{" + parts.joined(separator: ",") + "}"
  }

  /// Whole numbers stand as numbers, sections as objects, all else is text.
  private func jsonValue(_ value: Logger.MetadataValue) -> String {
    guard case .dictionary(let fields) = value else {
      let text = "\(value)"
      return LineLogHandler.isNumber(text) ? text : "\"\(escaped(text))\""
    }
    let parts = LineLogHandler.sorted(fields)
      .map { "\"\(escaped($0.key))\":\(jsonValue($0.value))" }
    return "{" + parts.joined(separator: ",") + "}"
  }

  private static func isNumber(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count < 19 && text.utf8.allSatisfy { (48...57).contains($0) }
      && (text == "0" || !text.hasPrefix("0"))
  }

  private static func sorted(
    _ fields: Logger.Metadata
  ) -> [(key: String, value: Logger.MetadataValue)] {
    fields.sorted { $0.key < $1.key }
  }

  private func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      default:
        if scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
          || (0x200b...0x200f).contains(scalar.value) || (0x2028...0x202e).contains(scalar.value)
          || (0x2066...0x2069).contains(scalar.value)
        {
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }

  /// Now in UTC, to the millisecond, with the `Z` that says so.
  private static func timestamp() -> String {
    Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
