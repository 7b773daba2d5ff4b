/// What is said before records, one message at a time. Source: docs/protocol/tunnel.md#handshake.
///
/// Six bytes of head, version, kind, mode, zero and the length of the body, which follows from kind
/// and mode; then the body.
struct HandshakeMessage: Equatable {
  enum Kind: UInt8 {
    /// Initiator: a cookie, or zeros, and the first message of Noise.
    case initiation = 1
    /// Responder: the initiation is to be said again, with this cookie.
    case cookie = 2
    /// Responder: the second message of Noise.
    case response = 3
  }

  static let version: UInt8 = 1
  static let headBytes = 6
  static let cookieBytes = 32
  static let noCookie = [UInt8](repeating: 0, count: cookieBytes)

  var kind: Kind
  var mode: NoisePattern
  var body: [UInt8]

  /// The body's length.
  static func bodyBytes(_ kind: Kind, _ mode: NoisePattern) -> Int {
    switch kind {
    case .initiation: cookieBytes + (mode == .ik ? 96 : 48)
    case .cookie: cookieBytes
    case .response: 48
    }
  }

  static func head(_ kind: Kind, _ mode: NoisePattern) -> [UInt8] {
    var head = [version, kind.rawValue, mode.number, 0]
    head.append(bigEndian: UInt16(truncatingIfNeeded: bodyBytes(kind, mode)))
    return head
  }

  var encoded: [UInt8] { HandshakeMessage.head(kind, mode) + body }

  /// What both sides put into Noise before its first message: everything said up to there, and the
  /// name that both have for what is reached.
  static func prologue(_ mode: NoisePattern, cookie: [UInt8], name: String) -> [UInt8] {
    let name = Array(name.utf8)
    var prologue = Array("mystel tunnel".utf8) + head(.initiation, mode) + cookie
    prologue.append(bigEndian: UInt16(truncatingIfNeeded: name.count))
    return prologue + name
  }

  /// - Parameters:
  ///   - kinds: those that may come now.
  ///   - mode: the one that is set here; nobody is asked for another.
  /// - Returns: the message, or nil as long as more bytes are needed.
  /// - Throws: `malformed`, `unknownVersion`, `wrongMode`, at the first byte that cannot be right.
  static func parse(
    _ bytes: [UInt8], kinds: [Kind], mode: NoisePattern
  ) throws(TunnelFault) -> HandshakeMessage? {
    if let first = bytes.first, first != version {
      throw first == 0 || first > 8 ? .malformed : .unknownVersion
    }
    guard bytes.count > 1 else { return nil }
    guard let kind = Kind(rawValue: bytes[1]), kinds.contains(kind) else { throw .malformed }
    if bytes.count > 2, bytes[2] != mode.number {
      throw NoisePattern.allCases.contains { $0.number == bytes[2] } ? .wrongMode : .malformed
    }
    let head = head(kind, mode)
    guard bytes.starts(with: head.prefix(bytes.count)) else { throw .malformed }
    let whole = head.count + bodyBytes(kind, mode)
    guard bytes.count >= whole else { return nil }
    return HandshakeMessage(kind: kind, mode: mode, body: Array(bytes[head.count..<whole]))
  }
}

extension NoisePattern {
  /// How the pattern is named on the wire.
  var number: UInt8 {
    switch self {
    case .nk: 1
    case .ik: 2
    case .nnpsk0: 3
    }
  }
}
