import Foundation
import MystelCore

/// Where the control socket is, for the gateway that makes it and the commands that look for it.
enum ControlPlace {
  private static let ofSystem = "/run/mystel/control.sock"

  /// Where a gateway with `control.socket: auto` puts its socket; nil where there is no place for
  /// one.
  static func usual(_ environment: [String: String], user: UInt32) -> String? {
    // systemd names the directory that it made for the service.
    if let directory = environment["RUNTIME_DIRECTORY"], directory.hasPrefix("/") {
      return (directory.split(separator: ":").first.map { String($0) } ?? directory)
        + "/control.sock"
    }
    return user == 0 ? ofSystem : ofUser(environment)
  }

  /// Where commands look for a gateway whose socket nobody names, in order.
  static func candidates(_ environment: [String: String]) -> [String] {
    [ofSystem] + [ofUser(environment)].compactMap { $0 }
  }

  private static func ofUser(_ environment: [String: String]) -> String? {
    guard let directory = environment["XDG_RUNTIME_DIR"], directory.hasPrefix("/") else {
      return nil
    }
    return directory + "/mystel/control.sock"
  }
}
