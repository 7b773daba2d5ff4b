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

  /// Fields that nobody needs to see to understand a session.
  private static let secretFields: [String: Set<String>] = [
    "C_LOGIN_ARBITER": ["ticket"], "C_SECOND_PASSWORD_AUTH": ["hash"],
    "C_CREATE_PRIVATE_CHANNEL": ["password"], "C_JOIN_PRIVATE_CHANNEL": ["password"],
    "C_EDIT_PRIVATE_CHANNEL": ["password"],
  ]

  /// The line of a packet; nil where it is not wanted.
  func line(_ found: Found, file: String, _ build: BuildPolicy?) -> String? {
    let bytes = found.bytes
    let opcode = bytes.count >= 4 ? UInt16(bytes[2]) | UInt16(bytes[3]) << 8 : 0
    let known = build?.names[opcode]
    let name = known ?? "opcode \(opcode)"
    guard names?.contains(name) ?? true, side.map({ found.from == $0 }) ?? true else { return nil }
    var content: Content?
    if let known, let traits = build?.pack.packets[known], let layout = traits.layout,
      let view = PacketView(bytes.span.bytes)
    {
      content = self.content(layout, view, traits.integrity)
    }
    let isSecret = known.map { Self.secretFields[$0] != nil } ?? false
    let shown = hex && (secrets || !isSecret) ? bytes : nil
    return json
      ? jsonLine(found, file, known, opcode, content, shown)
      : textLine(found, name, content, shown)
  }

  private struct Content {
    var stamp: IntegrityHeader?
    var decoding: PacketDecoding
  }

  /// The fields, read with an integrity header where they only fit so.
  private func content(
    _ layout: PacketLayout, _ view: borrowing PacketView,
    _ integrity: PacketTraits.IntegrityHeader
  ) -> Content {
    let header = PacketView.integrityHeaderBytes - PacketView.headerBytes
    var content = Content(stamp: nil, decoding: layout.decode(view))
    if integrity != .absent,
      content.decoding.problem != nil || content.decoding.consumedEnd < view.byteCount
    {
      let shifted = layout.decode(view, bodyOffset: header)
      if shifted.problem == nil, shifted.consumedEnd > 0, let stamp = view.integrityHeader {
        content = Content(stamp: stamp, decoding: shifted)
      }
    }
    for name in secrets ? [] : Self.secretFields[layout.name] ?? [] {
      content.decoding.fields[name] = .text("left out")
    }
    return content
  }

  private func textLine(
    _ found: Found, _ name: String, _ content: Content?, _ shown: [UInt8]?
  ) -> String {
    var text = ""
    if case .session(let session) = found.place { text += "\(session.client)" }
    text += String(format: "%12.3f ms", found.milliseconds)
    text += "  \(word(found.from))  \(name)  \(found.bytes.count) bytes"
    if let content {
      text += "  "
      if let stamp = content.stamp { text += "count \(stamp.count), hash \(stamp.hash) " }
      text += content.decoding.fields.description
      if let problem = content.decoding.problem {
        text += "  ! \(problem.field): \(problem.fault)"
      }
    }
    if let shown { text += "\n    " + digits(shown) }
    return text
  }

  private func jsonLine(
    _ found: Found, _ file: String, _ name: String?, _ opcode: UInt16, _ content: Content?,
    _ shown: [UInt8]?
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
    members.append("\"name\":" + (name?.jsonQuoted ?? "null"))
    members.append("\"opcode\":\(opcode)")
    members.append("\"bytes\":\(found.bytes.count)")
    if let content {
      if let stamp = content.stamp {
        members.append("\"integrity\":{\"count\":\(stamp.count),\"hash\":\(stamp.hash)}")
      }
      members.append("\"fields\":\(content.decoding.fields.json)")
      if let problem = content.decoding.problem {
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
