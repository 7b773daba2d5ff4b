import MystelCore
import MystelWire
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Shows a running demo: a table that redraws itself on a terminal, a line a second elsewhere.
final class DemoScreen: Sendable {
  private let gateway: Endpoint
  private let world: Endpoint
  private let seconds: Int
  private let isTerminal: Bool
  /// Lines of the table that stands on the terminal now.
  private let drawnLines = Mutex(0)

  init(gateway: Endpoint, world: Endpoint, seconds: Int) {
    self.gateway = gateway
    self.world = world
    self.seconds = seconds
    isTerminal = isatty(STDOUT_FILENO) == 1
    if !isTerminal {
      write("mystel demo: gateway \(gateway), world \(world), \(seconds) s\n")
    }
  }

  var interval: Duration { isTerminal ? .milliseconds(250) : .seconds(1) }

  func show(_ snapshot: Snapshot, crowd: DemoCrowd.Status, elapsed: Duration) {
    guard isTerminal else {
      write(DemoScreen.line(snapshot, crowd: crowd, elapsed: elapsed) + "\n")
      return
    }
    let lines = table(snapshot, crowd: crowd, elapsed: elapsed)
    let before = drawnLines.withLock { drawn in
      defer { drawn = lines.count }
      return drawn
    }
    let home = before > 0 ? "\u{1b}[\(before)A\r\u{1b}[J" : ""
    write(home + lines.joined(separator: "\n") + "\n")
  }

  /// The last state stays on the screen, above what is written next.
  func close(_ snapshot: Snapshot, crowd: DemoCrowd.Status, elapsed: Duration) {
    show(snapshot, crowd: crowd, elapsed: elapsed)
    write("\n")
  }

  func write(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
  }

  private func table(
    _ snapshot: Snapshot, crowd: DemoCrowd.Status, elapsed: Duration
  ) -> [String] {
    let time = DemoText.seconds(elapsed)
    return [
      "\u{1b}[1mmystel demo\u{1b}[0m  \(time) of \(seconds) s   "
        + "players > \(gateway) > \(world)",
      "",
      DemoText.row("sessions", "\(snapshot.sessions) open", "\(snapshot.accepted) accepted"),
      DemoText.row("honest players", "\(crowd.honestInWorld) playing", "\(crowd.honestOpen) there"),
      DemoText.row(
        "misbehaving", "\(crowd.offendersOpen) open", "\(crowd.offendersClosed) closed"),
      "",
      DemoText.row("", "to backend", "to client"),
      DemoText.row("packets", "\(snapshot.packets.toBackend)", "\(snapshot.packets.toClient)"),
      DemoText.row(
        "bytes", DemoText.bytes(snapshot.bytes.toBackend), DemoText.bytes(snapshot.bytes.toClient)),
      "",
      DemoText.row("verdicts", "\(snapshot.forwarded)", "forwarded"),
      DemoText.row("", "\(snapshot.rewritten)", "rewritten"),
      DemoText.row("", "\(snapshot.dropped)", "dropped"),
      "",
    ] + DemoText.reasons("closes", snapshot.closes) + DemoText.reasons("drops", snapshot.drops)
  }

  private static func line(
    _ snapshot: Snapshot, crowd: DemoCrowd.Status, elapsed: Duration
  ) -> String {
    let closes = DemoText.sorted(snapshot.closes).map { "\($0.label)=\($0.count)" }
    return [
      DemoText.seconds(elapsed), "sessions=\(snapshot.sessions)", "accepted=\(snapshot.accepted)",
      "playing=\(crowd.honestInWorld)", "misbehaving=\(crowd.offendersOpen)",
      "packets=\(snapshot.packets.toBackend)/\(snapshot.packets.toClient)",
      "bytes=\(snapshot.bytes.toBackend)/\(snapshot.bytes.toClient)",
      "forwarded=\(snapshot.forwarded)", "rewritten=\(snapshot.rewritten)",
      "dropped=\(snapshot.dropped)", "closes:",
      closes.isEmpty ? "none" : closes.joined(separator: " "),
    ].joined(separator: " ")
  }
}
