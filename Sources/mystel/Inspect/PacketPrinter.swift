import Foundation
import MystelCore
import MystelSim
import MystelWire

/// Packets by name with their fields, a line each, for people or as JSON.
struct PacketPrinter {
  /// One packet, and where it was found.
  struct Found {
    var milliseconds: Double
    var from: Side
    var bytes: [UInt8]
    var place: Place
  }

  enum Place {
    /// The line of a transcript.
    case line(Int)
    case session(CapturedSessions.Session)
  }

  /// Only packets of these names.
  var names: Set<String>?
  /// Only packets from this side.
  var side: Side?
  var hex = false
  var secrets = false
  var json = false

  /// The line of a packet; nil where it is not wanted.
  func line(_ found: Found, file: String, _ build: BuildPolicy?) -> String? {
    let bytes = found.bytes
    let content = PacketContent(bytes, build: build, leavingOut: secrets ? .nothing : .secrets)
    let name = content.name ?? "opcode \(content.opcode)"
    guard names?.contains(name) ?? true, side.map({ found.from == $0 }) ?? true else { return nil }
    let shown = hex && (secrets || !content.isSecret) ? bytes : nil
    return json ? jsonLine(found, file, content, shown) : textLine(found, name, content, shown)
  }

  private func textLine(
    _ found: Found, _ name: String, _ content: PacketContent, _ shown: [UInt8]?
  ) -> String {
    var text = ""
    if case .session(let session) = found.place { text += "\(session.client)" }
    text += String(format: "%12.3f ms", found.milliseconds)
    text += "  \(word(found.from))  \(name)  \(found.bytes.count) bytes"
    if let decoding = content.decoding {
      text += "  "
      if let stamp = content.stamp { text += "count \(stamp.count), hash \(stamp.hash) " }
      text += decoding.fields.description
      if let problem = decoding.problem {
        text += "  ! \(problem.field): \(problem.fault)"
      }
    }
    if let shown { text += "\n    " + digits(shown) }
    return text
  }

  private func jsonLine(
    _ found: Found, _ file: String, _ content: PacketContent, _ shown: [UInt8]?
  ) -> String {
    var members = ["\"file\":\(file.jsonQuoted)"]
    switch found.place {
    case .line(let line): members.append("\"line\":\(line)")
    case .session(let session):
      members.append("\"session\":\(session.number)")
      members.append("\"client\":\"\(session.client)\"")
      members.append("\"server\":\"\(session.server)\"")
    }
    members.append("\"milliseconds\":" + String(format: "%.3f", found.milliseconds))
    members.append("\"from\":\"\(word(found.from))\"")
    members.append("\"name\":" + (content.name?.jsonQuoted ?? "null"))
    members.append("\"opcode\":\(content.opcode)")
    members.append("\"bytes\":\(found.bytes.count)")
    if let decoding = content.decoding {
      if let stamp = content.stamp {
        members.append("\"integrity\":{\"count\":\(stamp.count),\"hash\":\(stamp.hash)}")
      }
      members.append("\"fields\":\(decoding.fields.json)")
      if let problem = decoding.problem {
        members.append(
          "\"problem\":{\"field\":\(problem.field.jsonQuoted),\"fault\":\"\(problem.fault)\"}")
      }
    }
    if let shown { members.append("\"hex\":\"\(digits(shown))\"") }
    return "{" + members.joined(separator: ",") + "}"
  }

  private func word(_ side: Side) -> String { side == .client ? "client" : "server" }

  private func digits(_ bytes: [UInt8]) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
  }
}
