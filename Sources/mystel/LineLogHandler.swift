import Foundation
import Logging
import MystelCore
import Synchronization

/// Writes one line a log event to standard error, for people or as JSON.
///
/// Everything a peer can influence is escaped, so that no line can be forged.
struct LineLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  private let format: Configuration.Log.Format

  init(_ log: Configuration.Log) {
    logLevel = Logger.Level(rawValue: log.level.rawValue) ?? .info
    format = log.format
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let fields = metadata.merging(event.metadata ?? [:]) { _, new in new }
      .map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }
    let time = LineLogHandler.timestamp()
    var line: String
    switch format {
    case .human:
      line = "\(time) \(event.level.rawValue.uppercased()) \(escaped("\(event.message)"))"
      for (key, value) in fields { line += " \(key)=\(quotedIfNeeded(value))" }
    case .json:
      line =
        #"{"time":"\#(time)","level":"\#(event.level.rawValue)","message":"\#(escaped("\(event.message)"))""#
      for (key, value) in fields { line += #","\#(escaped(key))":\#(jsonValue(value))"# }
      line += "}"
    }
    line += "\n"
    FileHandle.standardError.write(Data(line.utf8))
  }

  /// Numbers and JSON objects of our own making stand as they are.
  private func jsonValue(_ text: String) -> String {
    if text.hasPrefix("{"), text.hasSuffix("}") { return text }
    if !text.isEmpty, text.count < 19, text.utf8.allSatisfy({ (48...57).contains($0) }),
      text == "0" || !text.hasPrefix("0")
    {
      return text
    }
    return "\"\(escaped(text))\""
  }

  private func quotedIfNeeded(_ text: String) -> String {
    text.contains(" ") || text.isEmpty ? "\"\(escaped(text))\"" : escaped(text)
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

  private static func timestamp() -> String {
    Date.now.formatted(
      .iso8601.year().month().day().dateSeparator(.dash).time(includingFractionalSeconds: true))
  }
}
