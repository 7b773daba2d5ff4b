import MystelCore
import MystelSim
import MystelWire
import NIOCore
import Synchronization

/// Everybody who connects in a demo, each from a loopback address of their own.
final class DemoCrowd: Sendable {
  /// How often one kind of offender came, and what became of it.
  struct Offences: Sendable {
    var tries = 0
    var refused = 0
    /// Closed before they could offend; they prove nothing.
    var early = 0
    var endings: [SimEnding: Int] = [:]
    var longest = Duration.zero

    /// Offences that ended by somebody else's hand than this demo's, or by the offender's own.
    var closed: Int {
      SimEnding.allCases.reduce(0) { sum, ending in
        switch ending {
        case .orderly, .closedByPeer, .resetByPeer, .resetBySelf: sum + endings[ending, default: 0]
        case .refused, .stopped: sum
        }
      }
    }
  }

  /// What the screen shows of the crowd.
  struct Status: Sendable {
    var honestInWorld = 0
    var honestOpen = 0
    var offendersOpen = 0
    var offendersClosed = 0
  }

  /// One of the connections that a kind of offender has at once.
  private struct OffenderPlace: Hashable {
    var offender: Offender
    var connection: Int
  }

  private struct State {
    var honest: [Int: SimClient<SimPlayer>] = [:]
    var phases: [Int: SimPlayer.Phase] = [:]
    var offenders: [OffenderPlace: SimClient<SimOffender>] = [:]
    var offences: [Offender: Offences] = [:]
    /// Players and kinds of offenders that are not done yet.
    var remaining: Int
    var isOver = false
    var isStopped = false
  }

  private let endpoint: Endpoint
  private let group: any EventLoopGroup
  private let ledger: StreamLedger
  private let seed: UInt64
  private let players: Int
  private let state: Mutex<State>

  init(
    players: Int, endpoint: Endpoint, group: any EventLoopGroup, ledger: StreamLedger, seed: UInt64
  ) {
    self.players = players
    state = Mutex(State(remaining: players + Offender.allCases.reduce(0) { $0 + $1.connections }))
    self.endpoint = endpoint
    self.group = group
    self.ledger = ledger
    self.seed = seed
  }

  var accounts: [String] { (0..<players).map(account) }

  var offenders: [Offender: Offences] { state.withLock { $0.offences } }

  /// Whether somebody is connected, or still to come.
  var isThere: Bool { state.withLock { $0.remaining > 0 } }

  /// The counts; the phases of the players are those of a moment ago.
  var status: Status {
    let (status, clients) = state.withLock { state in
      var status = Status()
      status.honestInWorld = state.phases.values.count { $0 == .world }
      status.honestOpen = state.honest.count
      status.offendersOpen = state.offenders.count
      status.offendersClosed = state.offences.values.reduce(0) { $0 + $1.closed }
      return (status, state.honest)
    }
    for (index, client) in clients {
      client.perform { player, _ in
        let phase = player.phase
        self.state.withLock { $0.phases[index] = phase }
      }
    }
    return status
  }

  /// Everybody, until the last has left. No offender comes back after `lastOffence`.
  func play(lastOffence: ContinuousClock.Instant) async {
    await withTaskGroup { tasks in
      for index in 0..<players { tasks.addTask { await self.playHonestly(index) } }
      for offender in Offender.allCases {
        for connection in 0..<offender.connections {
          tasks.addTask {
            await self.offend(offender, connection: connection, until: lastOffence)
          }
        }
      }
      await tasks.waitForAll()
    }
  }

  /// Tells every honest player to leave the game, and no offender to come back.
  func leave() {
    let clients = state.withLock { state in
      state.isOver = true
      return Array(state.honest.values)
    }
    for client in clients { client.perform { player, now in player.leave(now: now) } }
  }

  /// Closes whoever is still there.
  func stop() {
    let (honest, offenders) = state.withLock { state in
      state.isStopped = true
      return (Array(state.honest.values), Array(state.offenders.values))
    }
    for client in honest { client.stop() }
    for client in offenders { client.stop() }
  }

  /// One honest player, from the first byte to the last.
  private func playHonestly(_ index: Int) async {
    defer { state.withLock { $0.remaining -= 1 } }
    try? await Task.sleep(for: .milliseconds(40 * (index % 50)))
    let player = SimPlayer(account: account(index), seed: seed &+ UInt64(index), pace: .brisk)
    // Each in a network of their own, as players are.
    let source = IPAddress(ipv4: 0x7f01_0001 + UInt32(index) << 8)
    let client: SimClient<SimPlayer>
    do {
      client = try await SimClient.connect(player, to: endpoint, from: source, on: group.next())
    } catch {
      return
    }
    let (isOver, isStopped) = state.withLock { state in
      state.honest[index] = client
      return (state.isOver, state.isStopped)
    }
    if isOver { client.perform { player, now in player.leave(now: now) } }
    if isStopped { client.stop() }
    guard let outcome = try? await client.ended.get() else { return }
    ledger.record(outcome.machine.record(ending: outcome.ending))
    state.withLock { state in
      state.honest[index] = nil
      state.phases[index] = nil
    }
  }

  /// One kind of offender, at least once, and again and again until `end`.
  private func offend(
    _ offender: Offender, connection: Int, until end: ContinuousClock.Instant
  ) async {
    defer { state.withLock { $0.remaining -= 1 } }
    try? await Task.sleep(for: .milliseconds(500))
    var attempt: UInt32 = 0
    repeat {
      let place = OffenderPlace(offender: offender, connection: connection)
      await offendOnce(place, attempt: attempt)
      attempt += 1
      try? await Task.sleep(for: .milliseconds(400))
    } while ContinuousClock.now < end && !state.withLock { $0.isOver }
  }

  private func account(_ index: Int) -> String { "player-\(index + 1)" }

  private func offendOnce(_ place: OffenderPlace, attempt: UInt32) async {
    let offender = place.offender
    let kind = UInt32(Offender.allCases.firstIndex(of: offender) ?? 0)
    // A flood comes from one address; others change theirs each time.
    let host = offender.connections > 1 ? 1 : 1 + attempt % 250
    let source = IPAddress(ipv4: 0x7f42_0000 | kind << 8 | host)
    let machine = SimOffender(
      offender, account: "offender-\(offender.rawValue)",
      seed: seed &+ UInt64(kind) << 32
        &+ UInt64(place.connection) << 20 &+ UInt64(attempt))
    state.withLock { $0.offences[offender, default: Offences()].tries += 1 }
    let connected = try? await SimClient.connect(
      machine, to: endpoint, from: source, on: group.next())
    guard let client = connected else {
      // A connection of a flood may be refused before its own side knows that there was one.
      let isFlood = offender.connections > 1
      state.withLock { state in
        if isFlood {
          state.offences[offender]?.endings[.resetByPeer, default: 0] += 1
        } else {
          state.offences[offender]?.refused += 1
        }
      }
      return
    }
    let isStopped = state.withLock { state in
      state.offenders[place] = client
      return state.isStopped
    }
    if isStopped { client.stop() }
    guard let outcome = try? await client.ended.get() else { return }
    state.withLock { state in
      state.offenders[place] = nil
      var offences = state.offences[offender] ?? Offences()
      if outcome.machine.hasOffended {
        offences.endings[outcome.ending, default: 0] += 1
      } else {
        offences.early += 1
      }
      offences.longest = max(offences.longest, outcome.lasted)
      state.offences[offender] = offences
    }
  }
}
