import ArgumentParser
import Foundation
import MystelConfig
import MystelCore
import MystelManage
import MystelNet

/// Which gateway a command speaks to, and how it prints.
struct ControlOptions: ParsableArguments {
  @Option(help: "The gateway's control socket; also MYSTEL_CONTROL_SOCKET.")
  var socket: String?

  @Option(
    name: [.short, .long],
    help: "A configuration file, for its control.socket; also MYSTEL_CONFIG.")
  var config: String?

  @Flag(help: "Print the gateway's answer as JSON.")
  var json = false

  func connect() throws -> ControlConnection {
    try ControlConnection.open(socket: socket, config: config)
  }
}

/// A gateway that was reached.
struct ControlConnection {
  let client: ControlClient

  /// Connects to the gateway at a socket, or of a configuration file, or at its usual place; or says
  /// where it was looked for and ends the command with status 69.
  static func open(socket: String?, config: String?) throws -> ControlConnection {
    let places = try places(socket, config)
    var misses: [String] = []
    for place in places {
      do throws(UnixSocketFault) {
        return ControlConnection(client: try ControlClient(path: place))
      } catch {
        misses.append("  \(error)")
        guard error.isAbsence else { break }
      }
    }
    StandardError.write(
      """
      no gateway can be reached:
      \(misses.joined(separator: "\n"))
      Is `mystel run` up, and is this its user or root? Name its socket with --socket, or its \
      configuration with --config.

      """)
    throw ExitCode(69)
  }

  private static func places(_ socket: String?, _ config: String?) throws -> [String] {
    let environment = ProcessInfo.processInfo.environment
    if let socket { return [socket] }
    if let path = config ?? environment["MYSTEL_CONFIG"] {
      switch try ConfigurationSource.load(path).configuration.control.socket {
      case .path(let path): return [path]
      case .auto: break
      case .off:
        StandardError.write("control.socket is off in \(path): this gateway cannot be reached\n")
        throw ExitCode(69)
      }
    } else if let path = environment["MYSTEL_CONTROL_SOCKET"], path.hasPrefix("/") {
      return [path]
    }
    return ControlPlace.candidates(ControlPlace.controlSocket, environment)
  }

  /// Asks, and hands back the answer with its text as JSON. What the gateway refuses is printed, and
  /// ends the command with status 1.
  func ask<Result: Decodable>(
    _ line: [UInt8], as _: Result.Type = Result.self
  ) throws -> (result: Result, line: [UInt8]) {
    do {
      let answer = try client.ask(line)
      return (try ControlRequest.result(of: answer), answer)
    } catch {
      StandardError.write("\(error)\n")
      throw ExitCode(1)
    }
  }

  /// Asks for something and prints it: as JSON where that is wanted, else by `show`.
  func print<Result: Decodable>(
    _ line: [UInt8], _ options: ControlOptions, show: (Result) -> Void
  ) throws {
    let (result, answer) = try ask(line, as: Result.self)
    if options.json {
      ControlConnection.printJSON(answer)
    } else {
      show(result)
    }
  }

  /// Prints the result of an answer as one JSON value.
  static func printJSON(_ answer: [UInt8]) {
    guard
      let object = try? JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any],
      let result = object["result"],
      let data = try? JSONSerialization.data(
        withJSONObject: result,
        options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    else { return }
    Swift.print(String(decoding: data, as: UTF8.self))
  }
}

extension BanTarget: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}
