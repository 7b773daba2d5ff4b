import Logging
import MystelCore
import MystelManage
import MystelNet
import MystelStore

/// The management server of a demo: the dashboard, with a token for whoever started it.
struct DemoDesk {
  private let server: ManagementServer
  private let outward: Outward
  let token: String

  var port: UInt16 { UInt16(clamping: server.port ?? 0) }

  /// Where the dashboard is, with the token in the part that no request carries.
  var address: String {
    "http://127.0.0.1:\(server.port ?? 0)\(ManagementService.dashboard)#token=\(token)"
  }

  /// Listens on loopback, at a port that is free.
  static func open(
    _ gateway: Gateway, _ reputation: Reputation, _ configuration: Configuration, logger: Logger
  ) async throws -> DemoDesk {
    let tokens = try TokenBook(path: nil)
    let token = try tokens.add(TokenOrder(name: "demo", role: .admin)).token
    let log = try LogOutput(configuration.log)
    let outward = Outward(events: gateway.events, launcher: gateway.launcher, logger: logger)
    let reloader = Reloader(
      gateway: gateway, reputation: reputation, outward: outward, log: log,
      start: try StartConfiguration(configuration, name: "demo"), logger: logger)
    let operations = GatewayOperations(
      gateway: gateway, reputation: reputation, reloader: reloader, tokens: tokens,
      lifecycle: Lifecycle(), log: log, logger: logger)
    let monitor = GatewayMonitor(
      gateway: gateway, reputation: reputation, reloader: reloader, operations: operations,
      outward: outward)
    operations.lifecycle.enter(.serving)
    let service = ManagementService(
      gateway: monitor, operations: operations, tokens: tokens, events: gateway.events,
      version: Version.number)
    let server = try await ManagementServer(
      places: [.tcp(host: "127.0.0.1", port: 0, tls: nil)], service: service, logger: logger)
    return DemoDesk(server: server, outward: outward, token: token ?? "")
  }

  func close() async {
    await server.stop()
    await outward.stop()
  }
}
