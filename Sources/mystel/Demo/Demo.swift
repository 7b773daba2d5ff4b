import Logging
import MystelConfig
import MystelCore
import MystelNet
import MystelSim
import MystelStore
import MystelWire
import NIOPosix

/// One run of `mystel demo`.
struct Demo {
  var seconds: Int
  var players: Int
  var seed: UInt64

  /// The gateway's patience with a client, short enough for every offender to meet it.
  private static let patience = Duration.seconds(3)
  /// How long the last sessions may take to end once the time is up.
  private static let grace = Duration.seconds(10)
  /// Packets a second from one client that the simulated server takes for a flood.
  private static let floodPacketsPerSecond = 3_000

  private static let loopback = IPAddress(ipv4: 0x7f00_0001)

  /// Runs, shows, sums up.
  ///
  /// - Returns: whether every honest stream was byte-exact and every offender closed.
  func run() async throws -> Bool {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    do {
      let isGood = try await run(on: group)
      try await group.shutdownGracefully()
      return isGood
    } catch {
      try? await group.shutdownGracefully()
      throw error
    }
  }

  private func run(on group: MultiThreadedEventLoopGroup) async throws -> Bool {
    let ledger = StreamLedger()
    var traits = SimWorldTraits()
    traits.floodPacketsPerSecond = Demo.floodPacketsPerSecond
    let world = SimWorldServer(group: group, seed: seed, traits: traits, ledger: ledger)
    let backend = try await world.start(on: Endpoint(Demo.loopback, port: 0))
    let configuration = configuration(backend: backend)
    let logger = Logger(label: "mystel.demo", factory: { _ in SwiftLogNoOpLogHandler() })
    let events = EventFeed()
    let reputation = Reputation(
      settings: configuration.reputation, protected: configuration.protectedNetworks, path: nil,
      seed: seed, events: events, logger: logger)
    let gateway = try Gateway(
      configuration: configuration,
      inspection: try InspectionLoader.load(Configuration.Inspection()).policy, events: events,
      report: { reputation.submit($0) }, logger: logger)
    let banning = Task { await reputation.run { [gateway] bans in gateway.enforce(bans) } }
    defer { banning.cancel() }
    try await gateway.start()
    guard let endpoint = gateway.endpoints["demo"] else {
      preconditionFailure("a started gateway has an endpoint for its listener")
    }

    let crowd = DemoCrowd(
      players: players, endpoint: endpoint, group: group, ledger: ledger, seed: seed)
    let screen = DemoScreen(gateway: endpoint, world: backend, seconds: seconds)
    let desk = try await DemoDesk.open(gateway, reputation, configuration, logger: logger)
    screen.write("dashboard: \(desk.address)\n\n")
    let begin = ContinuousClock.now
    await play(crowd: crowd, gateway: gateway, screen: screen, begin: begin)
    let last = await settle(gateway: gateway, world: world)
    let bans = await reputation.bans()
    await desk.close()
    await gateway.drain(grace: .zero)
    await gateway.shutdown()
    await world.stop()

    let summary = DemoSummary(
      seed: seed, verdicts: crowd.accounts.map(ledger.verdict(for:)),
      offenders: crowd.offenders, snapshot: last, world: world.tally,
      evidence: gateway.evidence.all.last { !$0.detects.isEmpty },
      bans: bans.map { "\($0.target): \($0.reason)" })
    screen.close(last, crowd: crowd.status, elapsed: ContinuousClock.now - begin)
    screen.write(summary.text)
    return summary.isGood
  }

  /// The crowd plays, the screen shows, until the time is up and everybody has left.
  private func play(
    crowd: DemoCrowd, gateway: Gateway, screen: DemoScreen, begin: ContinuousClock.Instant
  ) async {
    let end = begin + .seconds(seconds)
    async let playing: Void = crowd.play(lastOffence: end - Demo.patience - .seconds(1))
    let show = Task {
      while !Task.isCancelled {
        screen.show(
          await gateway.snapshot(), crowd: crowd.status, elapsed: ContinuousClock.now - begin)
        try? await Task.sleep(for: screen.interval)
      }
    }
    try? await Task.sleep(until: end)
    crowd.leave()
    while crowd.isThere && ContinuousClock.now < end + Demo.grace {
      try? await Task.sleep(for: .milliseconds(50))
    }
    crowd.stop()
    await playing
    show.cancel()
    await show.value
  }

  /// Waits until the last close has reached gateway and world.
  private func settle(gateway: Gateway, world: SimWorldServer) async -> Snapshot {
    let deadline = ContinuousClock.now + .seconds(3)
    var snapshot = await gateway.snapshot()
    while snapshot.sessions > 0 || world.tally.open > 0, ContinuousClock.now < deadline {
      try? await Task.sleep(for: .milliseconds(50))
      snapshot = await gateway.snapshot()
    }
    return snapshot
  }

  private func configuration(backend: Endpoint) -> Configuration {
    var timeouts = Timeouts()
    timeouts.keys = Demo.patience
    timeouts.firstPacket = Demo.patience
    timeouts.packet = Demo.patience
    timeouts.queueFull = Demo.patience
    var limits = Limits()
    limits.session.longestDelay = Demo.patience
    var configuration = Configuration(
      workers: 1, limits: limits, timeouts: timeouts,
      listeners: [
        Configuration.Listener(
          name: "demo", bind: .endpoint(Endpoint(Demo.loopback, port: 0)), backend: "world")
      ],
      backends: [
        Configuration.Backend(
          name: "world", address: .endpoint(backend), builds: [SimBuild.number])
      ])
    configuration.reputation.mode = .enforce
    return configuration
  }
}
