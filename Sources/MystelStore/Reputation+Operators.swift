import MystelCore
import MystelWire

/// What an operator asked for holds in memory, and is not on the disk.
package struct NotStored: Error, CustomStringConvertible {
  package var cause: String

  package var description: String {
    "in force, but not on the disk yet, and lost if the gateway stops now: \(cause)"
  }
}

/// What operators ask of the reputation. Every change is audited, refused ones too, and is on the disk
/// when it returns.
extension Reputation {
  /// How long a ban is to hold.
  package enum Term: Sendable, Equatable {
    /// `reputation.manual_ban_time`.
    case usual
    case seconds(Int64)
    case permanent
  }

  /// Bans by hand.
  ///
  /// - Throws: `BanRefusal`; `NotStored`.
  @discardableResult
  package func ban(
    _ target: BanTarget, _ term: Term = .usual, reason: String, evidence: String? = nil,
    allowsWide: Bool = false, by operatorName: String
  ) async throws -> Ban {
    let ban: Ban
    do throws(BanRefusal) {
      ban = try book.ban(
        target, for: seconds(term), reason: reason, origin: operatorName, evidence: evidence,
        allowsWide: allowsWide, now: now)
    } catch {
      audit(operatorName, "ban", "\(target)", "refused: \(error)")
      throw error
    }
    audit(operatorName, "ban", "\(target)", "done")
    try await settled()
    return ban
  }

  /// Takes in a list: everything that can be, in one transaction.
  ///
  /// - Parameter entries: targets, with the seconds they are banned for; nil for good.
  /// - Returns: those that are not banned, and why.
  /// - Throws: `NotStored`.
  package func importBans(
    _ entries: [(target: BanTarget, seconds: Int64?, reason: String)], list: String,
    allowsWide: Bool = false, by operatorName: String
  ) async throws -> [(target: BanTarget, refusal: BanRefusal)] {
    var refused: [(target: BanTarget, refusal: BanRefusal)] = []
    let now = now
    for entry in entries {
      do throws(BanRefusal) {
        try book.ban(
          entry.target, for: entry.seconds, source: .list, reason: entry.reason, origin: list,
          allowsWide: allowsWide, now: now)
      } catch {
        refused.append((entry.target, error))
      }
    }
    audit(
      operatorName, "import", list,
      "\(entries.count - refused.count) banned, \(refused.count) refused")
    try await settled()
    return refused
  }

  /// Takes bans back. - Returns: those that there were.
  ///
  /// - Throws: `NotStored`.
  @discardableResult
  package func lift(_ targets: [BanTarget], by operatorName: String) async throws -> [Ban] {
    let now = now
    var lifted: [Ban] = []
    for target in targets {
      let ban = book.lift(target, now: now)
      audit(operatorName, "lift", "\(target)", ban == nil ? "was not banned" : "done")
      if let ban { lifted.append(ban) }
    }
    try await settled()
    return lifted
  }

  /// Takes back what a list says is banned no more, as far as a list has banned it. - Returns: the bans.
  ///
  /// - Throws: `NotStored`.
  @discardableResult
  package func liftListed(_ targets: [BanTarget], by operatorName: String) async throws -> [Ban] {
    try await lift(targets.filter { book.bans[$0]?.source == .list }, by: operatorName)
  }

  /// Exempts a network from wider bans. - Returns: false where there are too many.
  ///
  /// - Throws: `NotStored`.
  package func allow(
    _ network: AddressPrefix, comment: String, by operatorName: String
  ) async throws -> Bool {
    let isDone = book.allow(network, comment: comment)
    audit(operatorName, "allow", "\(network)", isDone ? "done" : "refused: too many")
    try await settled()
    return isDone
  }

  /// - Returns: false where it was not exempted.
  /// - Throws: `NotStored`.
  package func disallow(_ network: AddressPrefix, by operatorName: String) async throws -> Bool {
    let isDone = book.disallow(network)
    audit(operatorName, "disallow", "\(network)", isDone ? "done" : "was not allowed")
    try await settled()
    return isDone
  }

  /// The bans in force, the latest first.
  package func bans() -> [Ban] {
    let now = now
    return book.bans.values.filter { $0.isActive(at: now) }
      .sorted { ($0.created, $0.version) > ($1.created, $1.version) }
  }

  /// What is known of a target: for a network, of its first address.
  package func standing(of target: BanTarget) -> Standing {
    switch target {
    case .network(let prefix): book.standing(of: prefix.address, now: now)
    case .account(let account): book.standing(ofAccount: account, now: now)
    }
  }

  /// Networks that operators exempted, with their comments.
  package func allowed() -> [AddressPrefix: String] { book.allowed }

  // MARK: Evidence and audit

  /// Keeps evidence; it is written with what comes next.
  package func keep(_ evidence: EvidenceRecord) {
    guard pending.evidence.count < StoreFile.Bound.evidence else { return }
    pending.evidence.append(evidence)
  }

  /// Nil where there is none of this id, or no longer.
  package func evidence(_ id: String) async -> EvidenceRecord? {
    if let waiting = pending.evidence.last(where: { $0.id == id }) { return waiting }
    return try? await file?.evidence(id)
  }

  /// Evidence that is kept, the latest first.
  package func evidence(limit: Int) async -> [Evidence] {
    let records = pending.evidence.reversed() + ((try? await file?.evidence(limit: limit)) ?? [])
    return records.prefix(limit).compactMap(\.evidence)
  }

  /// What operators did, the latest first; without a file the latest that memory has.
  package func audits(limit: Int) async -> [AuditRecord] {
    guard let file else { return Array(recentAudit.reversed().prefix(limit)) }
    let waiting = pending.audit.reversed()
    let stored = (try? await file.audit(limit: limit)) ?? []
    return Array((waiting + stored).prefix(limit))
  }

  /// Goes over the whole record. Nil without a file.
  ///
  /// - Throws: what the disk says.
  package func verifyAudit() async throws -> AuditVerdict? {
    guard path != nil else { return nil }
    try await commit()
    return try await file?.verifyAudit()
  }

  /// Notes what an operator is about to do, and returns when that is on the disk.
  ///
  /// - Throws: why it is not.
  package func auditAhead(_ operatorName: String, _ action: String) async throws {
    guard path != nil else { throw StoreFault.closed }
    audit(operatorName, action, "", "asked")
    try await commit()
  }

  /// Notes an operator's action of another kind, such as ending a session.
  package func audit(
    _ operatorName: String, _ action: String, _ subject: String, _ outcome: String
  ) {
    let record = AuditRecord(
      at: reading.wall, actor: operatorName, action: action, subject: subject, outcome: outcome)
    pending.audit.append(record)
    // A store that cannot be opened takes none of them.
    pending.audit.removeFirst(max(0, pending.audit.count - StoreBatch.mostWaiting))
    if path == nil {
      recentAudit.append(record)
      recentAudit.removeFirst(max(0, recentAudit.count - 1000))
    }
    events.publish(
      [
        .audit(
          AuditAnswer(
            at: record.at, actor: record.actor, action: record.action, subject: record.subject,
            outcome: record.outcome))
      ], seconds: record.at)
  }

  // MARK: Parts

  private func seconds(_ term: Term) -> Int64? {
    switch term {
    case .usual: book.settings.manualBanTime.components.seconds
    case .seconds(let seconds): seconds
    case .permanent: nil
    }
  }

  /// In force at once, then on the disk.
  private func settled() async throws {
    settle(now: now)
    do {
      try await commit()
    } catch {
      throw NotStored(cause: "\(error)")
    }
  }
}
