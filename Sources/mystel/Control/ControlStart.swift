import Foundation
import Logging
import MystelCore
import MystelManage
import MystelNet

/// Puts the operations of a gateway behind its control socket.
enum ControlStart {
  /// The socket that the configuration asks for; nil where it asks for none, or where the usual place
  /// cannot be had, which is logged and no reason not to carry players.
  ///
  /// - Throws: where a path that the configuration names cannot be had.
  static func socket(
    _ configuration: Configuration.Control, operations: any ControlOperations, logger: Logger
  ) async throws -> ControlSocket? {
    let service = ControlService(
      converse: { user in
        let caller = ControlCaller(name: "uid \(user)")
        let conversation = ControlConversation(operations: operations, caller: caller)
        return { await conversation.answer($0) }
      }, refuse: { ControlConversation.answer(of: $0) })
    switch configuration.socket {
    case .off:
      return nil
    case .path(let path):
      return try await ControlSocket(path: path, service: service, logger: logger)
    case .auto:
      let environment = ProcessInfo.processInfo.environment
      guard let path = ControlPlace.usual(ControlPlace.controlSocket, environment, user: geteuid())
      else {
        logger.warning(
          "no control socket: there is no $XDG_RUNTIME_DIR; name a path as control.socket")
        return nil
      }
      ControlPlace.makeDirectory(of: path)
      do {
        return try await ControlSocket(path: path, service: service, logger: logger)
      } catch {
        logger.warning("no control socket: \(error)")
        return nil
      }
    }
  }
}
