import Crypto
import MystelWire

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
    guard parts.count == 2, let bytes = [UInt8](hex: parts[1].trimmed),
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
      "\(Self.privateWord):" + String(hex: key.key.rawRepresentation)
    case .publicKey(let key): "\(Self.publicWord):" + String(hex: key.bytes)
    case .preshared(let key):
      "\(Self.presharedWord):" + key.withUnsafeBytes { String(hex: $0) }
    }
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
