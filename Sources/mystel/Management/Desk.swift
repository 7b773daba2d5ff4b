import Logging
import MystelCore
import MystelManage
import MystelNet

/// Everything by which operators reach a running gateway.
struct Desk {
  let lifecycle: Lifecycle
  private let control: ControlSocket?
  private let management: Management?
  private let outward: Outward

  /// - Throws: where a place that the configuration names cannot be had.
  static func open(
    _ configuration: Configuration, operations: GatewayOperations, outward: Outward,
    monitor: GatewayMonitor, logger: Logger
  ) async throws -> Desk {
    let control = try await ControlStart.socket(
      configuration.control, operations: operations, logger: logger)
    if let control { logger.info("control socket", metadata: ["path": "\(control.path)"]) }
    do {
      let service = ManagementService(
        gateway: monitor, operations: operations, tokens: operations.tokenBook,
        events: operations.gateway.events, hosts: configuration.management.hosts,
        launcherKey: outward.launcherKey, showsOnline: configuration.management.showsOnline,
        version: Version.number,
        user: { try? await PeerCredentials.user(of: $0).get() })
      let management = try await Management.start(
        configuration.management, service: service, logger: logger)
      return Desk(
        lifecycle: operations.lifecycle, control: control, management: management,
        outward: outward)
    } catch {
      await control?.stop()
      throw error
    }
  }

  /// Reads the certificate of the management server again.
  ///
  /// - Throws: `TLSFault`; the one in force stays then.
  func renewCertificate() throws(TLSFault) { try management?.reload() }

  func close() async {
    await control?.stop()
    await management?.stop()
    await outward.stop()
  }
}
