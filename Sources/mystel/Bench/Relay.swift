import ArgumentParser
import MystelCore

/// What stands between the load generator's two sides.
enum Relay: String, CaseIterable, ExpressibleByArgument {
  /// Nothing: what the generator and the kernel cost without a relay.
  case direct
  case haproxy
  case nginx
  /// With the engine that it takes by itself.
  case mystel
  case ring = "mystel-ring"
  case nio = "mystel-nio"

  /// Whether it is Mystel, whatever its engine.
  var isMystel: Bool { [.mystel, .ring, .nio].contains(self) }

  private var engine: Configuration.Engine {
    switch self {
    case .ring: .ring
    case .nio: .nio
    default: .auto
    }
  }

  /// Mystel with an engine.
  init(_ engine: Configuration.Engine) {
    switch engine {
    case .auto: self = .mystel
    case .ring: self = .ring
    case .nio: self = .nio
    }
  }

  /// Writes the relay's configuration and returns its command line, full path first.
  ///
  /// - Parameter tunnelKey: the file of the key with which Mystel is reached by the tunnel alone.
  func prepare(
    port: UInt16, backendPort: UInt16, sessions: Int, workers: Int, tunnelKey: String? = nil,
    directory: String
  ) throws(BenchFailure) -> [String] {
    let config = "\(directory)/\(rawValue).conf"
    switch self {
    case .direct:
      throw BenchFailure("a direct connection has no process")
    case .haproxy:
      let program = try installed("haproxy", package: "haproxy")
      try Files.put(
        Relay.haproxyConfig(port, backendPort, sessions: sessions, workers: workers), at: config)
      return [program, "-db", "-q", "-f", config]
    case .nginx:
      let program = try installed("nginx", package: "nginx libnginx-mod-stream")
      let text = try Relay.nginxConfig(
        port, backendPort, sessions: sessions, workers: workers, directory: directory)
      try Files.put(text, at: config)
      return [program, "-p", directory, "-c", config, "-e", "stderr"]
    case .mystel, .ring, .nio:
      try Files.put(
        mystelConfig(port, backendPort, workers: workers, tunnelKey: tunnelKey), at: config)
      return ["/proc/self/exe", "run", "--config", config]
    }
  }

  /// - Throws: When the relay's program is not installed, before anything is measured.
  func checkInstalled() throws(BenchFailure) {
    switch self {
    case .direct, .mystel, .ring, .nio: break
    case .haproxy: _ = try installed("haproxy", package: "haproxy")
    case .nginx:
      _ = try installed("nginx", package: "nginx libnginx-mod-stream")
      _ = try Relay.nginxStreamModule()
    }
  }

  private func installed(_ program: String, package: String) throws(BenchFailure) -> String {
    guard let path = Files.program(program) else {
      throw BenchFailure(
        "\(program) is not installed; `apt-get install \(package)`, or leave it out of --relays")
    }
    return path
  }

  private static func haproxyConfig(
    _ port: UInt16, _ backendPort: UInt16, sessions: Int, workers: Int
  ) -> String {
    """
    global
      nbthread \(workers)
      maxconn \(sessions + 100)
    defaults
      mode tcp
      timeout connect 5s
      timeout client 10m
      timeout server 10m
    listen bench
      bind 127.0.0.1:\(port) backlog 4096
      server backend 127.0.0.1:\(backendPort)

    """
  }

  private static func nginxConfig(
    _ port: UInt16, _ backendPort: UInt16, sessions: Int, workers: Int, directory: String
  ) throws(BenchFailure) -> String {
    let module = try nginxStreamModule()
    return """
      load_module \(module);
      daemon off;
      worker_processes \(workers);
      pid \(directory)/nginx.pid;
      error_log stderr crit;
      events { worker_connections \(2 * sessions + 200); }
      stream {
        access_log off;
        server {
          listen 127.0.0.1:\(port) backlog=4096;
          proxy_pass 127.0.0.1:\(backendPort);
          proxy_timeout 10m;
        }
      }

      """
  }

  private static func nginxStreamModule() throws(BenchFailure) -> String {
    let path = "/usr/lib/nginx/modules/ngx_stream_module.so"
    guard Files.exists(path) else {
      throw BenchFailure(
        "nginx has no stream module (\(path)); `apt-get install libnginx-mod-stream`, or leave "
          + "nginx out of --relays")
    }
    return path
  }

  /// Deadlines are long because 9,000 sessions are opened before any of them is measured, all from
  /// a few addresses; what sessions send is metered, at a rate that none reaches.
  private func mystelConfig(
    _ port: UInt16, _ backendPort: UInt16, workers: Int, tunnelKey: String?
  ) -> String {
    let tunnel = tunnelKey.map { "{ mode: required, key: \"file:\($0)\" }" } ?? "{ mode: off }"
    return """
      version: 1
      engine: \(engine.rawValue)
      workers: \(workers)
      log: { level: warning }
      timeouts: { keys: 5m, first_packet: 5m }
      limits:
        session: { packets_per_second: 1000000, bytes_per_second: 100000000 }
        address: { mode: off }
        prefix: { mode: off }
        gateway: { mode: off }
      admission: { mode: off }
      listeners:
        - name: bench
          bind: 127.0.0.1:\(port)
          game: tera
          build: auto
          backend: bench
          tunnel: \(tunnel)
      backends:
        - name: bench
          address: 127.0.0.1:\(backendPort)
          builds: [\(LoadTraffic.build)]

      """
  }
}
