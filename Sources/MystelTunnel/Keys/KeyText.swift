import Crypto

/// A key as text, on one line: what it is, and 64 hexadecimal digits. The first word keeps a private
/// key from being pasted where a public one belongs.
package enum KeyText: Sendable {
  case privateKey(TunnelPrivateKey)
  case publicKey(TunnelPublicKey)
  case preshared(SymmetricKey)

  package static let privateWord = "mystel-tunnel-private"
  package static let publicWord = "mystel-tunnel-public"
  package static let presharedWord = "mystel-tunnel-psk"

  /// - Parameter text: one line, with white space around it or not; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let bytes = Hexadecimal.bytes(String(parts[1].trimmed)),
      bytes.count == 32
    else { return nil }
    switch parts[0].trimmed {
    case Self.privateWord:
      guard let key = TunnelPrivateKey(SymmetricKey(data: bytes)) else { return nil }
      self = .privateKey(key)
    case Self.publicWord:
      guard let key = TunnelPublicKey(bytes) else { return nil }
      self = .publicKey(key)
    case Self.presharedWord: self = .preshared(SymmetricKey(data: bytes))
    default: return nil
    }
  }

  /// The line; of a secret, it is in ordinary memory from here on.
  package var text: String {
    switch self {
    case .privateKey(let key):
      "\(Self.privateWord):" + Hexadecimal.text(Array(key.key.rawRepresentation))
    case .publicKey(let key): "\(Self.publicWord):" + Hexadecimal.text(key.bytes)
    case .preshared(let key):
      "\(Self.presharedWord):" + key.withUnsafeBytes { Hexadecimal.text(Array($0)) }
    }
  }
}

enum Hexadecimal {
  static func text(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Nil unless all are digits, and their count is even.
  static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[start], let low = digits[start + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }
}

extension Substring {
  /// Without white space at its ends.
  fileprivate var trimmed: Substring {
    let start = drop { $0.isWhitespace }
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start }
    return start[...last]
  }
}
