import MystelSim

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What a benchmark found, for people and for scripts.
struct BenchReport {
  /// Lines of equal numbers of cells, the first one being the heading.
  var rows: [[String]]
  var limits: [BenchLimit]
  /// Remarks below the table.
  var notes: [String] = []
  /// The same, and every single run, for scripts.
  var json: BenchValue

  /// Cells in columns: the first flush left, the others flush right.
  var table: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    let lines = rows.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }
    return (lines + [""] + limits.map(\.description) + notes).joined(separator: "\n")
  }

  /// How late an event loop was, in milliseconds: a line for each circumstance, below its heading.
  static func lagRows(_ title: String, _ rows: [(name: String, lag: Histogram)]) -> [[String]] {
    [[title, "lag p50 ms", "p99", "most"]]
      + rows.map { name, lag in
        [name]
          + [lag.quantile(0.5), lag.quantile(0.99), lag.maximum].map {
            $0.map { fixed(Double($0) / 1e6, 2) } ?? "-"
          }
      }
  }

  /// Everything above plus the limits, as one object.
  static func json(_ members: [(String, BenchValue)], limits: [BenchLimit]) -> BenchValue {
    .object(members + [("limits", .array(limits.map(\.json)))])
  }
}

/// A figure that must not lie above, or below, what was promised.
struct BenchLimit: CustomStringConvertible {
  let name: String
  /// nil when it was not measured, which does not meet the limit.
  let value: Double?
  let limit: Double
  /// Whether larger values are the better ones.
  var isMinimum = false

  var isMet: Bool {
    guard let value else { return false }
    return isMinimum ? value >= limit : value <= limit
  }

  var description: String {
    let sign = isMinimum ? ">=" : "<="
    let found = value.map { fixed($0, 2) } ?? "not measured"
    return "\(isMet ? "ok   " : "FAIL ")\(name): \(found) (\(sign) \(fixed(limit, 2)))"
  }

  var json: BenchValue {
    .object([
      ("name", .text(name)), ("value", value.map(BenchValue.number) ?? .null),
      (isMinimum ? "atLeast" : "atMost", .number(limit)), ("met", .flag(isMet)),
    ])
  }
}

extension Spread {
  /// `median [least-most]`.
  func text(_ digits: Int) -> String {
    "\(fixed(median, digits)) [\(fixed(least, digits))-\(fixed(most, digits))]"
  }

  var json: BenchValue {
    .object([
      ("median", .number(median)), ("least", .number(least)), ("most", .number(most)),
    ])
  }
}

/// JSON, as much as reports need.
indirect enum BenchValue {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case array([BenchValue])
  /// Members in the order written.
  case object([(String, BenchValue)])

  var text: String {
    switch self {
    case .null: "null"
    case .flag(let value): value ? "true" : "false"
    case .number(let value): BenchValue.text(of: value)
    case .text(let value): BenchValue.quoted(value)
    case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { BenchValue.quoted($0.0) + ":" + $0.1.text }.joined(separator: ",") + "}"
    }
  }

  private static func text(of number: Double) -> String {
    guard number.isFinite else { return "null" }
    return fixed(number, number == number.rounded() ? 0 : 4)
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\\(scalar)"
      case "\n": "\\n"
      default: scalar.value < 32 ? " " : String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }
}

/// A number with a fixed count of decimal places (0...6).
func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
  let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
  let whole = Int((abs(value) * Double(scale)).rounded())
  let sign = value < 0 && whole > 0 ? "-" : ""
  guard digits > 0 else { return "\(sign)\(whole)" }
  let fraction = String(whole % scale)
  let zeros = String(repeating: "0", count: digits - fraction.count)
  return "\(sign)\(whole / scale).\(zeros)\(fraction)"
}

/// Standard error, for progress.
enum Terminal {
  static func note(_ text: String) {
    _ = (text + "\n").withCString { write(2, $0, strlen($0)) }
  }
}
