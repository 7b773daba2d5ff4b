import MystelCore
import MystelSim

/// What a demo ends with: the claim, and the numbers behind it.
struct DemoSummary {
  var seed: UInt64
  var verdicts: [StreamVerdict]
  var offenders: [Offender: DemoCrowd.Offences]
  var snapshot: Snapshot
  var world: SimWorldServer.Tally
  /// What the tool was told by.
  var evidence: Evidence?
  /// The bans that the reputation made.
  var bans: [String]

  private var exact: Int { verdicts.count { $0.isByteExact } }
  private var tries: Int { offenders.values.reduce(0) { $0 + $1.tries } }
  private var closed: Int { offenders.values.reduce(0) { $0 + $1.closed } }

  /// Every honest stream is byte-exact, every kind of offender came and was closed each time, and
  /// the world saw none of what the gateway keeps from it.
  var isGood: Bool {
    !verdicts.isEmpty && exact == verdicts.count && closed == tries
      && Offender.allCases.allSatisfy { (offenders[$0]?.tries ?? 0) > 0 }
      && evidence != nil && snapshot.rewritten > 0
      && snapshot.sessions == 0 && world.faults.malformed == 0 && world.faults.refusedBuilds == 0
  }

  var text: String {
    var lines = ["Honest players: \(exact) of \(verdicts.count) byte-exact in both directions."]
    let packets = verdicts.reduce(UInt64(0)) { $0 + $1.packets }
    let bytes = verdicts.reduce(UInt64(0)) { $0 + $1.bytes }
    lines.append("  \(packets) packets, \(DemoText.bytes(bytes)), compared by digest at both ends")
    for verdict in verdicts where !verdict.isByteExact {
      lines.append(
        "  \(verdict.account): to backend \(Self.words(verdict.toBackend)), "
          + "to client \(Self.words(verdict.toClient))\(verdict.isOrderly ? "" : ", cut off")")
    }
    lines += ["", "Misbehaving clients: \(closed) of \(tries) closed."]
    for offender in Offender.allCases {
      guard let offences = offenders[offender] else { continue }
      let endings = SimEnding.allCases.compactMap { ending in
        offences.endings[ending].map { "\($0) \(Self.words(ending))" }
      }
      let others = [
        (offences.refused, "could not connect"), (offences.early, "closed before the offence"),
      ].compactMap { $0.0 > 0 ? "\($0.0) \($0.1)" : nil }
      lines.append(
        "  " + DemoText.left(offender.rawValue, 18)
          + DemoText.left((endings + others).joined(separator: ", "), 38)
          + "longest " + DemoText.seconds(offences.longest))
    }
    lines += [""] + defenceLines
    lines += ["", "Behind the gateway the world saw \(worldWords)."]
    if snapshot.sessions > 0 { lines.append("\(snapshot.sessions) sessions are still open.") }
    lines += ["", isGood ? "All is well." : "FAILED.", "Seed \(seed).", ""]
    return lines.joined(separator: "\n")
  }

  private var defenceLines: [String] {
    var lines = ["Packets repaired: \(snapshot.rewritten); left out: \(snapshot.dropped)."]
    if let evidence {
      lines += [
        "A tool was told by \(evidence.rule): \(evidence.title.lowercased()).",
        "  \(evidence.detects.joined(separator: ", ")), score \(Int(evidence.score)), evidence "
          + evidence.id,
        "  \(evidence.packet) \(evidence.fields)",
      ]
    }
    lines.append("Banned: \(bans.isEmpty ? "nobody" : "")")
    return lines + bans.map { "  \($0)" }
  }

  private var worldWords: String {
    let faults = world.faults
    return "\(world.loggedIn) logins, \(faults.malformed) malformed packets, "
      + "\(faults.refusedBuilds) wrong builds, \(faults.floods) floods"
  }

  private static func words(_ ending: SimEnding) -> String {
    ending == .stopped ? "still open at the end" : ending.rawValue
  }

  private static func words(_ comparison: StreamComparison?) -> String {
    switch comparison {
    case .exact: "exact"
    case .prefix(let lost): "\(lost) packets lost"
    case .differs: "different"
    case .unknown: "too long to tell"
    case nil: "not reported"
    }
  }
}
