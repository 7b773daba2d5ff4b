import Foundation
import Logging
import MystelCore
import MystelWire
import Synchronization

/// tera-api: asks it who has logged in, and tells it of bans, ended sessions and findings.
///
/// Source: github.com/justkeepquiet/tera-api and github.com/mmogate-online/tera-api, `src/controllers`.
package final class TeraAPI: Sendable {
  /// What is told.
  package enum Call: String, Sendable, CaseIterable {
    case ban, kick, report
  }

  package enum Outcome: String, Sendable, CaseIterable {
    case done
    /// It answered that it will not.
    case refused
    case unreachable
  }

  package struct Key: Hashable, Sendable {
    package var call: Call
    package var outcome: Outcome

    package init(_ call: Call, _ outcome: Outcome) {
      self.call = call
      self.outcome = outcome
    }
  }

  private struct State {
    var settings = Configuration.TeraAPI()
    var key: String?
    var counts: [Key: UInt64] = [:]
    var isFailing = false
    var watch: EventWatch?
    /// Calls that were never made.
    var lost: UInt64 = 0
    /// When an account was last reported for a rule.
    var reported: [Report: ContinuousClock.Instant] = [:]
  }

  private struct Report: Hashable {
    var account: UInt64
    var rule: String
  }

  /// Calls that wait at most; the oldest are lost.
  private static let waiting = 256
  private static let tries = 3
  /// After which it is too late to kick somebody.
  private static let kickSeconds: Int64 = 15
  private static let reportTime = Duration.seconds(600)
  private static let mostReported = 4096
  /// Longer than its database has room for.
  private static let descriptionCharacters = 1000

  private let state = Mutex(State())
  private let feed: EventFeed
  private let client: OutwardClient
  private let logger: Logger
  private let now: @Sendable () -> Int64

  /// - Parameter now: seconds since 1970.
  package init(
    feed: EventFeed, client: OutwardClient, logger: Logger, now: @escaping @Sendable () -> Int64
  ) {
    self.feed = feed
    self.client = client
    self.logger = logger
    self.now = now
  }

  package var counts: [Key: UInt64] { state.withLock { $0.counts } }

  /// Events that were never told: too many waited, or a kick came too late.
  package var lost: UInt64 { state.withLock { $0.lost } }

  package func adopt(_ settings: Configuration.TeraAPI, key: String?) {
    let kinds = Self.kinds(of: settings)
    state.withLock { state in
      let isSame = Self.kinds(of: state.settings) == kinds
      state.settings = settings
      state.key = key
      // What is on its way stays on its way.
      guard !isSame || kinds.isEmpty else { return }
      state.watch?.cancel()
      state.watch = nil
      guard !kinds.isEmpty else { return }
      state.watch = EventWatch(feed, kinds: kinds, most: Self.waiting, on: client) { [self] in
        for await event in $0 {
          lose($0.takeMissed())
          await tell(event)
        }
      }
    }
  }

  private func lose(_ count: Int) { state.withLock { $0.lost &+= UInt64(count) } }

  private static func kinds(of settings: Configuration.TeraAPI) -> Set<GatewayEvent.Kind> {
    var kinds: Set<GatewayEvent.Kind> = []
    if settings.bans { kinds.insert(.banAdded) }
    if settings.kicks { kinds.insert(.sessionEnded) }
    if settings.reports { kinds.insert(.finding) }
    return kinds
  }

  /// Tells what waits, for a while, and nothing any more.
  package func finish(within time: Duration) async {
    await EventWatch.finish(state.withLock { $0.watch }.map { [$0] } ?? [], within: time)
    adopt(Configuration.TeraAPI(), key: nil)
  }

  // MARK: Asking

  private struct LoginAnswer: Decodable {
    var isDone: Bool
    var isAuthorized: Bool?

    enum CodingKeys: String, CodingKey {
      case isDone = "Return"
      case isAuthorized = "Authorized"
    }
  }

  /// Whether somebody has logged in by the launcher from an address; calls back once, from any thread.
  package func ask(
    _ client: IPAddress, age: Duration, _ done: @escaping @Sendable (LauncherGrants.Answer) -> Void
  ) {
    _ = self.client.task { [self] in done(await login(client, age: age)) }
  }

  private func login(_ address: IPAddress, age: Duration) async -> LauncherGrants.Answer {
    let settings = state.withLock { $0.settings }
    guard let gateway = settings.gateway else { return .unreachable }
    let url =
      "\(gateway)/accountApi/HasRecentLoginByIp?ip=\(address.canonical)"
      + "&maxAgeSeconds=\(max(1, age.components.seconds))"
    do throws(OutwardClient.Fault) {
      let reply = try await client.send(.GET, url, headers: keyHeader, within: settings.timeout)
      guard reply.status == 200,
        let answer = try? JSONDecoder().decode(LoginAnswer.self, from: Data(reply.body)),
        answer.isDone, let isAuthorized = answer.isAuthorized
      else {
        throw OutwardClient.Fault(
          description: reply.status == 401
            ? "it refuses the key" : "it answered \(reply.status), and not as expected")
      }
      answered(nil)
      return isAuthorized ? .authorized : .unauthorized
    } catch {
      answered(error.description)
      return .unreachable
    }
  }

  private var keyHeader: [(String, String)] {
    state.withLock { $0.key.map { [("X-Api-Key", $0)] } ?? [] }
  }

  /// One line when it stops answering, and one when it does again.
  private func answered(_ fault: String?) {
    let isNew = state.withLock { state in
      defer { state.isFailing = fault != nil }
      return state.isFailing != (fault != nil)
    }
    guard isNew else { return }
    if let fault {
      logger.warning(
        "tera-api does not answer as it should; is it running, and are tera_api.gateway and key right?",
        metadata: ["why": "\(fault)"])
    } else {
      logger.notice("tera-api answers again")
    }
  }

  // MARK: Telling

  private func tell(_ event: GatewayEvent) async {
    let settings = state.withLock { $0.settings }
    switch event.content {
    case .banAdded(let ban): await tell(ban, settings)
    case .sessionEnded(let ended): await tell(ended, at: event.seconds, settings)
    case .finding(let found): await tell(found, settings)
    default: break
    }
  }

  private struct BanBody: Encodable {
    var userNo: UInt64
    var startTime: String
    var endTime: String
    // What its own form sends; without it the ban is stored and never in force.
    var active = "on"
    var description: String
  }

  /// Bans of accounts that were made here; imported lists may be its own.
  private func tell(_ ban: BanAnswer, _ settings: Configuration.TeraAPI) async {
    guard case .account(let account) = ban.target, ban.source != Ban.Source.list.rawValue,
      let gateway = settings.gateway
    else { return }
    let start = now()
    // Its tables hold years up to 9999.
    let end = ban.secondsLeft.map { min(start + max($0, 1), Self.latest) } ?? Self.latest
    let reason = "Mystel: \(ban.reason)" + (ban.evidence.map { " (\($0))" } ?? "")
    await call(
      .ban, "\(gateway)/accountApi/BanAccountByUserNo",
      BanBody(
        userNo: account, startTime: Self.time(start - 1), endTime: Self.time(end),
        description: String(reason.prefix(Self.descriptionCharacters))), settings)
  }

  /// The end of 2099: far enough, and known to every calendar.
  private static let latest: Int64 = 4_102_444_799

  private static func time(_ seconds: Int64) -> String {
    Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
  }

  private struct KickBody: Encodable {
    var userNo: UInt64
    var serverId: UInt32
  }

  /// Sessions that the gateway has ended itself: the server may hold the character for a while.
  private func tell(
    _ ended: GatewayEvent.Ended, at seconds: Int64, _ settings: Configuration.TeraAPI
  ) async {
    guard let account = ended.account, let gateway = settings.gateway,
      TeraAPI.isOurs(ended.reason)
    else { return }
    // The account may be in the game again by now.
    guard now() - seconds <= Self.kickSeconds else { return lose(1) }
    await call(
      .kick, "\(gateway)/serverApi/KickAccountByUserNo",
      KickBody(userNo: account, serverId: settings.serverID), settings)
  }

  /// Whether a session ended because the gateway, or who runs it, wanted it so.
  package static func isOurs(_ label: String) -> Bool {
    guard let reason = Reason.allCases.first(where: { $0.label == label }) else { return false }
    let waits: Set<Reason> = [.firstPacketTimeout, .packetTimeout]
    return reason == .kicked || reason == .banned
      || ((100..<160).contains(reason.rawValue) && !waits.contains(reason))
  }

  private struct ReportBody: Encodable {
    var cheat_info: Int
    var ip: String
    var svr_id: UInt32
    var type: Int
    var usr_srl: UInt64
  }

  /// What rules act on. Both numbers are free for the sender to choose: `cheat_info` is the rule's.
  private func tell(_ found: GatewayEvent.Found, _ settings: Configuration.TeraAPI) async {
    guard found.found.isEnforced, let account = found.account, let arbiter = settings.arbiter,
      isDue(Report(account: account, rule: found.found.rule))
    else { return }
    await call(
      .report, "\(arbiter)/api/report_cheater",
      ReportBody(
        cheat_info: Int(found.found.rule.prefix { $0.isNumber }) ?? 0,
        ip: TeraAPI.address(of: found.client), svr_id: settings.serverID, type: 1,
        usr_srl: account), settings)
  }

  /// The address of an endpoint's text.
  private static func address(of client: String) -> String {
    if let address = IPAddress(client) { return "\(address.canonical)" }
    guard let colon = client.lastIndex(of: ":") else { return client }
    return client[..<colon].filter { $0 != "[" && $0 != "]" }
  }

  private func isDue(_ report: Report) -> Bool {
    let time = ContinuousClock.now
    return state.withLock { state in
      if let last = state.reported[report], last + Self.reportTime > time { return false }
      if state.reported.count >= Self.mostReported {
        state.reported = state.reported.filter { $0.value + Self.reportTime > time }
        if state.reported.count >= Self.mostReported { state.reported = [:] }
      }
      state.reported[report] = time
      return true
    }
  }

  // MARK: Calls

  private struct CallAnswer: Decodable {
    var isDone: Bool?
    var message: String?
    var code: Int?

    enum CodingKeys: String, CodingKey {
      case isDone = "Return"
      case message = "Msg"
      case code = "result_code"
    }
  }

  private func call(
    _ call: Call, _ url: String, _ body: some Encodable, _ settings: Configuration.TeraAPI
  ) async {
    guard let bytes = try? JSONEncoder().encode(body) else { return }
    var fault = ""
    for attempt in 0..<Self.tries {
      if attempt > 0 {
        do { try await Task.sleep(for: .seconds(1 << attempt)) } catch { return }
      }
      do throws(OutwardClient.Fault) {
        let reply = try await client.send(
          .POST, url, headers: keyHeader + [("Content-Type", "application/json")],
          body: Array(bytes), within: settings.timeout)
        guard reply.status < 500 else {
          fault = "it answered \(reply.status)"
          continue
        }
        answered(nil)
        let answer = try? JSONDecoder().decode(CallAnswer.self, from: Data(reply.body))
        let isDone = answer?.isDone ?? (answer?.code == 0)
        guard reply.status == 200, isDone else {
          count(call, .refused)
          logger.warning(
            "tera-api refuses a call",
            metadata: [
              "call": "\(call.rawValue)", "status": "\(reply.status)",
              "why": "\(ListEntry.printable(answer?.message ?? ""))",
            ])
          return
        }
        return count(call, .done)
      } catch {
        fault = error.description
      }
    }
    count(call, .unreachable)
    answered(fault)
  }

  private func count(_ call: Call, _ outcome: Outcome) {
    state.withLock { $0.counts[Key(call, outcome), default: 0] &+= 1 }
  }
}
