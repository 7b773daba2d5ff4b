import MystelWire

/// A packet read by its build's layout, for people to look at; never on the way of a packet.
package struct PacketContent {
  /// What is left out of what is shown.
  package enum Privacy: Sendable {
    case nothing
    /// Login tickets and passwords.
    case secrets
    /// Those, and everything that a player wrote.
    case secretsAndTexts
  }

  /// Nil for opcodes that the build does not have.
  package let name: String?
  package let opcode: UInt16
  /// The integrity header, where the packet was read with one.
  package private(set) var stamp: IntegrityHeader?
  /// Nil without a layout.
  package private(set) var decoding: PacketDecoding?

  /// Fields that nobody needs to see to understand a session.
  private static let secretFields: [String: Set<String>] = [
    "C_LOGIN_ARBITER": ["ticket"], "C_SECOND_PASSWORD_AUTH": ["hash"],
    "C_CREATE_PRIVATE_CHANNEL": ["password"], "C_JOIN_PRIVATE_CHANNEL": ["password"],
    "C_EDIT_PRIVATE_CHANNEL": ["password"],
  ]

  /// Reads a packet, with an integrity header where it only fits so.
  package init(_ bytes: [UInt8], build: BuildPolicy?, leavingOut privacy: Privacy) {
    opcode = bytes.count >= 4 ? UInt16(bytes[2]) | UInt16(bytes[3]) << 8 : 0
    name = build?.names[opcode]
    guard let name, let traits = build?.pack.packets[name], let layout = traits.layout,
      let view = PacketView(bytes.span.bytes)
    else { return }
    var decoding = layout.decode(view)
    if traits.integrity != .absent,
      decoding.problem != nil || decoding.consumedEnd < view.byteCount
    {
      let shifted = layout.decode(
        view, bodyOffset: PacketView.integrityHeaderBytes - PacketView.headerBytes)
      if shifted.problem == nil, shifted.consumedEnd > 0, let header = view.integrityHeader {
        decoding = shifted
        stamp = header
      }
    }
    switch privacy {
    case .nothing: break
    case .secrets: leaveOutSecrets(name, &decoding.fields)
    case .secretsAndTexts:
      leaveOutSecrets(name, &decoding.fields)
      decoding.fields = Self.withoutTexts(decoding.fields)
    }
    self.decoding = decoding
  }

  /// Whether the bytes of such packets hold secrets.
  package var isSecret: Bool { name.map { Self.secretFields[$0] != nil } ?? false }

  /// Whether the packet has fields that players write.
  package var holdsTexts: Bool {
    decoding?.fields.entries.contains { entry in
      switch entry.value {
      case .text, .bytes, .elements: true
      default: false
      }
    } ?? false
  }

  private func leaveOutSecrets(_ name: String, _ fields: inout PacketFields) {
    for field in Self.secretFields[name] ?? [] { fields[field] = .text("left out") }
  }

  /// Of texts their length is left, of bytes their number.
  private static func withoutTexts(_ fields: PacketFields) -> PacketFields {
    PacketFields(
      fields.entries.map { entry in
        switch entry.value {
        case .text(let text) where text != "left out":
          .init(name: entry.name, value: .text("\(text.utf16.count) characters"))
        case .bytes(let bytes):
          .init(name: entry.name, value: .text("\(bytes.count) bytes"))
        case .elements(let elements):
          .init(name: entry.name, value: .elements(elements.map(withoutTexts)))
        default: entry
        }
      })
  }
}
