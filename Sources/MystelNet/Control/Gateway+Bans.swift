import MystelCore
import NIOCore

extension Gateway {
  /// Refuses whoever is on the list from now on, and ends the live sessions that it meets. From any
  /// thread; returns at once.
  package func enforce(_ bans: BanList) {
    acceptor.enforce(bans)
    for worker in workers { worker.enforce(bans) }
  }
}

extension Worker {
  /// Sessions looked at in one go, so that thousands of them do not stop the loop.
  private static let slice = 512

  /// Ends the sessions that a list meets. From any thread.
  func enforce(_ bans: BanList) {
    loop.execute { [self] in
      self.bans = bans
      enforce(bans, on: conduits.keys.sorted()[...])
    }
  }

  private func enforce(_ bans: BanList, on ids: ArraySlice<UInt64>) {
    // A later list has its own round.
    guard bans === self.bans else { return }
    for id in ids.prefix(Worker.slice) {
      guard let conduit = conduits[id] else { continue }
      conduit.session.bans = bans
      if !bans.isEmpty, conduit.session.isBanned { conduit.close(.banned) }
    }
    let rest = ids.dropFirst(Worker.slice)
    if !rest.isEmpty { later { [self] in enforce(bans, on: rest) } }
  }
}
