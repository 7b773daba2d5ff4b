#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the kernel has charged to a process and its children.
struct ProcessAccounts {
  /// The process and its descendants, of now.
  let processes: [Int32]

  init(process: Int32) {
    var parents: [Int32: Int32] = [:]
    for pid in Files.names(in: "/proc").compactMap({ Int32($0) }) {
      parents[pid] = ProcessAccounts.parent(of: pid)
    }
    var found = [process]
    var next = 0
    while next < found.count {
      found += parents.filter { $0.value == found[next] }.keys.sorted()
      next += 1
    }
    processes = found
  }

  /// Nanoseconds on a processor, all threads. From `schedstat`; where the kernel has none, from
  /// the clock ticks of `stat`.
  var processorNanoseconds: UInt64 {
    processes.reduce(0) { total, pid in
      total + (ProcessAccounts.scheduled(pid) ?? ProcessAccounts.ticks(pid))
    }
  }

  /// Bytes resident, shared pages counted by share (`Pss`).
  var residentBytes: Int {
    processes.reduce(0) { total, pid in
      let lines = (Files.text(of: "/proc/\(pid)/smaps_rollup") ?? "").split(separator: "\n")
      let line = lines.first { $0.hasPrefix("Pss:") }
      let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
      return total + (kilobytes ?? 0) * 1024
    }
  }

  private static func scheduled(_ pid: Int32) -> UInt64? {
    var total: UInt64 = 0
    for thread in Files.names(in: "/proc/\(pid)/task") {
      guard let text = Files.text(of: "/proc/\(pid)/task/\(thread)/schedstat"),
        let time = text.split(separator: " ").first.flatMap({ UInt64($0) })
      else { return nil }
      total += time
    }
    return total > 0 ? total : nil
  }

  private static func ticks(_ pid: Int32) -> UInt64 {
    let fields = statFields(pid)
    guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else {
      return 0
    }
    return (user + system) * (1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
  }

  private static func parent(of pid: Int32) -> Int32? {
    let fields = statFields(pid)
    return fields.count > 1 ? Int32(fields[1]) : nil
  }

  /// The fields of /proc/PID/stat behind the command, which may hold blanks.
  private static func statFields(_ pid: Int32) -> [Substring] {
    guard let text = Files.text(of: "/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else {
      return []
    }
    return text[text.index(after: end)...].split(separator: " ")
  }
}
