import MystelCore
import MystelWire

/// How a session's connection to its backend is made.
enum BackendConnector {
  /// Connection attempts a session is worth.
  static let tries = 2
  static let retryDelay = Duration.milliseconds(200)

  /// A connection that cannot be made, whatever the backend does.
  struct Refusal: Error { var reason: Reason }

  /// What the engine is to do; a refusal where a transparent source address and the backend differ in
  /// family.
  static func order(
    _ policy: SessionPolicy, client: Endpoint, target: Endpoint
  ) -> Result<ConnectOrder, Refusal> {
    var order = ConnectOrder(
      target: target, transparentSource: nil, timeout: policy.timeouts.backendConnect,
      queueBytes: policy.limits.queueBytes)
    guard policy.backend.sourceAddress == .transparent else { return .success(order) }
    let source = client.address.canonical
    guard source.family == target.address.canonical.family else {
      return .failure(Refusal(reason: .sourceFamilyMismatch))
    }
    order.transparentSource = source
    return .success(order)
  }
}
