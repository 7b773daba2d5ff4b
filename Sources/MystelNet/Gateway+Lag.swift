import MystelCore

extension Gateway {
  /// How late the event loops get to work that is due every two milliseconds, in nanoseconds, for
  /// as long as `body` runs. For benchmarks; the gateway itself measures with each tick.
  package func lag<Result: Sendable>(
    during body: @Sendable () async throws -> Result
  ) async throws -> (lateness: [UInt64], result: Result) {
    var probes: [LagProbe] = []
    for worker in workers {
      probes.append(try await worker.loop.submit { LagProbe(loop: worker.loop) })
    }
    let result = try await body()
    var lateness: [UInt64] = []
    for (worker, probe) in zip(workers, probes) {
      lateness += try await worker.loop.submit { probe.stop() }
    }
    return (lateness, result)
  }
}

/// Notes how late a loop comes, again and again. Confined to that loop.
private final class LagProbe: @unchecked Sendable {
  private static let period = Duration.milliseconds(2)

  private let loop: any EngineLoop
  private var due = Instant.now
  private var lateness: [UInt64] = []
  private var isOver = false

  init(loop: any EngineLoop) {
    self.loop = loop
    lateness.reserveCapacity(1 << 16)
    wait()
  }

  /// Ends the probe. - Returns: what it noted.
  func stop() -> [UInt64] {
    isOver = true
    return lateness
  }

  private func wait() {
    due = .now + Self.period
    loop.later(after: Self.period) { [self] in
      guard !isOver else { return }
      let now = Instant.now
      lateness.append(now > due ? now.nanoseconds - due.nanoseconds : 0)
      wait()
    }
  }
}
