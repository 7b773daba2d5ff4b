import Logging
import MystelConfig
import MystelCore
import MystelNet
import MystelSim
import MystelWire
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// A gateway in front of a simulated world, on loopback, for the length of one test.
final class Scene: Sendable {
  let group: MultiThreadedEventLoopGroup
  let gateway: Gateway
  let world: SimWorldServer
  let worldEndpoint: Endpoint
  let ledger: StreamLedger
  let configuration: Configuration
  let inspection: InspectionPolicy
  /// What the gateway told the reputation.
  let reports = Reports()

  final class Reports: Sendable {
    private let kept = Mutex<[Report]>([])
    var all: [Report] { kept.withLock { $0 } }
    func append(_ more: [Report]) { kept.withLock { $0 += more } }

    /// Where accounts were let in: the session and the account of an address.
    func entrance(of source: UInt32) -> (session: UInt64, account: UInt64)? {
      for case .entered(let session, IPAddress(ipv4: source), let account) in all {
        return (session, account)
      }
      return nil
    }
  }

  static let loopback = Endpoint(IPAddress(ipv4: 0x7f00_0001), port: 0)

  static let hasty = SimPace(
    lobby: .milliseconds(20), loading: .milliseconds(20), step: .milliseconds(20),
    skill: .milliseconds(50), loot: .milliseconds(50), chat: .milliseconds(100),
    probe: .milliseconds(100))

  /// Every engine that this system has.
  static let engines: [Configuration.Engine] = Engine.whyNoRing == nil ? [.nio, .ring] : [.nio]

  private init(
    _ engine: Configuration.Engine, limits: Limits, timeouts: Timeouts, builds: [UInt32],
    dialects: [SimDialect],
    unknownBuild: Configuration.Listener.UnknownBuild
  ) async throws {
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    ledger = StreamLedger()
    var traits = SimWorldTraits()
    traits.dialects = dialects
    world = SimWorldServer(group: group, seed: 7, traits: traits, ledger: ledger)
    var listener = Scene.listener("public")
    listener.unknownBuild = unknownBuild
    worldEndpoint = try await world.start(on: Scene.loopback)
    var configuration = Configuration(
      workers: 2, limits: limits, timeouts: timeouts,
      listeners: [listener],
      backends: [
        .init(name: "world", address: .endpoint(worldEndpoint), builds: builds)
      ])
    configuration.engine = engine
    self.configuration = configuration
    inspection = try InspectionLoader.load(for: configuration).policy
    gateway = try Gateway(
      configuration: configuration, inspection: inspection,
      report: { [reports] in reports.append($0) },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await gateway.start()
  }

  /// Puts another configuration into force under the same rules.
  func reload(_ configuration: Configuration) async throws {
    try await gateway.reload(configuration, inspection: inspection)
  }

  /// Runs a test and takes everything down behind it.
  static func with(
    _ engine: Configuration.Engine, limits: Limits = Limits(), timeouts: Timeouts = Timeouts(),
    builds: [UInt32] = [SimBuild.number], dialects: [SimDialect] = [.native],
    unknownBuild: Configuration.Listener.UnknownBuild = .refuse,
    _ body: (Scene) async throws -> Void
  ) async throws {
    let scene = try await Scene(
      engine, limits: limits, timeouts: timeouts, builds: builds, dialects: dialects,
      unknownBuild: unknownBuild)
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(scene))
    } catch {
      result = .failure(error)
    }
    await scene.gateway.drain(grace: .zero)
    await scene.gateway.shutdown()
    await scene.world.stop()
    try await scene.group.shutdownGracefully()
    try result.get()
  }

  static func listener(_ name: String, bind: Endpoint = loopback) -> Configuration.Listener {
    .init(name: name, bind: .endpoint(bind), backend: "world")
  }

  /// Connects a client from an address of its own.
  func connect<Machine: SimMachine>(
    _ machine: Machine, from source: UInt32 = 0x7f00_0001, to listener: String = "public"
  ) async throws -> SimClient<Machine> {
    let endpoint = try #require(gateway.endpoints[listener])
    return try await SimClient.connect(
      machine, to: endpoint, from: IPAddress(ipv4: source), on: group.next())
  }

  /// An honest player's whole stay; true if it ended as the player wished.
  func play(
    _ account: String, from source: UInt32, to listener: String = "public",
    dialect: SimDialect = .native
  ) async throws -> Bool {
    let player = SimPlayer(
      account: account, seed: UInt64(source), pace: Scene.hasty, stay: .milliseconds(300),
      dialect: dialect)
    let outcome = try await connect(player, from: source, to: listener).ended.get()
    ledger.record(outcome.machine.record(ending: outcome.ending))
    return outcome.ending == .orderly && outcome.machine.surprises == 0
  }

  /// Whether nobody listens there.
  func isRefused(at endpoint: Endpoint) async throws -> Bool {
    do {
      let client = try await SimClient.connect(OneKeyClient(), to: endpoint, on: group.next())
      client.stop()
      return false
    } catch {
      return true
    }
  }

  /// Waits up to five seconds; records an issue where that was not enough.
  func waitUntil(_ what: Comment, _ condition: (Gateway) async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(5)
    while ContinuousClock.now < end {
      if try await condition(gateway) { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record(what)
  }
}
