import MystelCore
import MystelManage
import MystelWire
import Testing

@Suite("Metrics") struct MetricTests {
  @Test("OpenMetrics names the family without _total, gives its unit, and ends with EOF")
  func openMetrics() {
    let family = MetricFamily(
      "mystel_received_bytes", .counter, unit: .bytes, "Bytes.",
      [.init([.init("direction", "to_client")], .count(.max))])
    #expect(
      MetricFormat.openMetrics.page([family]) == """
        # HELP mystel_received_bytes Bytes.
        # TYPE mystel_received_bytes counter
        # UNIT mystel_received_bytes bytes
        mystel_received_bytes_total{direction="to_client"} 18446744073709551615
        # EOF

        """)
    #expect(
      MetricFormat.text.page([family]) == """
        # HELP mystel_received_bytes_total Bytes.
        # TYPE mystel_received_bytes_total counter
        mystel_received_bytes_total{direction="to_client"} 18446744073709551615

        """)
  }

  @Test("a label's value cannot end the label, the line or the page")
  func escaping() {
    let family = MetricFamily(
      "x", .gauge, "One\nline.", [.init([.init("name", "a\"} 1\n# EOF\\")], .number(0.5))])
    let page = MetricFormat.openMetrics.page([family])
    #expect(page.contains(##"x{name="a\"} 1\n# EOF\\"} 0.5"##))
    #expect(page.split(separator: "\n").count == 4)
  }

  @Test("the format is what the scraper accepts")
  func negotiation() {
    let prometheus =
      "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
    #expect(MetricFormat(accept: prometheus) == .openMetrics)
    #expect(MetricFormat(accept: "*/*") == .text)
    #expect(MetricFormat(accept: nil) == .text)
  }

  @Test("every name is legal, said once, explained, and ends in its unit")
  func names() {
    let families = FakeGateway.sample().families + ProcessMetrics.families(started: 1)
    #expect(Set(families.map(\.name)).count == families.count)
    for family in families {
      #expect(family.name.wholeMatch(of: /(mystel|process)_[a-z_]+/) != nil, "\(family.name)")
      #expect(!family.name.hasSuffix("_total"))
      #expect(family.help.hasSuffix("."), "\(family.name)")
      if let unit = family.unit { #expect(family.name.hasSuffix("_\(unit.rawValue)")) }
      let series = family.samples.map { $0.labels.map { "\($0.name)=\($0.value)" } }
      #expect(Set(series).count == series.count, "\(family.name) has a series twice")
    }
  }

  @Test("what the snapshot counted is what the metrics say")
  func values() {
    let page = MetricFormat.text.page(FakeGateway.sample().families)
    for line in [
      "mystel_sessions 3", "mystel_sessions_limit 9", "mystel_connections_accepted_total 12",
      "mystel_packets_total{direction=\"to_backend\"} 100",
      "mystel_received_bytes_total{direction=\"to_client\"} 4000",
      "mystel_verdicts_total{verdict=\"forward\"} 293",
      "mystel_verdicts_total{verdict=\"rewrite\"} 2",
      "mystel_verdicts_total{verdict=\"drop\"} 5",
      "mystel_closes_total{reason=\"kicked\"} 4", "mystel_closes_total{reason=\"banned\"} 0",
      "mystel_drops_total{reason=\"opcode_unknown\"} 5",
      "mystel_rule_findings_total{rule=\"900-pages\",effect=\"enforced\"} 6",
      "mystel_rule_findings_total{rule=\"900-pages\",effect=\"shadow\"} 7",
      "mystel_rule_info{rule=\"900-pages\",mode=\"enforce\",action=\"drop\"} 1",
      "mystel_admission_state{state=\"under_attack\"} 1",
      "mystel_admission_state{state=\"normal\"} 0",
      "mystel_event_loop_lag_seconds 0.002", "mystel_metered_packets_total{work=\"delayed\"} 8",
      "mystel_listener_accepting{listener=\"public\"} 0", "mystel_backend_up{backend=\"world\"} 0",
      "mystel_backend_half_open_connections{backend=\"world\"} 2", "mystel_bans 11",
      "mystel_reputation_bans_total{outcome=\"shadow\"} 13", "mystel_store_up 1",
      "mystel_config_reloads_total{result=\"rejected\"} 1",
      "mystel_config_last_reload_successful 0", "mystel_tunnel_sessions{listener=\"tunnel\"} 14",
      "mystel_tunnel_opened_total{listener=\"tunnel\"} 15",
      "mystel_tunnel_cookies_total{listener=\"tunnel\"} 16",
    ] {
      #expect(page.contains("\n" + line + "\n"), "\(line)")
    }
  }

  @Test("the number of series depends on the configuration, not on what players do")
  func bounded() {
    var sample = FakeGateway.sample()
    let before = sample.families.flatMap(\.samples).count
    sample.snapshot.closes = Dictionary(uniqueKeysWithValues: Reason.allCases.map { ($0, 1) })
    sample.snapshot.drops = sample.snapshot.closes
    sample.snapshot.notes = sample.snapshot.closes
    sample.snapshot.shadowed = sample.snapshot.closes
    // Findings of rules that a reload took away are not told.
    for number in 0..<10_000 {
      sample.snapshot.rules["gone-\(number)"] = RuleTally.Count(enforced: 1)
    }
    let after = sample.families.flatMap(\.samples).count
    #expect(after - before <= 3 * Reason.allCases.count)
  }
}
