import MystelCore

extension KeyTable {
  static let limitSections: [Table<Document>.Section] = [
    .init(
      path: "limits.session",
      reason: "What one session's client may send. The server is never limited. See limits.md."),
    .init(
      path: "limits.address",
      reason: """
        What one address may ask for: one of IPv4, or a /64 of IPv6. A peer that is trusted to \
        send PROXY headers is not limited; the players behind it are.
        """),
    .init(
      path: "limits.prefix",
      reason: """
        What one network may ask for: a /24 of IPv4; of IPv6 a /56 or /48 that has shown to be \
        one source.
        """),
    .init(path: "limits.gateway", reason: "What all addresses together may ask for."),
  ]

  private static let rates = 1...1_000_000

  static var sessionLimitRows: [Row<Document>] {
    [
      .scalar(
        "limits.session.mode", \.configuration.limits.session.mode, .choice(),
        "`shadow` only counts what is beyond the limits."),
      .scalar(
        "limits.session.packets_per_second",
        \.configuration.limits.session.packetsPerSecond, .integerOrUnlimited(rates),
        """
        Packets, an expensive one counting for several, on average over 7 s. A fast player sends \
        60; credit not used while silent is kept for 7 s.
        """),
      .scalar(
        "limits.session.burst_packets", \.configuration.limits.session.burstPackets,
        .integerOrAuto(1...10_000_000),
        "The most in one second, whatever the credit. `auto` takes 7 s' worth."),
      .scalar(
        "limits.session.bytes_per_second", \.configuration.limits.session.bytesPerSecond,
        .integerOrUnlimited(1...100_000_000),
        "Bytes on average over 7 s. A fast player sends 3,000; credit is kept likewise."),
      .scalar(
        "limits.session.burst_bytes", \.configuration.limits.session.burstBytes,
        .integerOrAuto(1...700_000_000),
        "The most in one second, whatever the credit. `auto` takes 7 s' worth."),
      .scalar(
        "limits.session.reaction", \.configuration.limits.session.reaction, .choice(),
        """
        What becomes of more: `count` lets it pass, `delay` reads the client no faster, `coalesce` \
        also leaves out repeats that change nothing, `drop` leaves out all of it, `close` ends \
        the session, `ban` also reports its source.
        """),
      .scalar(
        "limits.session.longest_delay", \.configuration.limits.session.longestDelay,
        .duration(.seconds(1)...(.seconds(600))),
        "A session delayed that long without a moment's rest is closed."),
    ]
  }

  static var addressLimitRows: [Row<Document>] {
    [
      .scalar(
        "limits.address.mode", \.configuration.limits.sources.address.mode, .choice(),
        "`shadow` only counts what would have been refused."),
      .scalar(
        "limits.address.connections_per_second",
        \.configuration.limits.sources.address.connectionsPerSecond, .integerOrUnlimited(rates),
        "New connections. A player needs one, and a few behind one address at most a few."),
      .scalar(
        "limits.address.burst_connections",
        \.configuration.limits.sources.address.burstConnections,
        .integerOrAuto(1...10_000_000),
        "Connections, handshakes or logins at once. `auto` takes twice their rate."),
      .scalar(
        "limits.address.concurrent_connections",
        \.configuration.limits.sources.address.concurrentConnections,
        .integerOrUnlimited(1...65534),
        "Connections open at once. Players of one provider or house may share an address."),
      .scalar(
        "limits.address.handshakes_per_second",
        \.configuration.limits.sources.address.handshakesPerSecond, .integerOrUnlimited(rates),
        "Sessions that ask for the game server: their client has sent a key."),
      .scalar(
        "limits.address.logins_per_second",
        \.configuration.limits.sources.address.loginsPerSecond, .integerOrUnlimited(rates),
        "Logins sent to the game server."),
      .scalar(
        "limits.address.block", \.configuration.limits.sources.address.block,
        .duration(.seconds(1)...(.seconds(86400))),
        "How long an address is refused that goes on at five times its rate."),
      .list(
        "limits.address.exempt", \.configuration.limits.sources.address.exempt, of: .network,
        atMost: 1024, "Networks that are never limited, say of a tunnel that all players use."),
      .scalar(
        "limits.address.keys", \.configuration.limits.sources.address.keys,
        .integer(1024...4_000_000),
        "Addresses and networks remembered at once, 96 bytes each; read at the start only."
      ).atStart(),
      .scalar(
        "limits.prefix.mode", \.configuration.limits.sources.prefix.mode, .choice(),
        "`shadow` only counts what would have been refused."),
      .scalar(
        "limits.prefix.connections_per_second",
        \.configuration.limits.sources.prefix.connectionsPerSecond, .integerOrUnlimited(rates),
        "New connections from one network."),
      .scalar(
        "limits.prefix.burst_connections",
        \.configuration.limits.sources.prefix.burstConnections, .integerOrAuto(1...10_000_000),
        "Connections at once. `auto` takes twice the rate."),
      .scalar(
        "limits.prefix.concurrent_connections",
        \.configuration.limits.sources.prefix.concurrentConnections,
        .integerOrUnlimited(1...65534), "Connections of one network open at once."),
      .scalar(
        "limits.prefix.widen_after", \.configuration.limits.sources.prefix.widenAfter,
        .integer(2...1000),
        """
        Networks of IPv6 that were refused for their rate and lie in the same /56, or /48, which \
        is then limited as one.
        """),
      .scalar(
        "limits.gateway.mode", \.configuration.limits.sources.gateway.mode, .choice(),
        "`shadow` only counts what would have been refused."),
      .scalar(
        "limits.gateway.connections_per_second",
        \.configuration.limits.sources.gateway.connectionsPerSecond, .integerOrUnlimited(rates),
        "New connections of addresses from which nobody has played yet, all together."),
      .scalar(
        "limits.gateway.burst_connections",
        \.configuration.limits.sources.gateway.burstConnections, .integerOrAuto(1...10_000_000),
        "Connections at once. `auto` takes twice the rate."),
    ]
  }

  static let admissionSections: [Table<Document>.Section] = [
    .init(
      path: "admission",
      reason: """
        When the gateway takes itself to be under attack, and what it does then: new connections \
        are held to harder limits, sessions are left alone. See limits.md.
        """),
    .init(path: "admission.elevated", reason: "What brings the state `elevated` about."),
    .init(path: "admission.under_attack", reason: "What brings the state `under_attack` about."),
  ]

  static var admissionRows: [Row<Document>] {
    [
      .scalar(
        "admission.mode", \.configuration.admission.mode, .choice(),
        "`shadow` tells the states and tightens nothing."),
      .scalar(
        "admission.calm", \.configuration.admission.calm,
        .duration(.seconds(1)...(.seconds(3600))),
        "How long all signals must be a quarter below a state's thresholds for it to end."),
      .scalar(
        "admission.strangers_per_second", \.configuration.admission.strangersPerSecond,
        .integer(rates),
        "New connections, under attack, of addresses from which nobody has played yet."),
    ]
      + thresholds(
        "elevated", \.configuration.admission.elevated.connectionsPerSecond,
        \.configuration.admission.elevated.failuresPerSecond,
        \.configuration.admission.elevated.loopLag, \.configuration.admission.elevated.keys)
      + thresholds(
        "under_attack", \.configuration.admission.underAttack.connectionsPerSecond,
        \.configuration.admission.underAttack.failuresPerSecond,
        \.configuration.admission.underAttack.loopLag,
        \.configuration.admission.underAttack.keys)
  }

  private typealias Field<Value> = WritableKeyPath<Document, Value> & Sendable

  private static func thresholds(
    _ state: String, _ connections: any Field<Int>, _ failures: any Field<Int>,
    _ lag: any Field<Duration>, _ keys: any Field<Duration>
  ) -> [Row<Document>] {
    let path = "admission.\(state)"
    return [
      .scalar(
        "\(path).connections_per_second", connections, .integer(rates),
        "Connections, refused ones included."),
      .scalar(
        "\(path).failures_per_second", failures, .integer(rates),
        "Connections that end silent, or in a way that no player's does."),
      .scalar(
        "\(path).loop_lag", lag, .duration(.milliseconds(10)...(.seconds(60))),
        "How late an event loop gets to its work."),
      .scalar(
        "\(path).keys", keys, .duration(.milliseconds(100)...(.seconds(600))),
        "For a client's keys while the state lasts, where `timeouts.keys` is longer."),
    ]
  }
}
