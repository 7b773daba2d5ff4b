import MystelWire

/// What one listener and its backend make of every session: shared, immutable, swapped on reload.
package final class SessionPolicy: Sendable {
  package let listener: Configuration.Listener
  package let backend: Configuration.Backend
  package let limits: Limits
  package let timeouts: Timeouts
  /// Names this process to other gateways, so that a connection that comes back is recognised.
  package let instance: UInt64
  /// What the packets of new sessions are held to; running ones are handed later policies.
  package let inspection: InspectionPolicy
  /// Which countries and networks may play; nil for all.
  package let geo: GeoPolicy?
  /// The builds that the listener and the backend have in common.
  let builds: [UInt32]
  /// Deadlines in nanoseconds, for arithmetic on the hot path.
  let idleNanoseconds: UInt64

  package init(
    listener: Configuration.Listener, backend: Configuration.Backend, limits: Limits,
    timeouts: Timeouts, instance: UInt64, inspection: InspectionPolicy,
    geo: GeoPolicy? = nil
  ) {
    self.listener = listener
    self.backend = backend
    self.limits = limits
    self.timeouts = timeouts
    self.instance = instance
    self.inspection = inspection
    self.geo = geo
    switch listener.build {
    case .auto: builds = backend.builds
    case .only(let build): builds = [build]
    }
    idleNanoseconds = (Instant(nanoseconds: 0) + timeouts.idle).nanoseconds
  }

  /// Whether a peer may connect at all: with PROXY protocol on, only trusted ones.
  package func admits(peer: IPAddress) -> Bool {
    listener.proxyProtocol.mode == .off
      || listener.proxyProtocol.trusted.contains { $0.contains(peer) }
  }

  /// Whether connections are a proxy's, and a header tells whose they are.
  package var learnsClients: Bool { listener.proxyProtocol.mode != .off }

  var schedule: KeySchedule { backend.keySchedule == .current ? .current : .legacy }

  package var acceptedHeader: ProxyHeader.Acceptance? {
    switch listener.proxyProtocol.mode {
    case .off: nil
    case .v1: .v1
    case .v2: .v2
    case .any: .any
    }
  }
}
