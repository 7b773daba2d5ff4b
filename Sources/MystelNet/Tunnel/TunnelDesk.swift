import Crypto
import MystelCore
import MystelTunnel

/// What the tunnels of one worker share: the budget of handshakes, and memory. Confined to its loop.
final class TunnelDesk {
  let door: TunnelDoor
  /// What the last call came to; empty between calls.
  var output = TunnelOutput()
  private let tally: Tally

  init(tally: Tally, now: Instant) {
    self.tally = tally
    door = TunnelDoor(secret: SymmetricKey(size: .bits256), now: now.nanoseconds)
  }

  /// Counts what has come of a call for one of a listener's tunnels.
  func count(_ listener: String) {
    if output.hasOpened {
      tally.tunnels[listener, default: TunnelTally()].open += 1
      tally.tunnels[listener]?.opened += 1
    }
    if output.asksForCookie { tally.tunnels[listener, default: TunnelTally()].cookies += 1 }
  }

  /// A tunnel that stood is over.
  func countEnd(_ listener: String) { tally.tunnels[listener]?.open -= 1 }
}

/// What sessions reach another gateway by.
final class BackendTunnel: Sendable {
  let settings: TunnelSettings
  init(_ settings: TunnelSettings) { self.settings = settings }
}

/// What the tunnels of a configuration need.
package struct GatewayTunnels: Sendable {
  /// By the listener's name.
  package var listeners: [String: TunnelSettings]
  /// By the backend's name.
  package var backends: [String: TunnelSettings]

  package init(
    listeners: [String: TunnelSettings] = [:], backends: [String: TunnelSettings] = [:]
  ) {
    self.listeners = listeners
    self.backends = backends
  }
}

extension TunnelFault {
  /// How sessions, metrics and operators name it.
  var reason: Reason {
    switch self {
    case .malformed, .unknownVersion, .wrongMode, .handshakeNotAuthentic: .tunnelHandshake
    case .weakKey: .tunnelWeakKey
    case .unknownPeer: .tunnelUnknownPeer
    case .overloaded: .tunnelBusy
    case .handshakeTimeout, .recordTimeout: .tunnelTimeout
    case .recordNotAuthentic, .recordMalformed, .rekeyOverdue: .tunnelRecord
    case .truncated: .tunnelTruncated
    }
  }
}

/// A listener or a backend that has a tunnel and nothing else, and nothing to make one with.
package struct TunnelKeyMissing: Error, CustomStringConvertible {
  package var place: String
  package var description: String { "\(place) has no key for its tunnel" }
}
