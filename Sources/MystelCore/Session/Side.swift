/// The two ends of a session: the player's program, and the game server.
package enum Side: Sendable, Equatable, CaseIterable {
  case client
  case backend

  package var other: Side { self == .client ? .backend : .client }

  /// The direction of bytes that come from this side.
  package var outgoing: Direction { self == .client ? .toBackend : .toClient }
}

/// Which way bytes flow.
package enum Direction: Sendable, Equatable, CaseIterable {
  case toBackend
  case toClient

  package var opposite: Direction { self == .toBackend ? .toClient : .toBackend }

  /// The side that bytes in this direction come from.
  package var source: Side { self == .toBackend ? .client : .backend }
  /// The side that bytes in this direction go to.
  package var destination: Side { self == .toBackend ? .backend : .client }
}

/// One value for each direction.
package struct PerDirection<Value> {
  package var toBackend: Value
  package var toClient: Value

  package init(toBackend: Value, toClient: Value) {
    self.toBackend = toBackend
    self.toClient = toClient
  }

  package subscript(direction: Direction) -> Value {
    get { direction == .toBackend ? toBackend : toClient }
    set {
      switch direction {
      case .toBackend: toBackend = newValue
      case .toClient: toClient = newValue
      }
    }
  }
}

extension PerDirection: Sendable where Value: Sendable {}
extension PerDirection: Equatable where Value: Equatable {}
