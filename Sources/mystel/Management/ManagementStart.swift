import Foundation
import Logging
import MystelCore
import MystelManage
import MystelNet

/// The management server of a running gateway, and the file of its socket.
struct Management {
  private let server: ManagementServer
  private let listener: UnixListener?
  private let tls: ManagementTLS?

  /// Serves what the configuration asks for; nil where it asks for nothing, or where the usual place
  /// of the socket cannot be had, which is logged and no reason not to carry players.
  ///
  /// - Throws: where a place that the configuration names cannot be had.
  static func start(
    _ configuration: Configuration.Management, service: ManagementService, logger: Logger
  ) async throws -> Management? {
    let tls = try tls(configuration)
    let listener = try listener(configuration.socket, logger)
    var places: [ManagementServer.Place] = []
    if let listener { places.append(.descriptor(listener.descriptor)) }
    if let address = configuration.http { places.append(place(address, tls)) }
    guard !places.isEmpty else { return nil }
    do {
      let server = try await ManagementServer(places: places, service: service, logger: logger)
      if let listener { logger.info("management socket", metadata: ["path": "\(listener.path)"]) }
      if let address = configuration.http {
        logger.notice(
          tls == nil ? "management over HTTP" : "management over HTTPS",
          metadata: ["address": "\(address)", "port": "\(server.port ?? Int(address.port))"])
      }
      return Management(server: server, listener: listener, tls: tls)
    } catch {
      listener?.removeFile()
      guard let address = configuration.http else { throw error }
      throw ManagementFault(address: "\(address)", reason: "\(error)")
    }
  }

  /// Reads the certificate again.
  ///
  /// - Throws: `TLSFault`; the one in force stays then.
  func reload() throws(TLSFault) { try tls?.reload() }

  func stop() async {
    listener?.removeFile()
    await server.stop()
  }

  /// - Throws: `TLSFault`.
  private static func tls(
    _ configuration: Configuration.Management
  ) throws(TLSFault) -> ManagementTLS? {
    guard let certificate = configuration.certificatePath, let key = configuration.keyPath else {
      return nil
    }
    return try ManagementTLS(ManagementTLS.Files(certificate: certificate, key: key))
  }

  private static func place(
    _ address: Configuration.Address, _ tls: ManagementTLS?
  ) -> ManagementServer.Place {
    switch address {
    case .endpoint(let endpoint):
      .tcp(host: "\(endpoint.address)", port: Int(endpoint.port), tls: tls)
    case .name(let name, let port): .tcp(host: name, port: Int(port), tls: tls)
    }
  }

  private static func listener(
    _ socket: Configuration.Control.Socket, _ logger: Logger
  ) throws -> UnixListener? {
    switch socket {
    case .off:
      return nil
    case .path(let path):
      return try UnixListener(path: path)
    case .auto:
      let environment = ProcessInfo.processInfo.environment
      let name = ControlPlace.managementSocket
      guard let path = ControlPlace.usual(name, environment, user: geteuid()) else { return nil }
      ControlPlace.makeDirectory(of: path)
      do throws(UnixSocketFault) {
        return try UnixListener(path: path)
      } catch {
        logger.warning("no management socket: \(error)")
        return nil
      }
    }
  }
}

/// Why management is not served.
struct ManagementFault: Error, CustomStringConvertible {
  var address: String
  var reason: String
  var description: String { "management.http: cannot listen at \(address): \(reason)" }
}
