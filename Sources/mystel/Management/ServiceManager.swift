import Foundation
import MystelNet

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Tells systemd how the gateway does, by the protocol of `sd_notify(3)`; nothing where nobody asks.
struct ServiceManager: Sendable {
  private let address: String?
  /// How often systemd wants a sign of life; nil for never.
  let watchdog: Duration?

  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    // Meant for another process where it names one.
    let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
    let period = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
    watchdog = isMeant && period > 0 ? .microseconds(period) : nil
  }

  enum Word {
    case ready, reloading, stopping, alive
  }

  /// Says it; where that fails, systemd will find out by itself.
  func say(_ word: Word, status: String? = nil) {
    var lines =
      switch word {
      case .ready: ["READY=1"]
      case .reloading: ["RELOADING=1", "MONOTONIC_USEC=\(ServiceManager.monotonicMicroseconds)"]
      case .stopping: ["STOPPING=1"]
      case .alive: ["WATCHDOG=1"]
      }
    if let status { lines.append("STATUS=\(status)") }
    send(lines.joined(separator: "\n"))
  }

  /// Gives a sign of life as often as systemd wants one, as long as every event loop answers; ends when
  /// it is cancelled.
  func watch(_ gateway: Gateway) async {
    guard address != nil, let watchdog else { return }
    while !Task.isCancelled {
      // A loop that stands still answers nothing, and so nothing is said.
      await gateway.answerOfEveryLoop()
      say(.alive)
      try? await Task.sleep(for: watchdog / 2)
    }
  }

  private static var monotonicMicroseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }

  private func send(_ text: String) {
    guard let address else { return }
    #if os(Linux)
      let kind = Int32(SOCK_DGRAM.rawValue)
    #else
      let kind = SOCK_DGRAM
    #endif
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: name.sun_path)
    // An abstract name begins with a zero byte, which is written as @.
    var bytes = Array(address.utf8)
    guard bytes.count < room else { return }
    if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: bytes) }
    let length =
      socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2) + socklen_t(bytes.count)
    let payload = Array(text.utf8)
    _ = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        sendto(descriptor, payload, payload.count, Int32(MSG_NOSIGNAL), address, length)
      }
    }
  }
}
