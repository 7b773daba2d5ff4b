import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An event loop on a thread of its own that gives way to players, and an executor that has tasks done
/// there too: at its priority, and never on a worker.
package struct BackgroundLoop: Sendable {
  package let group: MultiThreadedEventLoopGroup
  package let executor: any TaskExecutor
  /// How much more than the workers its thread gives way; 19 is the most.
  private static let niceness: CInt = 10

  package init() {
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    executor = LoopExecutor(loop)
    // Ahead of all that is asked of it.
    loop.execute { BackgroundLoop.giveWay() }
  }

  /// Ends the thread.
  package func stop() async { try? await group.shutdownGracefully() }

  private static func giveWay() {
    // Of this thread alone, which is Linux's reading of it.
    #if canImport(Glibc)
      let thread = __priority_which_t(PRIO_PROCESS.rawValue)
      _ = setpriority(thread, 0, min(19, getpriority(thread, 0) + niceness))
    #elseif canImport(Musl)
      _ = setpriority(PRIO_PROCESS, 0, min(19, getpriority(PRIO_PROCESS, 0) + niceness))
    #endif
  }
}

private final class LoopExecutor: TaskExecutor {
  private let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
