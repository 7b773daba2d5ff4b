import GRDB
import Logging
import MystelCore

extension Reputation {
  /// Writes what is pending, and returns when it is on the disk. Callers that come while a writing
  /// runs share the next one.
  ///
  /// - Throws: why the disk did not take it. It stays pending, and is tried again.
  func commit() async throws {
    if let nextWriting { return try await nextWriting.value }
    let present = writing
    let next = Task {
      _ = await present?.result
      try await self.write()
    }
    nextWriting = next
    try await next.value
  }

  private func write() async throws {
    writing = nextWriting
    nextWriting = nil
    guard path != nil else { return pending = StoreBatch() }
    guard let file else { throw StoreFault.closed }
    let reading = reading
    var batch = pending
    pending = StoreBatch()
    batch.mark = ClockMark(book: clock.now(reading), reading: reading)
    do {
      try await file.write(batch)
      if lastFault != nil {
        logger.notice("store of bans takes writes again", metadata: ["path": "\(file.path)"])
        lastFault = nil
      }
    } catch {
      pending.putBack(batch)
      failed(error)
      throw error
    }
  }

  private func failed(_ error: any Error) {
    storeFaults &+= 1
    lastFault = "\(error)"
    if StoreOpening.damage(error) != nil {
      // What is in memory is better than what is there.
      file?.close()
      file = nil
    }
    alert("store of bans does not take writes; bans hold, and are lost at a stop until it does")
  }

  private func alert(_ message: Logger.Message) {
    let now = now
    guard lastAlert == .min || now - lastAlert >= Self.alertPeriod else { return }
    lastAlert = now
    logger.error(
      message, metadata: ["path": "\(path ?? "")", "error": "\(lastFault ?? "unknown")"])
  }

  /// The store's part of every second.
  package func keepStore() async {
    let now = now
    guard path != nil else { return pending = StoreBatch() }
    if file == nil || lastFault != nil {
      guard lastTry == .min || now - lastTry >= Self.retryPeriod else { return }
      lastTry = now
      if file == nil { reopen() }
    } else if isGone {
      storeFaults &+= 1
      lastFault = "the file was moved or deleted"
      alert("store of bans is gone; another one is made of what is in memory")
      file?.close()
      file = nil
      reopen()
    }
    guard file != nil else { return alert("store of bans cannot be used; bans live in memory") }
    if !pending.isEmpty { try? await commit() }
    if hasChanged, now - lastCopy >= Self.copyPeriod, lastFault == nil { await copy(now: now) }
  }

  private var isGone: Bool { path.map { StoreDisk.identity($0) != identity } ?? false }

  /// Opens the file again, whatever it is now, and puts what is in memory into it.
  private func reopen() {
    guard let path else { return }
    let opening = StoreOpening.open(path, at: reading.wall)
    for alert in opening.alerts {
      logger.error("store of bans: \(alert)", metadata: ["path": "\(path)"])
    }
    guard let file = opening.file else { return lastFault = opening.fault }
    self.file = file
    identity = StoreDisk.identity(path)
    var all = Self.everything(in: book, scores: [])
    all.putBack(pending)
    pending = all
  }

  /// A second file with all bans, complete at any moment: what the store is restored from.
  private func copy(now: Int64) async {
    guard let path else { return }
    lastCopy = now
    hasChanged = false
    let reading = reading
    var batch = Self.everything(in: book, scores: [])
    batch.mark = ClockMark(book: clock.now(reading), reading: reading)
    batch.version = book.version
    do {
      try await StoreFile.writeCopy(batch, to: StoreOpening.copyPath(path))
    } catch {
      hasChanged = true
      storeFaults &+= 1
      alert("the copy of the store of bans cannot be written: \(error)")
    }
  }

  /// Writes everything down before the end.
  package func finish() async {
    let now = now
    for record in book.takeScores() { pending.scores[record.target] = record }
    settle(now: now)
    guard file != nil else { return }
    try? await commit()
    if hasChanged { await copy(now: now) }
    file?.close()
    file = nil
  }

  // MARK: The log

  /// Lines a second about bans; a storm's other ones are only counted.
  private static let lines = 20

  func log(_ events: [ReputationBook.Event]) {
    publish(events)
    for event in events.prefix(Self.lines) { log(event) }
    if events.count > Self.lines {
      logger.notice(
        "more bans than are logged", metadata: ["count": "\(events.count - Self.lines)"])
    }
  }

  /// The most events of one turn for whoever watches; a storm of bans is told in part.
  private static let watched = 256

  private func publish(_ events: [ReputationBook.Event]) {
    guard !events.isEmpty else { return }
    let (now, wall) = (now, reading.wall)
    let contents = events.prefix(Self.watched).compactMap { event in
      switch event {
      case .banned(let ban):
        GatewayEvent.Content.banAdded(BanAnswer(ban, now: now, wallSeconds: wall))
      case .lifted(let ban), .expired(let ban): .banRemoved(target: ban.target)
      case .wouldBan, .spared: nil
      }
    }
    self.events.publish(contents, seconds: wall)
  }

  private func log(_ event: ReputationBook.Event) {
    switch event {
    case .banned(let ban): logger.notice("banned", metadata: metadata(of: ban))
    case .wouldBan(let ban):
      logger.notice("in shadow: would be banned", metadata: metadata(of: ban))
    case .lifted(let ban): logger.notice("ban lifted", metadata: metadata(of: ban))
    case .expired(let ban): logger.debug("ban is over", metadata: metadata(of: ban))
    case .spared(let host, let accounts):
      logger.notice(
        "address not banned: well-behaved players share it",
        metadata: ["address": "\(host.shortText)", "accounts": "\(accounts)"])
    }
  }

  private func metadata(of ban: Ban) -> Logger.Metadata {
    var metadata: Logger.Metadata = [
      "target": "\(ban.target)", "reason": "\(ban.reason)", "source": "\(ban.source.rawValue)",
      "scope": "\(ban.scope.rawValue)", "count": "\(ban.count)",
      "seconds": "\(ban.expires.map { "\($0 - ban.created)" } ?? "for good")",
    ]
    if let evidence = ban.evidence { metadata["evidence"] = "\(evidence)" }
    if !ban.origin.isEmpty { metadata["by"] = "\(ban.origin)" }
    return metadata
  }
}
