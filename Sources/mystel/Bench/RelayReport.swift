import MystelSim

/// The relay benchmark's table: a line for each relay, then Mystel's ratio to each of the others.
struct RelayReport {
  /// A column: what is shown, and with how many decimal places.
  private struct Figure: Sendable {
    let name: String
    let key: String
    let digits: Int
    let value: @Sendable (RelayBench.Measurement) -> Double
  }

  /// Limits towards HAProxy, in the closed loop with 100-byte replies and one worker each.
  private static let processorLimit = 1.6
  private static let p99Limit = 1.5

  private static let processor = Figure(
    name: "CPU us/round trip", key: "processorMicroseconds", digits: 2,
    value: \.processorMicroseconds)
  private static let p99 = Figure(
    name: "p99 us", key: "p99Microseconds", digits: 0, value: \.p99Microseconds)
  private static let figures = [
    processor,
    Figure(name: "p50 us", key: "medianMicroseconds", digits: 0, value: \.medianMicroseconds),
    p99,
    Figure(
      name: "round trips/s", key: "roundTripsPerSecond", digits: 0, value: \.roundTripsPerSecond),
    Figure(name: "KB/session", key: "kilobytesPerSession", digits: 1, value: \.kilobytesPerSession),
    Figure(name: "generator busy", key: "generatorShare", digits: 2, value: \.generatorShare),
  ]

  let bench: RelayBench
  let relays: [Relay]
  let measurements: [RelayBench.Measurement]
  let cores: String

  var report: BenchReport {
    BenchReport(
      rows: [["median [least-most]"] + Self.figures.map(\.name)] + relayRows + ratioRows,
      limits: limits,
      notes: ["", "\(bench.plan.sessions) sessions, every byte compared; \(cores)"],
      json: json)
  }

  private var peers: [Relay] {
    relays.contains(.mystel) ? relays.filter { $0 != .mystel } : []
  }

  private var relayRows: [[String]] {
    relays.map { relay in
      [relay.rawValue]
        + Self.figures.map { figure in
          isKnown(figure, of: relay)
            ? Spread(values(figure, of: relay))?.text(figure.digits) ?? "-" : "-"
        }
    }
  }

  private var ratioRows: [[String]] {
    peers.map { peer in
      ["mystel / \(peer)"]
        + Self.figures.map { figure in
          figure.key == "generatorShare" ? "" : ratio(figure, to: peer)?.text(2) ?? "-"
        }
    }
  }

  private var limits: [BenchLimit] {
    guard relays.contains(.mystel), relays.contains(.haproxy) else { return [] }
    return [
      BenchLimit(
        name: "CPU per round trip, mystel / haproxy",
        value: ratio(Self.processor, to: .haproxy)?.median, limit: Self.processorLimit),
      BenchLimit(
        name: "p99, mystel / haproxy", value: ratio(Self.p99, to: .haproxy)?.median,
        limit: Self.p99Limit),
    ]
  }

  /// A direct connection has neither processor time nor memory of its own.
  private func isKnown(_ figure: Figure, of relay: Relay) -> Bool {
    relay != .direct
      || !["processorMicroseconds", "kilobytesPerSession"].contains(figure.key)
  }

  private func values(_ figure: Figure, of relay: Relay) -> [Double] {
    measurements.filter { $0.relay == relay }.sorted { $0.run < $1.run }.map(figure.value)
  }

  /// Compared run by run: what disturbs the machine for a while disturbs both.
  private func ratio(_ figure: Figure, to peer: Relay) -> Spread? {
    guard isKnown(figure, of: peer) else { return nil }
    return Spread(ratiosOf: values(figure, of: .mystel), to: values(figure, of: peer))
  }

  private var json: BenchValue {
    let runs = measurements.map { measurement in
      BenchValue.object(
        [("relay", .text(measurement.relay.rawValue)), ("run", .number(Double(measurement.run)))]
          + Self.figures.map { ($0.key, .number($0.value(measurement))) })
    }
    let ratios = peers.map { peer in
      (
        peer.rawValue,
        BenchValue.object(
          Self.figures.compactMap { figure in
            ratio(figure, to: peer).map { (figure.key, $0.json) }
          })
      )
    }
    return BenchReport.json(
      [
        ("benchmark", .text("relay")), ("cores", .text(cores)),
        ("sessions", .number(Double(bench.plan.sessions))),
        ("requestBytes", .number(Double(bench.plan.traffic.request.count))),
        ("replyBytes", .number(Double(bench.plan.traffic.reply.count))),
        ("ratePerSession", .number(bench.plan.rate)), ("seconds", .number(bench.seconds)),
        ("runs", .array(runs)), ("mystelRatioTo", .object(ratios)),
      ], limits: limits)
  }
}
