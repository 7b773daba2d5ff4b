import Logging
import MystelConfig
import MystelCore
import MystelNet
import MystelSim
import MystelWire
import NIOPosix

/// A world, a gateway with one worker and players in it, for `mystel bench refuse`.
final class RefuseScene: Sendable {
  /// What a flood came to.
  struct Measurement: Sendable {
    /// How late the loop was, in nanoseconds, before the flood and under it.
    var quiet = Histogram()
    var flooded = Histogram()
    var refused: UInt64 = 0
    var refusedPerSecond = 0.0
    var lostPlayers = 0
    var admission = ""
  }

  private static let loopback = IPAddress(ipv4: 0x7f00_0001)

  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let ledger = StreamLedger()
  private let world: SimWorldServer
  private let gateway: Gateway
  private let endpoint: Endpoint
  private let clients: [SimClient<SimPlayer>]
  private let note: @Sendable (String) -> Void

  /// Starts everything and waits until all players are in the game.
  init(players: Int, note: @escaping @Sendable (String) -> Void) async throws {
    self.note = note
    var traits = SimWorldTraits()
    traits.floodPacketsPerSecond = nil
    world = SimWorldServer(group: group, seed: 1, traits: traits, ledger: ledger)
    let backend = try await world.start(on: Endpoint(Self.loopback, port: 0))
    gateway = try Gateway(
      configuration: Self.configuration(backend: backend),
      inspection: try InspectionLoader.load(Configuration.Inspection()).policy,
      logger: Logger(label: "mystel.bench", factory: { _ in SwiftLogNoOpLogHandler() }))
    try await gateway.start()
    guard let endpoint = gateway.endpoints["bench"] else {
      throw BenchFailure("the gateway has no endpoint")
    }
    self.endpoint = endpoint
    note("\(players) players enter the game")
    var clients: [SimClient<SimPlayer>] = []
    for index in 0..<players {
      let player = SimPlayer(account: "player-\(index)", seed: UInt64(index), pace: .brisk)
      let client = try await SimClient.connect(
        player, to: endpoint, from: IPAddress(ipv4: 0x7f01_0001 + UInt32(index) << 8),
        on: group.next())
      client.ended.whenSuccess { [ledger] outcome in
        ledger.record(outcome.machine.record(ending: outcome.ending))
      }
      clients.append(client)
      try await Task.sleep(for: .milliseconds(20))
    }
    self.clients = clients
    try await Task.sleep(for: .seconds(3))
  }

  /// Measures the loop for a while without a flood, then under one.
  func measure(seconds: Int) async throws -> Measurement {
    var measurement = Measurement()
    note("measuring without a flood")
    let quiet = try await gateway.lag { try await Task.sleep(for: .seconds(seconds)) }
    for value in quiet.lateness { measurement.quiet.record(value) }
    note("measuring under a flood")
    let flood = RefuseFlood(port: endpoint.port)
    let begin = ContinuousClock.now
    let flooded = try await gateway.lag { try await flood.run(seconds: seconds) }
    let elapsed = (ContinuousClock.now - begin) / .seconds(1)
    for value in flooded.lateness { measurement.flooded.record(value) }
    measurement.refused = flooded.result
    measurement.refusedPerSecond = Double(flooded.result) / elapsed
    let snapshot = await gateway.snapshot()
    measurement.admission = snapshot.admission.label
    let counted = [Reason.addressRate, .addressBlocked].reduce(UInt64(0)) {
      $0 + (snapshot.closes[$1] ?? 0)
    }
    guard counted >= flooded.result else {
      throw BenchFailure("\(flooded.result) connections were closed, \(counted) counted as refused")
    }
    measurement.lostPlayers = await leave()
    return measurement
  }

  /// Lets all players leave. - Returns: those whose streams did not arrive whole.
  private func leave() async -> Int {
    for client in clients { client.perform { player, now in player.leave(now: now) } }
    let end = ContinuousClock.now + .seconds(20)
    var lost = clients.count
    while lost > 0, ContinuousClock.now < end {
      try? await Task.sleep(for: .milliseconds(100))
      lost = clients.indices.count { !ledger.verdict(for: "player-\($0)").isByteExact }
    }
    return lost
  }

  func stop() async {
    for client in clients { client.stop() }
    await gateway.drain(grace: .zero)
    await gateway.shutdown()
    await world.stop()
    try? await group.shutdownGracefully()
  }

  private static func configuration(backend: Endpoint) -> Configuration {
    Configuration(
      workers: 1,
      listeners: [
        .init(name: "bench", bind: .endpoint(Endpoint(loopback, port: 0)), backend: "world")
      ],
      backends: [
        .init(name: "world", address: .endpoint(backend), builds: [SimBuild.number])
      ])
  }
}
