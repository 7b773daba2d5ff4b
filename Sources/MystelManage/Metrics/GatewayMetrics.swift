import MystelCore
import MystelWire

/// The metrics of a gateway. Names and labels are an interface: docs/operating/monitor.md lists them.
///
/// No label holds what a player can choose: they are reasons, rules, directions, and the names of
/// listeners and backends.
extension MonitoringSample {
  package var families: [MetricFamily] {
    general + traffic + ends + inspection + admission + places + reputationFamilies + reloadFamilies
      + outward
  }

  private var general: [MetricFamily] {
    [
      MetricFamily(
        "mystel_build_info", .gauge, "The program; always 1.",
        [.init([.init("version", version)], .count(1))]),
      MetricFamily(
        "mystel_engine_info", .gauge, "What carries sessions; always 1.",
        [.init([.init("engine", engine.rawValue)], .count(1))]),
      MetricFamily(
        "mystel_ready", .gauge, "Whether players are let in at any listener.", .of(isReady)),
      MetricFamily("mystel_sessions", .gauge, "Sessions open now.", .of(snapshot.sessions)),
      MetricFamily(
        "mystel_players", .gauge, "Sessions open now whose login the game server has accepted.",
        .of(snapshot.players)),
      MetricFamily("mystel_sessions_limit", .gauge, "Sessions that fit at once.", .of(capacity)),
      MetricFamily(
        "mystel_event_loop_lag_seconds", .gauge, unit: .seconds,
        "The longest that an event loop of players was late in the last second.",
        .number(Double(snapshot.loopLagNanoseconds) / 1e9)),
    ]
  }

  private var traffic: [MetricFamily] {
    [
      MetricFamily(
        "mystel_connections_accepted", .counter, "Connections that became sessions.",
        .count(snapshot.accepted)),
      MetricFamily(
        "mystel_packets", .counter, "Packets judged.", directed(snapshot.packets)),
      MetricFamily(
        "mystel_received_bytes", .counter, unit: .bytes, "Bytes received from clients and servers.",
        directed(snapshot.bytes)),
      MetricFamily(
        "mystel_verdicts", .counter, "Packets by what became of them.",
        [
          .init([.init("verdict", "forward")], .count(snapshot.forwarded)),
          .init([.init("verdict", "rewrite")], .count(snapshot.rewritten)),
          .init([.init("verdict", "drop")], .count(snapshot.dropped)),
        ]),
      MetricFamily(
        "mystel_metered_packets", .counter, "Client packets beyond a session's limits.",
        [
          .init([.init("work", "counted")], .count(snapshot.meters.counted)),
          .init([.init("work", "delayed")], .count(snapshot.meters.delayed)),
          .init([.init("work", "coalesced")], .count(snapshot.meters.coalesced)),
          .init([.init("work", "dropped")], .count(snapshot.meters.dropped)),
        ]),
    ]
  }

  private var ends: [MetricFamily] {
    [
      MetricFamily(
        "mystel_closes", .counter, "Sessions that ended and connections that were refused.",
        reasons(snapshot.closes, all: true)),
      MetricFamily(
        "mystel_drops", .counter, "Packets left out; only reasons that have occurred.",
        reasons(snapshot.drops)),
      MetricFamily(
        "mystel_notes", .counter,
        "Odd things that were let pass; only reasons that have occurred.",
        reasons(snapshot.notes)),
    ]
  }

  private var inspection: [MetricFamily] {
    [
      MetricFamily(
        "mystel_rule_findings", .counter,
        "Packets that broke a rule, and whether it acted on them (enforced) or only counted (shadow).",
        rules.flatMap { rule in
          [
            MetricFamily.Sample(
              [.init("rule", rule.id), .init("effect", "enforced")], .count(rule.enforced)),
            MetricFamily.Sample(
              [.init("rule", rule.id), .init("effect", "shadow")], .count(rule.shadowed)),
          ]
        }),
      MetricFamily(
        "mystel_rule_info", .gauge, "The mode and the action of a rule; always 1.",
        rules.map { rule in
          .init(
            [.init("rule", rule.id), .init("mode", rule.mode), .init("action", rule.action)],
            .count(1))
        }),
      MetricFamily(
        "mystel_learnt_sessions", .counter,
        "Sessions declared genuine that are over; anew after calibrate --forget.",
        .of(snapshot.learntSessions)),
      MetricFamily(
        "mystel_learnt_packets", .counter,
        "Packets of sessions declared genuine; anew after calibrate --forget.",
        .of(snapshot.learntPackets)),
    ]
  }

  private var admission: [MetricFamily] {
    [
      MetricFamily(
        "mystel_admission_state", .gauge, "1 for the state that admission is in, 0 for the others.",
        AdmissionControl.State.allCases.map { state in
          .init([.init("state", state.label)], .of(state == snapshot.admission))
        }),
      MetricFamily(
        "mystel_shadowed_refusals", .counter,
        "Connections that limits in shadow would have refused; only reasons that have occurred.",
        reasons(snapshot.shadowed)),
    ]
  }

  private var places: [MetricFamily] {
    [
      MetricFamily(
        "mystel_listener_accepting", .gauge, "Whether a listener accepts connections.",
        listeners.map { .init([.init("listener", $0.name)], .of(!$0.isRefusing)) }),
      MetricFamily(
        "mystel_backend_up", .gauge, "Whether a backend answers.",
        backends.map { .init([.init("backend", $0.name)], .of(!$0.isDown)) }),
      MetricFamily(
        "mystel_backend_half_open_connections", .gauge,
        "Connections to a backend that are in their key exchange.",
        backends.map { .init([.init("backend", $0.name)], .of($0.halfOpen)) }),
    ] + (snapshot.tunnels.isEmpty ? [] : tunnels)
  }

  private var tunnels: [MetricFamily] {
    let counts = snapshot.tunnels.sorted { $0.key < $1.key }
    func samples(
      _ value: (TunnelTally) -> MetricFamily.Value
    ) -> [MetricFamily.Sample] {
      counts.map { .init([.init("listener", $0.key)], value($0.value)) }
    }
    return [
      MetricFamily(
        "mystel_tunnel_sessions", .gauge, "Tunnels that stand now.", samples { .of($0.open) }),
      MetricFamily(
        "mystel_tunnel_opened", .counter, "Handshakes that came to a tunnel.",
        samples { .count($0.opened) }),
      MetricFamily(
        "mystel_tunnel_cookies", .counter,
        "Handshakes that were to bring a cookie first, since there were many.",
        samples { .count($0.cookies) }),
    ]
  }

  private var reputationFamilies: [MetricFamily] {
    guard let reputation else { return [] }
    let counts = reputation.counts
    return [
      MetricFamily("mystel_bans", .gauge, "Bans in force.", .of(reputation.bans)),
      MetricFamily(
        "mystel_allowed_networks", .gauge, "Networks that wider bans do not meet.",
        .of(reputation.allowed)),
      MetricFamily(
        "mystel_reputation_scores", .gauge, "Addresses and accounts that something speaks against.",
        .of(reputation.scores)),
      MetricFamily(
        "mystel_reputation_incidents", .counter, "Incidents, by what became of them.",
        [
          .init([.init("outcome", "counted")], .count(counts.incidents)),
          .init([.init("outcome", "ignored")], .count(counts.ignored)),
          .init([.init("outcome", "coalesced")], .count(counts.coalesced)),
        ]),
      MetricFamily(
        "mystel_reputation_bans", .counter,
        "Automatic bans: made, counted in shadow, or not made for whom they would have met.",
        [
          .init([.init("outcome", "made")], .count(counts.bans)),
          .init([.init("outcome", "shadow")], .count(counts.wouldBans)),
          .init([.init("outcome", "spared")], .count(counts.spared)),
        ]),
      MetricFamily(
        "mystel_store_up", .gauge,
        "Whether bans are on the disk; nothing where they are meant to live in memory.",
        reputation.isStored.map { [.init([], .of($0))] } ?? []),
      MetricFamily(
        "mystel_store_faults", .counter, "Times the store was damaged, gone or out of reach.",
        .count(reputation.storeFaults)),
    ]
  }

  private var reloadFamilies: [MetricFamily] {
    [
      MetricFamily(
        "mystel_config_reloads", .counter, "Readings of the configuration after the start.",
        [
          .init([.init("result", "accepted")], .count(reloads.accepted)),
          .init([.init("result", "rejected")], .count(reloads.rejected)),
        ]),
      MetricFamily(
        "mystel_config_last_reload_successful", .gauge,
        "Whether the configuration in force is what the file said when it was last read.",
        .of(reloads.lastWasAccepted)),
      MetricFamily(
        "mystel_config_last_success_timestamp_seconds", .gauge, unit: .seconds,
        "When the configuration in force was read.", .number(reloads.lastAccepted)),
      MetricFamily(
        "mystel_config_changes_set_aside", .gauge,
        "Whether what operators changed does not fit the file, which is in force alone.",
        .of(reloads.isSetAside)),
      MetricFamily(
        "mystel_log_lines_left_out", .counter,
        "Log lines that were not written: more of one message than is allowed, or nobody to take them.",
        [
          .init([.init("cause", "repeated")], .count(log.suppressed)),
          .init([.init("cause", "lost")], .count(log.lost)),
        ]),
    ]
  }

  private func directed(_ counts: PerDirection<UInt64>) -> [MetricFamily.Sample] {
    [
      .init([.init("direction", "to_backend")], .count(counts.toBackend)),
      .init([.init("direction", "to_client")], .count(counts.toClient)),
    ]
  }

  /// - Parameter all: whether reasons that have not occurred are there too, as 0.
  private func reasons(_ counts: [Reason: UInt64], all: Bool = false) -> [MetricFamily.Sample] {
    Reason.allCases.compactMap { reason in
      guard let count = counts[reason] ?? (all ? 0 : nil) else { return nil }
      return .init([.init("reason", reason.label)], .count(count))
    }
  }
}
