import ArgumentParser
import CLinux
import Logging
import MystelConfig
import MystelCore
import MystelNet
import MystelSim
import MystelTunnel
import MystelWire
import NIOPosix

/// How large a flood is, and who plays meanwhile.
struct FloodOptions: ParsableArguments {
  @Option(help: "Players in the game meanwhile.")
  var players = 200
  @Option(help: "Seconds of flood.")
  var seconds = 10
  @OptionGroup var engine: BenchEngineOption

  func validate() throws {
    try BenchFailure.check("--players", players, in: 1...500)
    try BenchFailure.check("--seconds", seconds, in: 1...600)
  }
}

/// A world, a gateway with one worker and players in it, for benchmarks that flood it.
final class FloodScene: Sendable {

  private static let loopback = IPAddress(ipv4: 0x7f00_0001)

  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let ledger = StreamLedger()
  private let world: SimWorldServer
  let gateway: Gateway
  let configuration: Configuration
  let endpoint: Endpoint
  private let clients: [SimClient<SimPlayer>]
  private let note: @Sendable (String) -> Void

  /// Plays a scene, whatever becomes of the measurement.
  ///
  /// - Parameter openFiles: what the flood takes beside the players.
  static func run<Result: Sendable>(
    _ options: FloodOptions, openFiles: Int, note: @escaping @Sendable (String) -> Void,
    _ measure: (FloodScene) async throws -> Result
  ) async throws -> Result {
    try await run(
      players: options.players, engine: options.engine.engine, openFiles: openFiles, note: note,
      measure)
  }

  /// - Parameter tunnel: what a second listener, `tunnel`, is reached by; a flood of that one is not
  ///   held to the limits of addresses.
  static func run<Result: Sendable>(
    players: Int, engine: Configuration.Engine, openFiles: Int, tunnel: TunnelSettings? = nil,
    note: @escaping @Sendable (String) -> Void, _ measure: (FloodScene) async throws -> Result
  ) async throws -> Result {
    clinux_catch_interrupts()
    try Machine.needOpenFiles(players * 6 + openFiles)
    let scene = try await FloodScene(
      players: players, engine: engine, tunnel: tunnel, note: note)
    do {
      let result = try await measure(scene)
      await scene.stop()
      return result
    } catch {
      await scene.stop()
      throw error
    }
  }

  /// Starts everything and waits until all players are in the game.
  init(
    players: Int, engine: Configuration.Engine, tunnel: TunnelSettings?,
    note: @escaping @Sendable (String) -> Void
  ) async throws {
    self.note = note
    var traits = SimWorldTraits()
    traits.floodPacketsPerSecond = nil
    world = SimWorldServer(group: group, seed: 1, traits: traits, ledger: ledger)
    let backend = try await world.start(on: Endpoint(Self.loopback, port: 0))
    var configuration = Configuration.bench(engine, backend: backend, build: SimBuild.number)
    if tunnel != nil { configuration.openToTunnels() }
    self.configuration = configuration
    gateway = try Gateway(
      configuration: configuration,
      inspection: try InspectionLoader.load(Configuration.Inspection()).policy,
      tunnels: GatewayTunnels(listeners: tunnel.map { ["tunnel": $0] } ?? [:]),
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

  /// How late the loop is while something goes on, in nanoseconds.
  func lag<Result: Sendable>(
    during body: @Sendable () async throws -> Result
  ) async throws -> (lateness: Histogram, result: Result) {
    let measured = try await gateway.lag(during: body)
    var lateness = Histogram()
    for value in measured.lateness { lateness.record(value) }
    return (lateness, measured.result)
  }

  /// Lets all players leave. - Returns: those whose streams did not arrive whole.
  func leave() async -> Int {
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
}

extension Configuration {
  /// A gateway with one worker that carries a listener's sessions to a backend, all on loopback.
  static func bench(_ engine: Engine, backend: Endpoint, build: UInt32) -> Configuration {
    let anyPort = Endpoint(backend.address, port: 0)
    var configuration = Configuration(
      workers: 1, listeners: [.init(name: "bench", bind: .endpoint(anyPort), backend: "world")],
      backends: [.init(name: "world", address: .endpoint(backend), builds: [build])])
    configuration.engine = engine
    return configuration
  }

  /// Adds a listener that takes the tunnel alone, from anybody and as often as he likes.
  fileprivate mutating func openToTunnels() {
    guard var listener = listeners.first else { return }
    listener.name = "tunnel"
    listener.tunnel.mode = .required
    listeners.append(listener)
    limits.sources.address.mode = .off
    limits.sources.prefix.mode = .off
    limits.sources.gateway.mode = .off
    admission.mode = .off
  }
}
