import MystelWire

/// What was counted of one session since it began.
package struct SessionCounts: Sendable, Equatable {
  package let opened: Instant
  /// Packets judged.
  package var packets = PerDirection<UInt64>(toBackend: 0, toClient: 0)
  /// Bytes received.
  package var bytes = PerDirection<UInt64>(toBackend: 0, toClient: 0)

  package init(opened: Instant) { self.opened = opened }
}

/// A session at one moment, as a value that may leave its loop. Made without text, so that showing
/// thousands of them does not hold their worker up.
package struct SessionView: Sendable {
  /// How far it has come.
  package enum Stage: Sendable, Equatable {
    case proxyHeader, keys, firstPacket
    case game(GamePhase)
    /// `game: none`, where no phase is known.
    case opaque

    package var text: String {
      switch self {
      case .proxyHeader: "proxy_header"
      case .keys: "keys"
      case .firstPacket: "first_packet"
      case .game(let phase): "\(phase)"
      case .opaque: "opaque"
      }
    }
  }

  package var id: UInt64
  package var policy: SessionPolicy
  package var client: Endpoint
  package var peer: Endpoint
  package var build: UInt32?
  package var stage: Stage
  package var counts: SessionCounts
  package var ageNanoseconds: UInt64
  package var idleNanoseconds: UInt64
  /// Known only after the server accepted the login.
  package var account: UInt64?
  /// The points of enforced rules now; nil before the build is known.
  package var score: Double?

  package var answer: SessionAnswer {
    SessionAnswer(
      id: id, client: "\(client)", peer: peer == client ? nil : "\(peer)", account: account,
      listener: policy.listener.name, backend: policy.backend.name, build: build,
      phase: stage.text, seconds: Int64(ageNanoseconds / 1_000_000_000),
      idleSeconds: Int64(idleNanoseconds / 1_000_000_000),
      packets: DirectionCounts(counts.packets), bytes: DirectionCounts(counts.bytes),
      score: score.map { Int($0.rounded()) })
  }
}

extension Session {
  /// What operators are shown of the session. Changes with every call.
  package func view(now: Instant) -> SessionView {
    let stage: SessionView.Stage =
      switch phase {
      case .proxyHeader: .proxyHeader
      case .keys: .keys
      case .firstPacket: .firstPacket
      case .play: gamePhase?.stage ?? .opaque
      }
    return SessionView(
      id: id, policy: policy, client: client, peer: socket.source,
      build: build, stage: stage, counts: counts,
      ageNanoseconds: now.nanoseconds &- counts.opened.nanoseconds,
      idleNanoseconds: now.nanoseconds &- lastActivity.nanoseconds, account: account,
      score: score(now))
  }
}

extension GamePhase {
  fileprivate var stage: SessionView.Stage { .game(self) }
}
