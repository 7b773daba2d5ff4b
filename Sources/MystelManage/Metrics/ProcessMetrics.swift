import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the operating system says of this process, by the names that all exporters use.
package enum ProcessMetrics {
  package static func families(started: Double) -> [MetricFamily] {
    var usage = rusage()
    #if canImport(Glibc)
      let isKnown = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0
    #else
      let isKnown = getrusage(RUSAGE_SELF, &usage) == 0
    #endif
    var families = [
      MetricFamily(
        "process_start_time_seconds", .gauge, unit: .seconds, "When the process started.",
        .number(started))
    ]
    if isKnown {
      let time = seconds(usage.ru_utime) + seconds(usage.ru_stime)
      families.append(
        MetricFamily(
          "process_cpu_seconds", .counter, unit: .seconds, "Processor time used.", .number(time)))
    }
    if let (all, resident) = memory() {
      families += [
        MetricFamily(
          "process_resident_memory_bytes", .gauge, unit: .bytes, "Memory in use.",
          .count(resident)),
        MetricFamily(
          "process_virtual_memory_bytes", .gauge, unit: .bytes, "Address space in use.",
          .count(all)),
      ]
    }
    if let open = openDescriptors() {
      families.append(
        MetricFamily("process_open_fds", .gauge, "Open file descriptors.", .of(open)))
    }
    if let most = mostDescriptors() {
      families.append(
        MetricFamily(
          "process_max_fds", .gauge, "File descriptors that the process may have.", .count(most)))
    }
    return families
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }

  /// Address space and resident memory, where /proc tells.
  private static func memory() -> (all: UInt64, resident: UInt64)? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else {
      return nil
    }
    let pages = text.split(separator: " ").prefix(2).compactMap { UInt64($0) }
    let size = UInt64(max(0, sysconf(CInt(_SC_PAGESIZE))))
    guard pages.count == 2 else { return nil }
    return (pages[0] &* size, pages[1] &* size)
  }

  private static func openDescriptors() -> Int? {
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    // `.`, `..` and the directory's own.
    var count = -3
    while readdir(directory) != nil { count += 1 }
    return count
  }

  private static func mostDescriptors() -> UInt64? {
    var limit = rlimit()
    #if canImport(Glibc)
      let result = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    #else
      let result = getrlimit(RLIMIT_NOFILE, &limit)
    #endif
    return result == 0 ? UInt64(limit.rlim_cur) : nil
  }
}
