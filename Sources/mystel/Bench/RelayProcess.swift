import CLinux

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A relay under test, running as a child process; it ends with this value.
struct RelayProcess: ~Copyable {
  let pid: Int32
  /// Where the relay accepts connections, on 127.0.0.1.
  let port: UInt16

  /// Starts a relay and waits until it accepts connections.
  static func start(
    _ relay: Relay, toPort backendPort: UInt16, sessions: Int, workers: Int = 1,
    tunnelKey: String? = nil, core: Int?, directory: String
  ) throws(BenchFailure) -> RelayProcess {
    let port = try RelayProcess.freePort()
    let command = try relay.prepare(
      port: port, backendPort: backendPort, sessions: sessions, workers: workers,
      tunnelKey: tunnelKey, directory: directory)
    let log = "\(directory)/\(relay.rawValue).log"
    let output = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw BenchFailure("cannot write \(log): \(Socket.lastError)") }
    defer { close(output) }
    let pid = RelayProcess.spawn(command, core: core, output: output)
    guard pid > 0 else { throw BenchFailure("cannot start \(relay): error \(-pid)") }
    let process = RelayProcess(pid: pid, port: port)
    try process.waitUntilReady(relay, log: log)
    return process
  }

  private init(pid: Int32, port: UInt16) {
    self.pid = pid
    self.port = port
  }

  /// What the kernel has charged to the relay so far.
  var accounts: ProcessAccounts { ProcessAccounts(process: pid) }

  /// Ends the relay now.
  consuming func stop() {}

  deinit {
    let family = accounts.processes
    // Mystel waits for sessions after the first SIGTERM and not after the second.
    for milliseconds in [1500, 1500, 0] {
      _ = kill(pid, milliseconds > 0 ? SIGTERM : SIGKILL)
      if RelayProcess.ended(pid, within: milliseconds) { return }
    }
    for child in family { _ = kill(child, SIGKILL) }
    _ = waitpid(pid, nil, 0)
  }

  private func waitUntilReady(_ relay: Relay, log: String) throws(BenchFailure) {
    let deadline = Machine.now() + 10_000_000_000
    while Machine.now() < deadline {
      try Machine.sleep(milliseconds: 50)
      if RelayProcess.ended(pid, within: 0) { break }
      if RelayProcess.accepts(port) {
        // Lets the relay see the probe close before it counts anything.
        try Machine.sleep(milliseconds: 300)
        return
      }
    }
    let text = (Files.text(of: log) ?? "").split(separator: "\n").suffix(8).joined(separator: "\n")
    throw BenchFailure("\(relay) does not accept connections on port \(port)\n\(text)")
  }

  private static func spawn(_ command: [String], core: Int?, output: Int32) -> Int32 {
    var arguments = command.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    return clinux_spawn(command[0], arguments, Int32(core ?? -1), output)
  }

  /// Whether the child has ended, waited for up to `milliseconds`.
  private static func ended(_ pid: Int32, within milliseconds: Int) -> Bool {
    let deadline = Machine.now() + UInt64(milliseconds) * 1_000_000
    repeat {
      if waitpid(pid, nil, WNOHANG) != 0 { return true }
      if milliseconds > 0 { _ = usleep(10_000) }
    } while Machine.now() < deadline
    return false
  }

  private static func freePort() throws(BenchFailure) -> UInt16 {
    let (socket, port) = try Socket.listener()
    socket.closed()
    return port
  }

  private static func accepts(_ port: UInt16) -> Bool {
    guard let socket = try? Socket.connection(to: port, fromHost: 1) else { return false }
    defer { socket.closed() }
    return socket.isConnected(within: 200)
  }
}
