import Logging
import MystelCore
import MystelWire

/// The reputation at work: takes what workers tell, has the book decide, writes it down, and hands out
/// who is banned.
///
/// Nobody on the data path waits for it: workers `submit` and go on, and look into the `BanList` that
/// `publish` was last given. Operators wait until the disk has answered.
package actor Reputation {
  /// Everything that an operator can see of the store and the book.
  package struct Status: Sendable, Equatable {
    package var counts = ReputationBook.Counts()
    package var bans = 0
    package var scores = 0
    /// Whether what is known is on the disk.
    package var isStored = false
    /// Times the store was found damaged, gone or out of reach.
    package var storeFaults: UInt64 = 0
    package init() {}
  }

  private enum Message: Sendable {
    case reports([Report])
    case evidence([Evidence])
  }

  /// Between two lists of bans, at least.
  static let publishPeriod = Duration.milliseconds(100)
  /// Seconds between two writings of scores and of the clock.
  static let scorePeriod: Int64 = 10
  /// Seconds between two copies of the store, at least.
  static let copyPeriod: Int64 = 60
  /// Seconds between two alerts about the store.
  static let alertPeriod: Int64 = 60
  /// Seconds between two tries to reach a store that is out of reach.
  static let retryPeriod: Int64 = 5

  package nonisolated let path: String?
  nonisolated let logger: Logger
  nonisolated let events: EventFeed
  private nonisolated let intake: AsyncStream<Message>
  private nonisolated let feed: AsyncStream<Message>.Continuation
  private nonisolated let read: @Sendable () -> ClockReading

  var book: ReputationBook
  var clock: ReputationClock
  package internal(set) var file: StoreFile?
  var identity: StoreDisk.Identity?
  var pending = StoreBatch()
  /// What operators did lately, where there is no file for it.
  var recentAudit: [AuditRecord] = []
  var storeFaults: UInt64 = 0
  /// The writing that waits for the present one to end, which what is decided now still gets into.
  var nextWriting: Task<Void, any Error>?
  var writing: Task<Void, any Error>?
  var lastFault: String?
  var hasChanged = false
  var lastAlert = Int64.min
  var lastTry = Int64.min
  var lastScores: Int64 = 0
  var lastCopy: Int64
  private var lastPublished = ContinuousClock.now - .seconds(60)
  private var isPublishing = false
  private var publish: (@Sendable (BanList) -> Void)?

  /// Opens the store, and takes in what it knows.
  ///
  /// - Parameters:
  ///   - path: the database; nil keeps everything in memory.
  ///   - events: is told of bans, and of what operators do.
  ///   - read: the machine's clocks.
  package init(
    settings: ReputationSettings, protected: [AddressPrefix], path: String?, seed: UInt64,
    events: EventFeed = EventFeed(), logger: Logger,
    read: @escaping @Sendable () -> ClockReading = { .current }
  ) {
    (intake, feed) = AsyncStream.makeStream()
    self.path = path
    self.logger = logger
    self.events = events
    self.read = read
    book = ReputationBook(settings: settings, protected: protected, seed: seed)
    let reading = read()
    let opening = path.map { StoreOpening.open($0, at: reading.wall) } ?? StoreOpening()
    clock = ReputationClock(after: opening.contents.mark, reading: reading)
    let now = clock.now(reading)
    let contents = opening.contents
    book.restore(
      bans: Array(contents.bans.values), scores: contents.scores, allowed: contents.allowed,
      version: contents.version, now: now)
    file = opening.file
    identity = path.flatMap { StoreDisk.identity($0) }
    lastCopy = now
    if opening.needsWriting {
      pending = Self.everything(in: book, scores: contents.scores)
      hasChanged = true
    }
    lastFault = opening.fault
    storeFaults = UInt64(opening.alerts.count) + (opening.fault == nil ? 0 : 1)
    for alert in opening.alerts {
      logger.error(
        "store of bans: \(alert)",
        metadata: ["path": "\(path ?? "")", "bans": "\(contents.bans.count)"])
    }
    if let fault = opening.fault {
      lastAlert = now
      logger.error(
        """
        store of bans cannot be used; bans live in memory and are lost at a stop until it can: \
        does its directory exist, is it writable, is the disk full?
        """,
        metadata: [
          "path": "\(path ?? "")", "error": "\(fault)", "bans": "\(contents.bans.count)",
        ])
    }
  }

  /// Who is banned now.
  package var list: BanList { book.list(now: now) }

  // MARK: Workers

  /// Tells what happened. From any thread; never blocks.
  package nonisolated func submit(_ reports: [Report]) {
    if !reports.isEmpty { feed.yield(.reports(reports)) }
  }

  /// Hands evidence over to be kept. From any thread; never blocks.
  package nonisolated func submit(_ evidence: [Evidence]) { feed.yield(.evidence(evidence)) }

  /// Decides and writes, until it is cancelled; then everything is written down once more.
  ///
  /// - Parameter publish: takes who is banned, at once and after every change.
  package func run(publish: @escaping @Sendable (BanList) -> Void) async {
    self.publish = publish
    tick()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [intake] in
        for await message in intake {
          switch message {
          case .reports(let reports): await self.take(reports)
          case .evidence(let evidence):
            for one in evidence { await self.keep(EvidenceRecord(one)) }
          }
        }
      }
      group.addTask {
        while !Task.isCancelled {
          try? await Task.sleep(for: .seconds(1))
          await self.tick()
        }
      }
      // Apart, so that a disk that hangs delays no decision.
      group.addTask {
        while !Task.isCancelled {
          await self.keepStore()
          try? await Task.sleep(for: .seconds(1))
        }
      }
    }
    await finish()
  }

  /// What workers told.
  package func take(_ reports: [Report]) {
    let now = now
    for report in reports {
      book.take(report, now: now)
      // What a ban rests on has to be there for as long as the ban.
      if case .incident(let incident) = report, let ending = incident.ending,
        book.hasJustBanned(on: ending.id)
      {
        keep(EvidenceRecord(ending))
      }
    }
    settle(now: now)
  }

  /// The book's work of every second.
  package func tick() {
    let now = now
    book.expire(now: now)
    if now - lastScores >= Self.scorePeriod {
      lastScores = now
      for record in book.takeScores() { pending.scores[record.target] = record }
    }
    settle(now: now)
  }

  /// Hands out what the book has decided.
  func settle(now: Int64) {
    for change in book.takeChanges() {
      pending.add(change)
      hasChanged = true
    }
    publishChanges()
    log(book.takeEvents())
  }

  /// At once where the last time is long enough ago; a list is made anew as a whole, so a storm of bans
  /// shares one.
  private func publishChanges() {
    guard let publish, !isPublishing else { return }
    let wait = Self.publishPeriod - (ContinuousClock.now - lastPublished)
    guard wait > .zero else {
      if let list = book.takeList(now: now) {
        lastPublished = .now
        publish(list)
      }
      return
    }
    isPublishing = true
    Task {
      try? await Task.sleep(for: wait)
      self.isPublishing = false
      self.publishChanges()
    }
  }

  // MARK: Time

  var reading: ClockReading { read() }
  var now: Int64 { clock.now(read()) }

  /// A moment of the book as the wall clock would call it now.
  package func wall(of moment: Int64) -> Int64 { clock.wall(of: moment, read()) }

  /// A moment of the wall clock as the book calls it.
  package func moment(ofWall seconds: Int64) -> Int64 {
    let reading = read()
    return clock.now(reading) &+ (seconds &- reading.wall)
  }

  // MARK: State

  package var status: Status {
    var status = Status()
    status.counts = book.counts
    status.bans = book.bans.count
    status.scores = book.scoreCount
    status.isStored = file != nil && lastFault == nil && pending.bans.isEmpty
    status.storeFaults = storeFaults
    return status
  }

  /// Takes over what a reload has changed.
  package func reconfigure(_ settings: ReputationSettings, protected: [AddressPrefix]) {
    if settings.storePath != book.settings.storePath {
      logger.warning("reputation.store: another path takes effect at the next start")
    }
    book.settings = settings
    book.protected = protected
    settle(now: now)
  }

  static func everything(in book: ReputationBook, scores: [ScoreRecord]) -> StoreBatch {
    var batch = StoreBatch()
    for ban in book.records { batch.bans[ban.target] = .put(ban) }
    for (network, comment) in book.allowed { batch.allowed[network] = .some(comment) }
    for score in scores { batch.scores[score.target] = score }
    return batch
  }
}
