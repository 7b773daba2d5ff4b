/// Who proves what to whom. Source: The Noise Protocol Framework, revision 34, sections 7 and 9.
package enum NoisePattern: Sendable, CaseIterable {
  /// The responder has a key that the initiator knows; the initiator stays anonymous.
  case nk
  /// As NK, and the initiator proves a key of its own as well.
  case ik
  /// Both know a secret; nobody has a key.
  case nnpsk0

  enum Token {
    case e
    case s
    case ee
    case es
    case se
    case ss
    case psk
  }

  package var protocolName: String {
    switch self {
    case .nk: "Noise_NK_25519_ChaChaPoly_SHA256"
    case .ik: "Noise_IK_25519_ChaChaPoly_SHA256"
    case .nnpsk0: "Noise_NNpsk0_25519_ChaChaPoly_SHA256"
    }
  }

  /// What is done for each of the two messages, the initiator's first.
  var messages: [[Token]] {
    switch self {
    case .nk: [[.e, .es], [.e, .ee]]
    case .ik: [[.e, .es, .s, .ss], [.e, .ee, .se]]
    case .nnpsk0: [[.psk, .e], [.e, .ee]]
    }
  }

  /// Whether the initiator knows the responder's key beforehand.
  var pinsResponder: Bool { self != .nnpsk0 }
  var usesPresharedKey: Bool { self == .nnpsk0 }
}
