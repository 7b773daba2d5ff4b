import Crypto
import Synchronization

/// What another program shows to be believed, in place of a token. Of it the SHA-256 is kept.
package final class SharedKey: Sendable {
  private let digest = Mutex<SHA256Digest?>(nil)

  package init(_ key: String? = nil) { adopt(key) }

  /// Nil believes nobody.
  package func adopt(_ key: String?) {
    let fresh = key.map { SHA256.hash(data: Array($0.utf8)) }
    digest.withLock { $0 = fresh }
  }

  /// Compares digests, in a time that tells nothing of where the first difference is.
  func matches(_ key: String) -> Bool {
    let shown = SHA256.hash(data: Array(key.utf8.prefix(4096)))
    return digest.withLock { $0.map { $0 == shown } ?? false }
  }
}
