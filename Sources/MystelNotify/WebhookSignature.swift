import Crypto
import MystelWire

/// What lets a receiver know that a message is this gateway's, unchanged and new: HMAC-SHA256 over
/// `TIMESTAMP.BODY` with a secret that both know.
package enum WebhookSignature {
  /// - Parameter seconds: when it is sent, by Unix time; it goes with the message.
  /// - Returns: `v1=` and 64 hex digits.
  package static func of(_ body: [UInt8], seconds: Int64, secret: String) -> String {
    var code = HMAC<SHA256>(key: SymmetricKey(data: Array(secret.utf8)))
    code.update(data: Array("\(seconds).".utf8))
    code.update(data: body)
    return "v1=" + String(hex: code.finalize())
  }
}
