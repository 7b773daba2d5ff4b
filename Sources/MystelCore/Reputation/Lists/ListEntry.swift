import MystelWire

/// One ban of a list that was made elsewhere, or is to be read elsewhere.
package struct ListEntry: Hashable, Sendable {
  package var target: BanTarget
  /// Its end in seconds since 1970; nil where the list names none.
  package var untilSeconds: Int64?
  /// What the list says about it: one line of printable text, at most 200 characters.
  package var reason: String

  package init(_ target: BanTarget, untilSeconds: Int64? = nil, reason: String = "") {
    self.target = target
    self.untilSeconds = untilSeconds
    self.reason = ListEntry.printable(reason)
  }

  /// The longest reason kept.
  package static let reasonCharacters = 200

  /// Somebody's text for a message: short, printable, and in quotes.
  package static func shown(_ text: String) -> String {
    let cut = printable(String(text.unicodeScalars.prefix(60)))
    return "'\(cut)\(text.unicodeScalars.count > 60 ? "..." : "")'"
  }

  /// One line of printable characters.
  package static func printable(_ text: String) -> String {
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(reasonCharacters) {
      kept.append(scalar.properties.isWhitespace ? " " : scalar.isPrintable ? scalar : "?")
    }
    return String(kept)
  }
}

/// A whole list, understood from its first line to its last.
package struct ListContents: Equatable, Sendable {
  /// In the order of the list, no target twice.
  package var entries: [ListEntry] = []
  /// Targets that the list says are banned no more.
  package var lifted: [BanTarget] = []
  /// What was left out or read in another way than it is written.
  package var warnings: [ListProblem] = []

  package init() {}
}

/// Something wrong in a list.
package struct ListProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// From 1; 0 for the list as a whole.
  package var line: Int
  package var message: String

  package init(line: Int, _ message: String) {
    self.line = line
    self.message = message
  }

  /// `line 7: what is wrong`.
  package var description: String { line > 0 ? "line \(line): \(message)" : message }
}

/// Why a list was refused, all of it: a list that is half understood bans the wrong half.
package struct ListProblems: Error, Equatable, CustomStringConvertible {
  /// The first ones, never empty.
  package var problems: [ListProblem]
  /// How many more there are.
  package var more: Int

  package init(_ problems: [ListProblem], more: Int = 0) {
    self.problems = problems
    self.more = more
  }

  package var description: String {
    let lines = problems.map(\.description) + (more > 0 ? ["and \(more) more problems"] : [])
    return lines.joined(separator: "\n")
  }
}

/// What a list may hold.
package struct ListLimits: Sendable {
  /// Largest list read. Two hundred thousand addresses are about 3 MB.
  package var bytes = 16 << 20
  /// Most lines, comments included.
  package var lines = 500_000
  /// Most entries; a list of more belongs into a packet filter.
  package var entries = 250_000
  /// Whether networks shorter than /8 (IPv4) and /16 (IPv6) are taken. `/0` never is.
  package var allowsWide = false

  package init(allowsWide: Bool = false) { self.allowsWide = allowsWide }

  /// The shortest network taken unless wide ones are asked for.
  package static func shortestLength(_ family: IPAddress.Family) -> UInt8 {
    family == .ipv4 ? 8 : 16
  }
}

extension Unicode.Scalar {
  /// Whether a terminal shows it and does nothing else with it.
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
      .unassigned:
      false
    default: true
    }
  }
}
