import MystelCore
import MystelWire
import NIOCore
import NIOPosix
import Synchronization

/// A simulated world that listens on a socket.
package final class SimWorldServer: Sendable {
  /// What the world saw so far.
  package struct Tally: Sendable {
    package var open = 0
    package var accepted: UInt64 = 0
    /// Connections that got as far as an account name.
    package var loggedIn: UInt64 = 0
    package var packets: UInt64 = 0
    package var bytes: UInt64 = 0
    package var faults = SimWorldConnection.Faults()
    /// The addresses that connections came from.
    package var sources: Set<IPAddress> = []
  }

  private struct State {
    var listener: (any Channel)?
    var children: [ObjectIdentifier: any Channel] = [:]
    var tally = Tally()
    var random: SimRandom
  }

  private let group: any EventLoopGroup
  private let traits: SimWorldTraits
  private let content: SimWorldContent
  private let ledger: StreamLedger
  private let state: Mutex<State>

  /// - Parameter ledger: gets a report of every connection that ends.
  package init(
    group: any EventLoopGroup, seed: UInt64, traits: SimWorldTraits = SimWorldTraits(),
    ledger: StreamLedger
  ) {
    self.group = group
    self.traits = traits
    self.ledger = ledger
    content = SimWorldContent(seed: seed)
    state = Mutex(State(random: SimRandom(seed: seed)))
  }

  /// The counts of connections that ended; those still open count only in `open` and `accepted`.
  package var tally: Tally { state.withLock { $0.tally } }

  /// Binds, and answers with the address that was bound.
  ///
  /// - Throws: the socket's error.
  package func start(on endpoint: Endpoint) async throws -> Endpoint {
    let listener = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(self.admit(channel))
        }
      }
      .bind(to: SocketAddress(endpoint)).get()
    state.withLock { $0.listener = listener }
    return Endpoint(endpoint.address, port: UInt16(listener.localAddress?.port ?? 0))
  }

  /// Closes the listener and every connection, and waits until they are closed.
  package func stop() async {
    let (listener, children) = state.withLock { ($0.listener, Array($0.children.values)) }
    try? await listener?.close()
    for child in children { child.pipeline.fireUserInboundEventTriggered(SimStop()) }
    for child in children { try? await child.closeFuture.get() }
  }

  private func admit(_ channel: any Channel) -> SimChannelHandler<SimWorldConnection> {
    let source = channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    let seed = state.withLock { state in
      state.children[ObjectIdentifier(channel)] = channel
      state.tally.accepted += 1
      state.tally.open += 1
      if let source { state.tally.sources.insert(source) }
      return state.random.next()
    }
    let machine = SimWorldConnection(seed: seed, traits: traits, content: content)
    let key = ObjectIdentifier(channel)
    return SimChannelHandler(machine: machine) { machine, ending in
      self.dismiss(key, machine, ending)
    }
  }

  private func dismiss(
    _ key: ObjectIdentifier, _ machine: SimWorldConnection, _ ending: SimEnding
  ) {
    let record = machine.record(ending: ending)
    state.withLock { state in
      state.children[key] = nil
      state.tally.open -= 1
      state.tally.packets &+= record.received.packets &+ record.sent.digest.packets
      state.tally.bytes &+= record.received.bytes &+ record.sent.digest.bytes
      if !record.account.isEmpty { state.tally.loggedIn += 1 }
      state.tally.faults.add(machine.faults)
    }
    if !record.account.isEmpty { ledger.record(record) }
  }
}

extension SimWorldConnection.Faults {
  mutating func add(_ other: Self) {
    malformed += other.malformed
    unexpected += other.unexpected
    unknown += other.unknown
    refusedBuilds += other.refusedBuilds
    floods += other.floods
  }
}
