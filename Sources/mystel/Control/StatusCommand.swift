import ArgumentParser
import MystelCore
import MystelManage

/// `mystel status`: how the running gateway does.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how the running gateway does.",
    discussion: "Exit status 69 where no gateway can be reached.")

  @OptionGroup var options: ControlOptions

  func run() throws {
    try options.connect().print(ControlRequest.line(.status), options) { (status: StatusAnswer) in
      print(
        """
        mystel \(status.version), process \(status.processID), up \
        \(Shown.duration(status.upSeconds)), profile \(status.profile), engine \(status.engine ?? "unknown")
        sessions \(status.sessions) of \(status.capacity), \(status.accepted) since the start
        packets \(status.packets.toBackend) to backends, \(status.packets.toClient) to clients; \
        \(status.rewritten) repaired, \(status.dropped) dropped
        bytes \(Shown.bytes(status.bytes.toBackend)) to backends, \
        \(Shown.bytes(status.bytes.toClient)) to clients
        """)
      if status.phase != .serving { print("phase \(status.phase.rawValue): newcomers are refused") }
      if status.admission != "normal" { print("admission \(status.admission)") }
      if let bans = status.bans {
        let note = status.isStored == false ? "; not on the disk, and lost at a stop" : ""
        print("bans \(bans), allowed \(status.allowed ?? 0)\(note)")
      }
      if let packets = status.learntPackets {
        print(
          "learnt from \(packets) packets of players declared genuine, "
            + "\(status.learntSessions ?? 0) of their sessions over")
      }
      var table = TextTable("LISTENER", "ADDRESS", "BACKEND", "STATE")
      for listener in status.listeners {
        table.add(
          listener.name, listener.address, listener.backend,
          !listener.isRefusing
            ? "accepts"
            : status.phase == .serving ? "refuses: its backend is down" : "refuses: draining")
      }
      print("\n" + table.text)
      table = TextTable("BACKEND", "ADDRESS", "HALF-OPEN", "STATE")
      for backend in status.backends {
        table.add(
          backend.name, backend.address, "\(backend.halfOpen)", backend.isDown ? "down" : "up")
      }
      print("\n" + table.text)
      for (title, counts) in [
        ("ENDS", status.closes), ("DROPPED PACKETS", status.drops), ("NOTES", status.notes),
      ] where !counts.isEmpty {
        var table = TextTable(title, "COUNT")
        for (label, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
          table.add(label, "\(count)")
        }
        print("\n" + table.text)
      }
    }
  }
}

/// `mystel reload`: the configuration, read again.
struct ReloadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reload", abstract: "Have the running gateway read its configuration again.",
    discussion: """
      Like SIGHUP, but says whether it worked. Exit status 1 where the configuration is rejected; \
      the old one then stays in force.
      """)

  @OptionGroup var options: ControlOptions

  func run() throws {
    try options.connect().print(ControlRequest.line(.reload), options) { (answer: ReloadAnswer) in
      for warning in answer.warnings { print("warning: \(warning)") }
      print("the configuration was read again and is in force")
    }
  }
}
