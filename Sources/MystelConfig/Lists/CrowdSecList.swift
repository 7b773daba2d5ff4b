import Foundation
import MystelCore
import MystelWire

/// CrowdSec decisions as JSON, in each of the forms they come in: the alerts that
/// `cscli decisions list -o json` prints, the decisions of `GET /v1/decisions` and
/// `cscli decisions import`, and the object of `GET /v1/decisions/stream`.
package enum CrowdSecList {
  /// Decisions of this length or longer have no end. CrowdSec has no word for it.
  static let endlessSeconds: Int64 = 100 * 365 * 86400

  /// Reads decisions. Only bans of addresses, ranges and accounts are taken; of others there is a
  /// warning.
  ///
  /// - Parameter nowSeconds: what their durations count from, in seconds since 1970.
  /// - Throws: every problem; nothing of such a list is used.
  package static func parse(
    _ bytes: [UInt8], nowSeconds: Int64, limits: ListLimits = ListLimits()
  ) throws(ListProblems) -> ListContents {
    let text = try ListLines.text(of: bytes, limits: limits)
    guard let document = try? JSONDecoder().decode(Document.self, from: Data(text.utf8)) else {
      let isPage = text.drop { $0.isWhitespace }.first == "<"
      throw ListProblems([
        ListProblem(
          line: 0,
          isPage
            ? "this is a web page, not a list"
            : "this is not JSON of CrowdSec decisions; `cscli decisions list -o json` prints it")
      ])
    }
    var collector = ListCollector(limits: limits)
    for (index, decision) in document.decisions.enumerated() {
      take(decision, index, nowSeconds, &collector)
    }
    for (index, decision) in document.deleted.enumerated() {
      if let target = target(of: decision, place(index, "deleted"), &collector) {
        collector.lift(target)
      }
    }
    return try collector.finish()
  }

  /// Decisions in the form that `cscli decisions import` reads.
  package static func text(of entries: [ListEntry], nowSeconds: Int64) -> String {
    let lines = entries.map { entry in
      let (scope, value): (String, String)
      switch entry.target {
      case .network(let prefix):
        value = prefix.shortText
        scope = value.contains("/") ? "range" : "ip"
      case .account(let id): (scope, value) = ("account", "\(id)")
      }
      let seconds = entry.untilSeconds.map { max(0, $0 - nowSeconds) } ?? endlessSeconds
      let members = [
        ("duration", "\(seconds)s"), ("origin", "mystel"), ("reason", entry.reason),
        ("scope", scope), ("type", "ban"), ("value", value),
      ]
      return "{"
        + members.map { "\(JSON.quote($0.0)): \(JSON.quote($0.1))" }.joined(separator: ", ") + "}"
    }
    return lines.isEmpty ? "[]\n" : "[\n  " + lines.joined(separator: ",\n  ") + "\n]\n"
  }

  // MARK: Reading

  private static func place(_ index: Int, _ list: String = "decision") -> String {
    "\(list) \(index + 1)"
  }

  private static func take(
    _ decision: Decision, _ index: Int, _ nowSeconds: Int64, _ collector: inout ListCollector
  ) {
    let place = place(index)
    guard decision.type?.lowercased() ?? "ban" == "ban" else {
      return collector.warn(
        0, "\(place) is left out: it is no ban but \(collector.shown(decision.type ?? ""))")
    }
    guard decision.simulated != true else {
      return collector.warn(0, "\(place) is left out: it is a simulated one")
    }
    guard let target = target(of: decision, place, &collector) else { return }
    guard let text = decision.duration else {
      return collector.report(0, "\(place) has no duration")
    }
    guard let seconds = GoDuration.seconds(text) else {
      return collector.report(
        0, "the duration \(collector.shown(text)) of \(place) is not written like 4h30m0s")
    }
    guard seconds > 0 else {
      return collector.warn(0, "\(place) is left out: it is over")
    }
    let reason = decision.scenario ?? decision.reason ?? ""
    collector.add(
      ListEntry(
        target, untilSeconds: seconds >= endlessSeconds ? nil : nowSeconds + seconds,
        reason: reason), line: 0)
  }

  private static func target(
    of decision: Decision, _ place: String, _ collector: inout ListCollector
  ) -> BanTarget? {
    guard let value = decision.value else {
      collector.report(0, "\(place) has no value")
      return nil
    }
    switch decision.scope?.lowercased() ?? "ip" {
    case "ip", "range":
      return collector.network(value, line: 0).map { .network($0) }
    case "account":
      guard let id = UInt64(value) else {
        collector.report(0, "\(place) names an account \(collector.shown(value)) that is no number")
        return nil
      }
      return .account(id)
    default:
      collector.warn(
        0, "\(place) is left out: its scope is \(collector.shown(decision.scope ?? ""))")
      return nil
    }
  }

  private struct Decision: Decodable {
    var duration: String?
    var scenario: String?
    var reason: String?
    var scope: String?
    var simulated: Bool?
    var type: String?
    var value: String?
  }

  private struct Alert: Decodable {
    var decisions: [Decision]
  }

  private struct Stream: Decodable {
    // The names of CrowdSec's own members.
    var new: [Decision]?
    var deleted: [Decision]?
    enum CodingKeys: CodingKey { case new, deleted }
  }

  private struct Document: Decodable {
    var decisions: [Decision] = []
    var deleted: [Decision] = []

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      // `null` is what CrowdSec says for no decision at all.
      if container.decodeNil() { return }
      if let alerts = try? container.decode([Alert].self) {
        decisions = alerts.flatMap(\.decisions)
      } else if let plain = try? container.decode([Decision].self) {
        decisions = plain
      } else {
        let keyed = try decoder.container(keyedBy: Stream.CodingKeys.self)
        guard keyed.contains(.new) || keyed.contains(.deleted) else {
          throw DecodingError.dataCorruptedError(
            in: container, debugDescription: "neither new nor deleted")
        }
        let stream = try container.decode(Stream.self)
        decisions = stream.new ?? []
        deleted = stream.deleted ?? []
      }
    }
  }
}

/// A duration as Go prints it: `167h59m3.5s`, `-4m30s`.
enum GoDuration {
  /// Whole seconds, cut off; nil for other text, and for more than a thousand years.
  static func seconds(_ text: String) -> Int64? {
    var rest = Substring(text)
    let isNegative = rest.first == "-"
    if isNegative || rest.first == "+" { rest = rest.dropFirst() }
    guard !rest.isEmpty else { return nil }
    if rest == "0" { return 0 }
    var nanoseconds = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard digits.first?.isNumber == true, digits.count <= 20, let amount = Double(digits) else {
        return nil
      }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { !$0.isNumber }
      rest = rest.dropFirst(unit.count)
      let scale: Double
      switch unit {
      case "d": scale = 86400e9
      case "h": scale = 3600e9
      case "m": scale = 60e9
      case "s": scale = 1e9
      case "ms": scale = 1e6
      case "us", "µs", "μs": scale = 1e3
      case "ns": scale = 1
      default: return nil
      }
      nanoseconds += amount * scale
    }
    let seconds = nanoseconds / 1e9
    guard seconds.isFinite, seconds < 1000 * 366 * 86400 else { return nil }
    return isNegative ? -Int64(seconds.rounded(.up)) : Int64(seconds)
  }
}
