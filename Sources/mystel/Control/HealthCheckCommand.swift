import ArgumentParser
import Foundation
import MystelConfig
import MystelCore
import MystelNet

/// `mystel healthcheck`: for HEALTHCHECK of a container, and scripts.
struct HealthCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthcheck", abstract: "Say whether the running gateway lets players in.",
    discussion: """
      Asks `/readyz` at the management socket. Exit status: 0 players are let in, 1 they are not, and \
      the output says why, 69 no gateway answers.
      """)

  @Option(help: "The gateway's management socket.")
  var socket: String?

  @Option(
    name: [.short, .long],
    help: "A configuration file, for its management.socket; also MYSTEL_CONFIG.")
  var config: String?

  private static let request =
    "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

  func run() throws {
    var misses: [String] = []
    for place in try places() {
      let answer: [UInt8]
      do throws(UnixSocketFault) {
        let request = Array(HealthCheckCommand.request.utf8)
        answer = try UnixSocket.exchange(request, at: place, seconds: 5)
      } catch {
        misses.append("  \(error)\n")
        continue
      }
      return try HealthCheckCommand.tell(answer)
    }
    StandardError.write("no gateway answers:\n\(misses.joined())")
    throw ExitCode(69)
  }

  /// Prints what an answer says.
  private static func tell(_ answer: [UInt8]) throws {
    let text = String(decoding: answer, as: UTF8.self)
    guard text.hasPrefix("HTTP/1.1 "), let end = text.firstRange(of: "\r\n\r\n") else {
      StandardError.write(
        "the answer is no HTTP: --socket is management.socket here, and not the control socket\n")
      throw ExitCode(69)
    }
    print(text[end.upperBound...], terminator: "")
    guard text.hasPrefix("HTTP/1.1 200 ") else { throw ExitCode(1) }
  }

  private func places() throws -> [String] {
    let environment = ProcessInfo.processInfo.environment
    if let socket { return [socket] }
    if let path = config ?? environment["MYSTEL_CONFIG"] {
      switch try ConfigurationSource.load(path).configuration.management.socket {
      case .path(let path): return [path]
      case .auto: break
      case .off:
        StandardError.write("management.socket is off in \(path)\n")
        throw ExitCode(69)
      }
    }
    return ControlPlace.candidates(ControlPlace.managementSocket, environment)
  }
}
