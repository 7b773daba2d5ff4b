import CLinux
import MystelNet

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The processors, clocks and limits of this machine, as far as a benchmark cares.
enum Machine {
  /// Where the two sides of a benchmark run.
  struct Cores {
    /// nil where there is only one.
    let generator: Int?
    let relay: Int?

    /// For people: which side runs where.
    var summary: String {
      guard let generator, let relay else {
        return "one core: generator and relay share it, so latencies include waiting for it"
      }
      return "generator on core \(generator), relay on core \(relay)"
    }
  }

  /// Gives the calling thread the first core that this process may use and keeps the last one for
  /// the relay.
  static func divideCores() throws(BenchFailure) -> Cores {
    var cores = [Int32](repeating: 0, count: 1024)
    let count = Int(clinux_allowed_cpus(&cores, Int32(cores.count)))
    guard count >= 2 else { return Cores(generator: nil, relay: nil) }
    let (first, last) = (cores[0], cores[count - 1])
    guard clinux_pin_thread(first) == 0 else {
      throw BenchFailure("cannot pin the load generator to core \(first)")
    }
    return Cores(generator: Int(first), relay: Int(last))
  }

  /// Nanoseconds of the monotonic clock.
  static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

  /// Nanoseconds that the calling thread has spent on a processor.
  static func threadTime() -> UInt64 { read(CLOCK_THREAD_CPUTIME_ID) }

  /// - Throws: When `count` descriptors cannot be open in one process.
  static func needOpenFiles(_ count: Int) throws(BenchFailure) {
    let limit = DescriptorBudget.raiseLimit()
    guard limit >= count else {
      throw BenchFailure(
        "\(count) open files are needed and \(limit) allowed; raise `ulimit -Hn` or use fewer "
          + "--sessions")
    }
  }

  /// - Throws: `interrupted` once SIGINT or SIGTERM has arrived.
  static func checkInterrupt() throws(BenchFailure) {
    if clinux_interrupted() != 0 { throw .interrupted }
  }

  /// Sleeps for up to a second, and less when a signal arrives.
  static func sleep(milliseconds: UInt32) throws(BenchFailure) {
    _ = usleep(min(milliseconds, 999) * 1000)
    try checkInterrupt()
  }

  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    _ = clock_gettime(clock, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
