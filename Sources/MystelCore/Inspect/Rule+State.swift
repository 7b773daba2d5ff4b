extension Rule.State {
  /// Whether a packet is in keeping with what the server said. `value` is the field that the check
  /// looks at; nil, and permitted, where the layout has none.
  func permits(_ state: borrowing SessionState, value: Int64?) -> Bool {
    switch self {
    case .topoFinished: return state.zonesLoading > 0
    case .selectInGame: return state.phase == .lobby
    case .reviveAlive: return !state.isAlive
    case .contractUnknown:
      guard let value else { return true }
      return state.wasOffered(contract: UInt32(truncatingIfNeeded: value))
    case .channelNotJoined:
      guard let value, (11...18).contains(value) else { return true }
      return state.hasJoined(slot: value - 11)
    case .foreignCharacter:
      guard let value, state.character != 0 else { return true }
      return UInt64(bitPattern: value) == state.character
    }
  }

  /// The packets it is about, and the field it looks at.
  package var subject: (packets: [String], field: String?) {
    switch self {
    case .topoFinished: (["C_LOAD_TOPO_FIN"], nil)
    case .selectInGame: (["C_SELECT_USER"], nil)
    case .reviveAlive: (["C_REVIVE_NOW"], nil)
    case .contractUnknown: (["C_ACCEPT_CONTRACT", "C_REJECT_CONTRACT"], "id")
    case .channelNotJoined: (["C_CHAT"], "channel")
    case .foreignCharacter: (["C_SHOW_ITEMLIST", "C_USE_ITEM", "C_DEL_ITEM"], "gameId")
    }
  }
}
