import ArgumentParser
import Crypto
import Foundation
import MystelTunnel
import NIOCore
import NIOPosix

/// `mystel tunnel client`: what a launcher starts beside the game.
struct TunnelClientCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client",
    abstract: "Carry a game's connections to a gateway through the tunnel.",
    discussion: """
      The game connects to the address of --listen. Each of its connections becomes a tunnel of its own; \
      where the gateway cannot be reached or does not prove its key, the game's connection is closed. \
      Players on Windows use the agent in Examples/tunnel-agent.
      """)

  @Option(help: "Where the game connects.")
  var listen = "127.0.0.1:7801"

  @Option(help: "The gateway, HOST:PORT.")
  var gateway: String

  @Option(help: "The gateway's public key as text, or a file with it or with a group's secret.")
  var key: String

  @Option(help: "With suite ik: a file with a private key of one's own.")
  var ownKey: String?

  @Option(help: "The name of the gateway's listener.")
  var name: String

  @Option(help: "What is added so that lengths tell less: none, block or constant_rate.")
  var padding = "none"

  @Flag(help: "Print nothing but errors.")
  var quiet = false

  func run() async throws {
    let settings = try self.settings()
    guard let (host, port) = Self.place(gateway), let (own, ownPort) = Self.place(listen) else {
      throw ValidationError("--gateway and --listen are HOST:PORT")
    }
    let status = TunnelStatus(isQuiet: quiet)
    let group = MultiThreadedEventLoopGroup.singleton
    let server: any Channel
    do {
      server = try await ServerBootstrap(group: group)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.autoRead, value: false)
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { game in
          TunnelCourier.start(game, host: host, port: port, settings: settings, status: status)
        }
        .bind(host: own, port: ownPort).get()
    } catch {
      StandardError.write("cannot listen on \(listen): \(error)\n")
      throw ExitCode(71)
    }
    status.say("listening on \(listen), for \(gateway)")
    try await server.closeFuture.get()
  }

  private func settings() throws -> TunnelSettings {
    var keys = HandshakeState.Keys()
    let mode: NoisePattern
    switch (try TunnelKeys.read(key), try ownKey.map(TunnelKeys.read)) {
    case (.publicKey(let remote), nil):
      keys.remote = remote
      mode = .nk
    case (.publicKey(let remote), .privateKey(let own)?):
      keys.remote = remote
      keys.own = own
      mode = .ik
    case (.preshared(let secret), nil):
      keys.preshared = secret
      mode = .nnpsk0
    default:
      throw ValidationError("--key is a public key or a group's secret, --own-key a private key")
    }
    guard let padding = TunnelPadding(option: padding) else {
      throw ValidationError("--padding is none, block or constant_rate")
    }
    var settings = TunnelSettings(mode: mode, name: name, keys: keys) {
      SymmetricKey(size: .bits256)
    }
    settings.padding = padding
    return settings
  }

  /// Host and port of `HOST:PORT` or `[HOST]:PORT`.
  private static func place(_ text: String) -> (String, Int)? {
    guard let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    let host = text[..<colon].trimmingPrefix("[")
    return (String(host.hasSuffix("]") ? host.dropLast() : host), Int(port))
  }
}
