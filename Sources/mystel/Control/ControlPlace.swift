import Foundation
import MystelCore

/// Where a gateway's sockets are, for the gateway that makes them and the commands that look for them.
enum ControlPlace {
  static let controlSocket = "control.sock"
  static let managementSocket = "http.sock"
  private static let ofSystem = "/run/mystel/"

  /// Where a gateway with `auto` puts a socket; nil where there is no place for one.
  static func usual(
    _ name: String, _ environment: [String: String], user: UInt32
  ) -> String? {
    // systemd names the directory that it made for the service.
    if let directory = environment["RUNTIME_DIRECTORY"], directory.hasPrefix("/") {
      return (directory.split(separator: ":").first.map { String($0) } ?? directory) + "/" + name
    }
    return user == 0 ? ofSystem + name : ofUser(name, environment)
  }

  /// Where commands look for a gateway whose socket nobody names, in order.
  static func candidates(
    _ name: String, _ environment: [String: String]
  ) -> [String] {
    [ofSystem + name] + [ofUser(name, environment)].compactMap { $0 }
  }

  private static func ofUser(_ name: String, _ environment: [String: String]) -> String? {
    guard let directory = environment["XDG_RUNTIME_DIR"], directory.hasPrefix("/") else {
      return nil
    }
    return directory + "/mystel/" + name
  }

  /// The directory of a socket in its usual place, made where it is not there.
  static func makeDirectory(of path: String) {
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
    try? FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
  }
}
