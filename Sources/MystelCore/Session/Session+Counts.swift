import MystelWire

/// What of a session is counted.
extension Session {
  /// The points of enforced rules; nil before the client's build is known.
  func score(_ now: Instant) -> Double? {
    guard build != nil, let policy = tera?.inspector.policy else { return nil }
    return scores.value(isEnforced: true, now, policy.score)
  }

  func countFindings(_ output: inout SessionOutput, now: Instant) {
    if let build = tera?.inspector.build, let policy = tera?.inspector.policy {
      let ends = tally.rules.add(
        output.outlet.findings, of: .init(session: id, client: client.address, account: account),
        build: build, policy: policy, scores: &scores, now: now)
      if ends { output.close = output.close ?? .scoreExceeded }
    }
    output.outlet.findings.removeAll()
  }

  /// - Returns: the packets judged since this was last called.
  func countWork(output: inout SessionOutput) -> PerDirection<UInt64> {
    guard let work = tera?.takeWork() else { return PerDirection(toBackend: 0, toClient: 0) }
    tally.packets.toBackend &+= work.packets.toBackend
    tally.packets.toClient &+= work.packets.toClient
    counts.packets.toBackend &+= work.packets.toBackend
    counts.packets.toClient &+= work.packets.toClient
    tally.rewritten &+= work.rewritten
    if let meters = tera?.inspector.takeMeterWork() { tally.meters = tally.meters + meters }
    if work.dropped > 0, let reason = work.lastDrop {
      tally.dropped &+= work.dropped
      tally.countDrops(work.dropped, reason)
    }
    guard work.weakKeys else { return work.packets }
    switch policy.listener.weakKeys {
    case .off: break
    case .shadow: tally.note(.weakKeys)
    case .enforce: output.close = .weakKeys
    }
    return work.packets
  }
}
