import Foundation
import MystelConfig
import MystelCore
import MystelStore
import MystelWire

extension GatewayOperations {
  // MARK: Bans

  func bans(_ query: BanQuery) async throws(ControlFault) -> Page<BanAnswer> {
    let reputation = try desk()
    let bans = await reputation.bans()
    let clock = await BookClock(reputation)
    return page(bans.map { clock.answer($0) }, query)
  }

  func addBan(
    _ order: BanOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> BanAnswer {
    let reputation = try desk()
    if let seconds = order.seconds, !(1...CalendarTime.latestSeconds).contains(seconds) {
      throw ControlFault(.malformed, "seconds must be 1 or more; isPermanent is for good")
    }
    let term: Reputation.Term =
      order.isPermanent == true ? .permanent : order.seconds.map { .seconds($0) } ?? .usual
    let reason = ListEntry(order.target, reason: order.reason ?? "").reason
    let ban: Ban
    do {
      ban = try await reputation.ban(
        order.target, term, reason: reason, allowsWide: order.allowsWide ?? false,
        by: caller.name)
    } catch {
      throw GatewayOperations.fault(error)
    }
    logger.notice(
      "banned by an operator", metadata: ["target": "\(ban.target)", "by": "\(caller.name)"])
    return await BookClock(reputation).answer(ban)
  }

  func removeBan(
    _ order: TargetOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> BanAnswer {
    let reputation = try desk()
    let clock = await BookClock(reputation)
    let lifted: [Ban]
    do {
      lifted = try await reputation.lift([order.target], by: caller.name)
    } catch {
      throw GatewayOperations.fault(error)
    }
    guard let ban = lifted.first else {
      // Whoever lifts an address wants to know of the network that it is banned with.
      let met = await reputation.standing(of: order.target).bans.first
      throw ControlFault(
        .notFound, "\(order.target) itself is not banned",
        hint: met.map { "it is met by the ban of \($0.target): `mystel bans remove \($0.target)`" }
          ?? "`mystel bans check \(order.target)` says what else keeps it out")
    }
    logger.notice(
      "ban lifted by an operator", metadata: ["target": "\(ban.target)", "by": "\(caller.name)"])
    return clock.answer(ban)
  }

  func check(_ query: TargetOrder) async throws(ControlFault) -> CheckAnswer {
    let reputation = try desk()
    let standing = await reputation.standing(of: query.target)
    let clock = await BookClock(reputation)
    var answer = CheckAnswer(
      target: query.target,
      ban: standing.isBanned ? standing.bans.first.map { clock.answer($0) } : nil,
      sessions: await gateway.sessionCount(of: query.target))
    answer.isBanned = standing.isBanned
    answer.allowedBy = standing.allowed.map { .network($0) }
    if let protected = standing.protected {
      answer.protection = """
        it can never be banned: \(protected.shortText) is the gateway's own, a backend's, a trusted \
        proxy's, or in reputation.protected
        """
    }
    if case .network(let prefix) = query.target, let geo = gateway.geo {
      let place = geo.place(of: prefix.address)
      answer.country = place.country.map { "\($0)" }
      answer.system = place.system
      answer.geoRefusal = geo.refusal(of: prefix.address)?.label
      answer.geoIsEnforced = geo.rules.mode == .enforce
    }
    return answer
  }

  // MARK: Lists

  func importBans(
    _ order: ImportOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> ImportAnswer {
    let reputation = try desk()
    let format = try GatewayOperations.format(order.format)
    let wall = Int64(Date().timeIntervalSince1970)
    let contents: ListContents
    do throws(ListProblems) {
      contents = try format.parse(
        Array((order.text ?? "").utf8), nowSeconds: wall,
        utcOffsetSeconds: Int64(TimeZone.current.secondsFromGMT()),
        limits: ListLimits(allowsWide: order.allowsWide ?? false))
    } catch {
      await reputation.audit(caller.name, "import", order.list, "refused: faulty")
      throw ControlFault(
        .refused, "\(order.list) is refused, nobody on it was banned:\n\(error)")
    }
    if let seconds = order.seconds, !(1...CalendarTime.latestSeconds).contains(seconds) {
      throw ControlFault(.malformed, "seconds must be 1 or more")
    }
    let settings = await reloader.current.reputation
    let usual = order.seconds ?? settings.manualBanTime.components.seconds
    let entries = contents.entries.compactMap { entry -> ListedBan? in
      let left = entry.untilSeconds.map { $0 - wall } ?? usual
      return left > 0 ? (entry.target, left, entry.reason) : nil
    }
    let refused: [(target: BanTarget, refusal: BanRefusal)]
    let lifted: [Ban]
    let list = ListEntry(.account(0), reason: order.list).reason
    do {
      refused = try await reputation.importBans(
        entries, list: list, allowsWide: order.allowsWide ?? false, by: caller.name)
      lifted =
        contents.lifted.isEmpty
        ? [] : try await reputation.liftListed(contents.lifted, by: caller.name)
    } catch {
      throw GatewayOperations.fault(error)
    }
    var warnings = contents.warnings.map(\.description)
    warnings += refused.prefix(20).map { "\($0.target): \($0.refusal)" }
    if refused.count > 20 { warnings.append("and \(refused.count - 20) more refused") }
    logger.notice(
      "list imported",
      metadata: [
        "list": "\(list)", "banned": "\(entries.count - refused.count)",
        "refused": "\(refused.count)", "by": "\(caller.name)",
      ])
    return ImportAnswer(
      taken: entries.count - refused.count, lifted: lifted.count, warnings: warnings)
  }

  private typealias ListedBan = (target: BanTarget, seconds: Int64?, reason: String)

  func exportBans(_ query: ExportQuery) async throws(ControlFault) -> ExportAnswer {
    let reputation = try desk()
    let format = try GatewayOperations.format(query.format)
    let bans = await reputation.bans()
    let clock = await BookClock(reputation)
    let entries = bans.map { ban in
      ListEntry(
        ban.target, untilSeconds: clock.secondsLeft(ban).map { $0 + clock.wall },
        reason: ban.reason)
    }
    let text = format.text(
      of: entries, nowSeconds: clock.wall,
      utcOffsetSeconds: Int64(TimeZone.current.secondsFromGMT()))
    let accounts = bans.count {
      if case .account = $0.target { true } else { false }
    }
    let leftOut = format == .crowdsec ? 0 : accounts
    return ExportAnswer(text: text, bans: bans.count - leftOut, leftOut: leftOut)
  }

  private static func format(_ name: String) throws(ControlFault) -> ListFormat {
    guard let format = ListFormat(rawValue: name) else {
      let known = ListFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw ControlFault(
        .malformed, "there is no format \(ListEntry.shown(name))", hint: "there are: \(known)")
    }
    return format
  }

  // MARK: The allow-list

  func allowList(_ query: BanQuery) async throws(ControlFault) -> Page<AllowAnswer> {
    let allowed = await (try desk()).allowed()
    let items = allowed.map { AllowAnswer(target: .network($0.key), note: $0.value) }
    return page(items.sorted { "\($0.target)" < "\($1.target)" }, query)
  }

  func addAllow(
    _ order: AllowOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AllowAnswer {
    let reputation = try desk()
    let network = try GatewayOperations.network(order.target)
    let note = ListEntry(order.target, reason: order.note ?? "").reason
    do {
      guard try await reputation.allow(network, comment: note, by: caller.name) else {
        throw ControlFault(
          .refused, "the allow-list has \(ReputationBook.Bound.allowed) entries, its most")
      }
    } catch {
      throw GatewayOperations.fault(error)
    }
    return AllowAnswer(target: order.target, note: note)
  }

  func removeAllow(
    _ order: TargetOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> AllowAnswer {
    let reputation = try desk()
    let network = try GatewayOperations.network(order.target)
    let note = await reputation.allowed()[network] ?? ""
    do {
      guard try await reputation.disallow(network, by: caller.name) else {
        throw ControlFault(
          .notFound, "\(order.target) is not on the allow-list",
          hint: "`mystel allow list` shows it; what reputation.allow names stands in the file")
      }
    } catch {
      throw GatewayOperations.fault(error)
    }
    return AllowAnswer(target: order.target, note: note)
  }

  private static func network(_ target: BanTarget) throws(ControlFault) -> AddressPrefix {
    guard case .network(let network) = target else {
      throw ControlFault(.malformed, "the allow-list is of addresses and networks")
    }
    return network
  }

  // MARK: Evidence

  func explain(_ query: EvidenceQuery) async throws(ControlFault) -> EvidenceAnswer {
    let recent = gateway.evidence.find(query.id).map { EvidenceRecord($0) }
    let stored = await reputation?.evidence(query.id)
    guard let record = recent ?? stored else {
      throw ControlFault(
        .notFound, "there is no evidence \(ListEntry.shown(query.id)), or no longer",
        hint: "ids stand in the log line of a close, and in `mystel bans check`")
    }
    return EvidenceAnswer(id: record.id, text: EvidenceText.of(record))
  }

  // MARK: Parts

  private func desk() throws(ControlFault) -> Reputation {
    guard let reputation else {
      throw ControlFault(.unavailable, "this gateway keeps no reputation")
    }
    return reputation
  }

  func page<Item>(_ items: [Item], _ query: BanQuery) -> Page<Item> {
    let start = Int(clamping: query.after ?? 0)
    let part = Array(items.dropFirst(start).prefix(query.most))
    let end = start + part.count
    return Page(
      items: part, total: items.count,
      next: !part.isEmpty && end < items.count ? UInt64(end) : nil)
  }

  private static func fault(_ error: any Error) -> ControlFault {
    switch error {
    case let fault as ControlFault: fault
    case let refusal as BanRefusal: ControlFault(.refused, "not banned: \(refusal)")
    default: ControlFault(.store, "\(error)")
    }
  }
}

/// The book's clock and the wall clock at one moment.
private struct BookClock {
  let now: Int64
  let wall: Int64

  init(_ reputation: Reputation) async {
    wall = Int64(Date().timeIntervalSince1970)
    now = await reputation.moment(ofWall: wall)
  }

  func secondsLeft(_ ban: Ban) -> Int64? { ban.expires.map { max(0, $0 - now) } }

  func answer(_ ban: Ban) -> BanAnswer { BanAnswer(ban, now: now, wallSeconds: wall) }
}
