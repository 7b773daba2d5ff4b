/// Whether a backend is worth connecting to. Opens after five failures in a row; only a health
/// check closes it again, so that players do not pay for finding out.
package struct Circuit: Sendable, Equatable {
  /// Failures in a row that open the circuit.
  package static let failuresToOpen = 5

  private var failures = 0
  package private(set) var isOpen = false

  package init() {}

  /// - Returns: true if this failure opened the circuit.
  package mutating func failed() -> Bool {
    failures += 1
    guard !isOpen, failures >= Circuit.failuresToOpen else { return false }
    isOpen = true
    return true
  }

  /// - Returns: true if this success closed the circuit.
  package mutating func succeeded() -> Bool {
    failures = 0
    defer { isOpen = false }
    return isOpen
  }

  /// A health check that finds nobody listening needs no second opinion.
  package mutating func foundDown() -> Bool {
    failures = max(failures, Circuit.failuresToOpen)
    defer { isOpen = true }
    return !isOpen
  }
}
