import MystelWire

/// Why sessions end, and what admission asks of them a few times in their life.
extension Session {
  /// Whether a trusted proxy has told whose connection this is.
  package var isRelayed: Bool { relayed?.command == .proxy && relayed?.endpoints != nil }

  /// Whether an end for `reason`, before the login, is one that no player's session has.
  package func isFailure(_ reason: Reason) -> Bool {
    !hasSentLogin && reason.charge(isSilent: receivedFromClient == 0) != nil
  }

  /// Why a session ends of which both sides have sent FIN.
  package var reasonForEnd: Reason { ended == .backend ? .backendClosed : .clientClosed }

  /// Why a session ends whose connection to `side` broke.
  package func reasonForReset(of side: Side) -> Reason {
    if ended != nil { return reasonForEnd }
    if side == .client, receivedFromClient == 0 { return .empty }
    return side == .client ? .clientReset : .backendReset
  }

  func reasonForEarlyEnd(of side: Side) -> Reason {
    guard side == .client else { return .backendClosed }
    if isProbe { return .healthProbe }
    return receivedFromClient == 0 ? .empty : .clientClosed
  }
}
