import MystelCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The open files the gateway needs, against what the system grants it.
package struct DescriptorBudget: Equatable, Sendable {
  /// What is open beside sessions: standard streams, log, event loops, listeners, health checks,
  /// clients of the management server, calls outward.
  package var fixed: Int
  /// Sessions that fit: two sockets each.
  package var sessions: Int
  /// The process's limit (`ulimit -n`).
  package var granted: Int

  /// The wanted sessions do not fit.
  package struct Shortage: Error, CustomStringConvertible, Sendable {
    package var wanted: Int
    package var budget: DescriptorBudget
    private var smaller: String {
      budget.sessions > 0 ? " or set limits.sessions to at most \(budget.sessions)" : ""
    }
    package var description: String {
      let needed = wanted * 2 + budget.fixed
      return """
        limits.sessions: \(wanted) sessions x 2 sockets + \(budget.fixed) other files = \(needed) \
        open files, but the process may have \(budget.granted); raise the limit (ulimit -n, or \
        LimitNOFILE= in the systemd unit)\(smaller)
        """
    }
  }

  /// - Throws: `Shortage` where the system grants less than `limits.sessions` asks for, or not even one.
  package init(configuration: Configuration, workers: Int, granted: Int) throws {
    fixed =
      32 + workers * 4 + configuration.listeners.count + configuration.backends.count * 2
      + configuration.management.descriptors + configuration.outwardDescriptors
    self.granted = granted
    sessions = max(0, (granted - fixed) / 2)
    let wanted = configuration.limits.sessions ?? max(1, sessions)
    guard wanted <= sessions else { throw Shortage(wanted: wanted, budget: self) }
    sessions = wanted
  }

  /// Raises the soft limit to the hard one and returns it.
  package static func raiseLimit() -> Int {
    var limit = rlimit()
    #if os(Linux)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    guard getrlimit(resource, &limit) == 0 else { return 1024 }
    if limit.rlim_cur < limit.rlim_max {
      limit.rlim_cur = limit.rlim_max
      _ = setrlimit(resource, &limit)
      _ = getrlimit(resource, &limit)
    }
    return Int(min(limit.rlim_cur, 1 << 30))
  }
}
