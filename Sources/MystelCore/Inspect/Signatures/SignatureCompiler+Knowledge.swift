/// What a build must have for a signature to be any evidence in it.
extension SignatureCompiler {
  /// Whether all packets are known whose absence a signature takes for a sign. Where one is not, every
  /// player would look as if it had never come.
  func isDecidable(_ signature: Signature, _ known: ([String]) -> [String]) -> Bool {
    func hasAll(_ names: [String]) -> Bool { names.allSatisfy { !known([$0]).isEmpty } }
    let joins = signature.when.contains {
      if case .channelNotJoined = $0 { true } else { false }
    }
    if joins, !isFollowable("S_JOIN_PRIVATE_CHANNEL", ["index", "channelId"]) { return false }
    switch signature.measure {
    case .later(_, let after): return hasAll(after)
    case .absent(let packets, _, _): return hasAll(packets)
    case .unannounced(_, let kinds):
      return FollowedPacket.all.allSatisfy { source in
        guard source.code == .announce, !source.kinds.isDisjoint(with: kinds) else { return true }
        return isFollowable(source.packet, source.field.map { [$0] } ?? [])
      }
    default: return true
    }
  }

  private func isFollowable(_ packet: String, _ fields: [String]) -> Bool {
    guard pack.opcodes[packet] != nil, let body = pack.packets[packet]?.layout?.body else {
      return false
    }
    return fields.allSatisfy { name in body.fields.contains { $0.name == name } }
  }
}
