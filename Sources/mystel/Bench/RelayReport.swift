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

  private static func processor(per unit: String) -> Figure {
    Figure(
      name: "CPU us/\(unit)", key: "processorMicroseconds", digits: 2,
      value: \.processorMicroseconds)
  }
  private static let p99 = Figure(
    name: "p99 us", key: "p99Microseconds", digits: 0, value: \.p99Microseconds)
  private var processor: Figure { Self.processor(per: bench.scenario.unit) }
  private var figures: [Figure] {
    [
      processor,
      Figure(name: "p50 us", key: "medianMicroseconds", digits: 0, value: \.medianMicroseconds),
      Self.p99,
      Figure(
        name: "\(bench.scenario.unit)s/s", key: "perSecond", digits: 0, value: \.perSecond),
      Figure(
        name: "KB/session", key: "kilobytesPerSession", digits: 1, value: \.kilobytesPerSession),
      Figure(name: "generator busy", key: "generatorShare", digits: 2, value: \.generatorShare),
    ]
  }

  let bench: RelayBench
  let relays: [Relay]
  let measurements: [RelayBench.Measurement]
  let cores: String

  var report: BenchReport {
    BenchReport(
      rows: [["median [least-most]"] + figures.map(\.name)] + relayRows + ratioRows,
      limits: limits,
      notes: ["", "\(bench.plan.sessions) sessions, every byte compared; \(cores)"],
      json: json)
  }

  private var own: [Relay] { relays.filter(\.isMystel) }
  private var peers: [Relay] { relays.filter { !$0.isMystel } }
  private var pairs: [(own: Relay, peer: Relay)] {
    own.flatMap { own in peers.map { (own, $0) } }
  }

  private var relayRows: [[String]] {
    relays.map { relay in
      [relay.rawValue]
        + figures.map { figure in
          isKnown(figure, of: relay)
            ? Spread(values(figure, of: relay))?.text(figure.digits) ?? "-" : "-"
        }
    }
  }

  private var ratioRows: [[String]] {
    pairs.map { own, peer in
      ["\(own.rawValue) / \(peer)"]
        + figures.map { figure in
          figure.key == "generatorShare" ? "" : ratio(figure, of: own, to: peer)?.text(2) ?? "-"
        }
    }
  }

  private var limits: [BenchLimit] {
    guard relays.contains(.haproxy) else { return [] }
    return own.flatMap { own -> [BenchLimit] in
      guard let limits = bench.scenario.limits(of: own) else { return [] }
      let pair = "\(own.rawValue) / haproxy"
      let processor = BenchLimit(
        name: "CPU per \(bench.scenario.unit), \(pair)",
        value: ratio(processor, of: own, to: .haproxy)?.median, limit: limits.processor)
      return [processor]
        + (limits.p99.map {
          [
            BenchLimit(
              name: "p99, \(pair)", value: ratio(Self.p99, of: own, to: .haproxy)?.median,
              limit: $0)
          ]
        } ?? [])
    }
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
  private func ratio(_ figure: Figure, of own: Relay, to peer: Relay) -> Spread? {
    guard isKnown(figure, of: peer) else { return nil }
    return Spread(ratiosOf: values(figure, of: own), to: values(figure, of: peer))
  }

  private var json: BenchValue {
    let runs = measurements.map { measurement in
      BenchValue.object(
        [("relay", .text(measurement.relay.rawValue)), ("run", .number(Double(measurement.run)))]
          + figures.map { ($0.key, .number($0.value(measurement))) })
    }
    let ratios = pairs.map { own, peer in
      (
        "\(own.rawValue) / \(peer.rawValue)",
        BenchValue.object(
          figures.compactMap { figure in
            ratio(figure, of: own, to: peer).map { (figure.key, $0.json) }
          })
      )
    }
    return BenchReport.json(
      [
        ("benchmark", .text("relay")), ("scenario", .text(bench.scenario.rawValue)),
        ("cores", .text(cores)), ("workers", .number(Double(bench.workers))),
        ("sessions", .number(Double(bench.plan.sessions))),
        ("requestBytes", .number(Double(bench.plan.traffic.request.count))),
        ("replyBytes", .number(Double(bench.plan.traffic.reply.count))),
        ("ratePerSession", .number(bench.plan.rate)), ("seconds", .number(bench.seconds)),
        ("runs", .array(runs)), ("ratios", .object(ratios)),
      ], limits: limits)
  }
}
