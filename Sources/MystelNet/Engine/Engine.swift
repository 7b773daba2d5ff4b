import Logging
import MystelCore
import NIOCore
import NIOPosix

#if os(Linux)
  import MystelRing
#endif

/// The event loops that carry sessions, one a worker, and a group for what is no player's business.
package struct Engine: Sendable {
  /// Neither `auto`.
  let name: Configuration.Engine
  let loops: [any EngineLoop]
  /// For health checks and what is done every now and then.
  let chores: MultiThreadedEventLoopGroup

  /// `engine: ring` where there can be no ring.
  struct Unavailable: Error, CustomStringConvertible {
    var reason: String
    var description: String { "engine: ring cannot run: \(reason); or set engine: auto" }
  }

  /// - Throws: `Unavailable`, where no other engine may take its place.
  init(_ wanted: Configuration.Engine, workers: Int, logger: Logger) throws {
    if wanted == .ring || (wanted == .auto && Engine.autoTakesRing) {
      do {
        loops = try Engine.rings(workers)
        chores = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        name = .ring
        return
      } catch {
        guard wanted == .auto else { throw error }
        logger.notice(
          "no io_uring here: sessions are carried by the slower engine, nio",
          metadata: ["error": "\(error.reason)"])
      }
    }
    chores = MultiThreadedEventLoopGroup(numberOfThreads: workers)
    loops = chores.makeIterator().map { NIOLoop($0) }
    name = .nio
  }

  /// Why there can be no ring here; nil where there can.
  package static var whyNoRing: String? {
    #if os(Linux)
      do {
        try RingEngineLoop(number: 0).end()
        return nil
      } catch {
        return "\(error)"
      }
    #else
      return "io_uring is Linux's"
    #endif
  }

  /// `auto` stays with `nio` until every end-to-end test has been seen to pass on both.
  private static let autoTakesRing = false

  private static func rings(_ workers: Int) throws(Unavailable) -> [any EngineLoop] {
    #if os(Linux)
      var loops: [RingEngineLoop] = []
      do {
        for number in 0..<workers { loops.append(try RingEngineLoop(number: number)) }
      } catch {
        for loop in loops { loop.end() }
        throw Unavailable(reason: "\(error)")
      }
      return loops
    #else
      throw Unavailable(reason: "io_uring is Linux's")
    #endif
  }

  /// Ends the event loops.
  func shutdown() async {
    for loop in loops { await loop.stop() }
    try? await chores.shutdownGracefully()
  }
}
