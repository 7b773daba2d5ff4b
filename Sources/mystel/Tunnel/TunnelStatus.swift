import Foundation
import Synchronization

/// The status line of `mystel tunnel client`: how many tunnels there are, and what went wrong last.
final class TunnelStatus: Sendable {
  private struct State {
    var open = 0
    var opened = 0
    var failed = 0
    var width = 0
  }

  private let state = Mutex(State())
  private let isQuiet: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  func opened() {
    change {
      $0.open += 1
      $0.opened += 1
    }
  }

  func closed() { change { $0.open -= 1 } }

  func failed(_ why: String) {
    say("no tunnel: \(why)", isError: true)
    change { $0.failed += 1 }
  }

  /// Prints a line that stays.
  func say(_ text: String, isError: Bool = false) {
    guard isError || !isQuiet else { return }
    StandardError.write(isTerminal ? "\r\u{1b}[K\(text)\n" : text + "\n")
  }

  private func change(_ body: (inout State) -> Void) {
    let text = state.withLock { state in
      body(&state)
      return "tunnels: \(state.open) open, \(state.opened) since the start, \(state.failed) failed"
    }
    guard !isQuiet else { return }
    StandardError.write(isTerminal ? "\r\u{1b}[K\(text)" : text + "\n")
  }
}
