import MystelCore
import Synchronization

/// The latest evidence of all workers, for `mystel explain` and for the store; bounded.
package final class EvidenceLog: Sendable {
  /// Entries that are kept in memory: some 2 MB.
  package static let capacity = 4096

  /// Ends that are kept in memory. In the store are only those that a ban rests on.
  package static let endCapacity = 1024

  private struct State {
    var entries: [Evidence] = []
    /// Where the next one goes once all places are taken.
    var next = 0
    /// Ends of sessions before their login, and floods: apart, since anybody makes many of them.
    var ends: [Evidence] = []
    var nextEnd = 0
    var keep: (@Sendable ([Evidence]) -> Void)?
  }

  private let state = Mutex(State())

  package init() {}

  /// Has everything that is added from now on handed to a store as well. `keep` must not block.
  package func handOn(to keep: @escaping @Sendable ([Evidence]) -> Void) {
    state.withLock { $0.keep = keep }
  }

  /// Once a second from each worker.
  func add(_ found: [Evidence]) {
    guard !found.isEmpty else { return }
    let keep = state.withLock { state in
      for evidence in found {
        if state.entries.count < Self.capacity {
          state.entries.append(evidence)
        } else {
          state.entries[state.next] = evidence
          state.next = (state.next + 1) % Self.capacity
        }
      }
      return state.keep
    }
    keep?(found)
  }

  /// Ends of sessions, and floods. Once a second from each worker.
  func addEnds(_ ends: [Evidence]) {
    guard !ends.isEmpty else { return }
    state.withLock { state in
      for evidence in ends.suffix(Self.endCapacity) {
        if state.ends.count < Self.endCapacity {
          state.ends.append(evidence)
        } else {
          state.ends[state.nextEnd] = evidence
          state.nextEnd = (state.nextEnd + 1) % Self.endCapacity
        }
      }
    }
  }

  package func find(_ id: String) -> Evidence? {
    state.withLock { state in
      state.entries.first { $0.id == id } ?? state.ends.first { $0.id == id }
    }
  }

  /// What is there, the latest last.
  package var all: [Evidence] { state.withLock { $0.entries } }

  /// What is there, ends of sessions and floods as well, the latest first.
  package var latest: [Evidence] {
    let found = state.withLock { $0.entries + $0.ends }
    return found.sorted { ($0.seconds, $0.id) > ($1.seconds, $1.id) }
  }

  /// A session's, the latest first.
  package func latest(of session: UInt64, atMost count: Int) -> [Evidence] {
    let found = state.withLock { state in state.entries.filter { $0.session == session } }
    return Array(found.sorted { $0.seconds > $1.seconds }.prefix(count))
  }
}
