import Foundation

/// Something in a file that the style forbids.
struct Violation: CustomStringConvertible, Equatable {
  var path: String
  /// From 1.
  var line: Int
  var rule: String

  var description: String { "\(path):\(line): \(rule)" }
}

/// The rules of style that a text search can hold the code to.
enum CodeRules {
  /// Files that are read in one sitting.
  static let longestFile = 420

  /// What may import what of ours: the arrow.
  static let arrow: [String: Set<String>] = [
    "MystelWire": [],
    "MystelCore": ["MystelWire"],
    "MystelConfig": ["CPack", "MystelWire", "MystelCore"],
    "MystelTunnel": ["MystelWire"],
    "MystelRing": ["CLiburing"],
    "MystelNet": ["MystelWire", "MystelCore", "MystelRing", "MystelTunnel"],
    "MystelManage": ["CDashboard", "MystelWire", "MystelCore"],
    "MystelNotify": ["MystelWire", "MystelCore"],
    "MystelStore": ["MystelWire", "MystelCore"],
    "MystelSim": ["MystelWire", "MystelCore"],
    "MystelTesting": ["MystelWire", "MystelCore", "MystelTunnel"],
    "mystel": [
      "CLinux", "MystelWire", "MystelCore", "MystelConfig", "MystelNet", "MystelManage",
      "MystelNotify", "MystelSim", "MystelStore", "MystelTunnel",
    ],
  ]
  /// Targets that neither read a clock nor touch a file.
  static let sansIO: Set<String> = ["MystelWire", "MystelCore", "MystelTunnel"]
  private static let systemModules: Set<String> = [
    "Foundation", "FoundationEssentials", "Glibc", "Musl", "Darwin", "Dispatch", "NIOCore",
  ]

  /// Ends of the program that input might reach.
  ///
  /// One is allowed under a comment that begins `Safety:` and says why it cannot happen.
  static func traps(in file: TextFile) -> [Violation] {
    let comments = file.lines
    let code = SwiftText.codeOnly(file.text).split(
      separator: "\n", omittingEmptySubsequences: false)
    let patterns: [(String, Regex<Substring>)] = [
      ("try!", /\btry!/), ("as!", /\bas!/), ("fatalError", /\bfatalError\b/),
      ("force unwrap", /[\w\)\]\}"?]!(?!=)/),
    ]
    var found: [Violation] = []
    for (index, line) in code.enumerated() {
      // `try!` and `as!` end like a forced value; the first name that fits is the one to tell.
      guard let rule = patterns.first(where: { line.contains($0.1) })?.0 else { continue }
      let above = comments[max(0, index - 3)...index]
      guard !above.contains(where: { $0.contains("// Safety:") }) else { continue }
      found.append(Violation(path: file.path, line: index + 1, rule: rule))
    }
    return found
  }

  /// Imports against the arrow, and what the sans-IO targets must not import.
  static func imports(in file: TextFile) -> [Violation] {
    guard let allowed = arrow[file.target] else { return [] }
    var found: [Violation] = []
    for (index, line) in file.lines.enumerated() {
      guard let match = line.firstMatch(of: /^\s*(?:@\w+ )?(?:\w+ )?import (?:\w+ )?(\w+)/)
      else { continue }
      let module = String(match.1)
      let isOurs =
        arrow[module] != nil
        || ["CDashboard", "CLiburing", "CLinux", "CPack"].contains(module)
      if isOurs, !allowed.contains(module) {
        found.append(
          Violation(path: file.path, line: index + 1, rule: "imports \(module) against the arrow"))
      }
      if sansIO.contains(file.target), systemModules.contains(module) {
        found.append(
          Violation(path: file.path, line: index + 1, rule: "imports \(module) but is sans-IO"))
      }
    }
    return found
  }

  /// Attributes that move the border between modules.
  static func attributes(in file: TextFile) -> [Violation] {
    let code = SwiftText.codeOnly(file.text).split(
      separator: "\n", omittingEmptySubsequences: false)
    return code.enumerated().compactMap { index, line in
      guard
        line.contains(/@(inlinable|usableFromInline|testable)\b/)
          || line.contains(/@_(?!lifetime\b)\w+/)
      else { return nil }
      return Violation(path: file.path, line: index + 1, rule: "an attribute the style forbids")
    }
  }

  static func length(of file: TextFile) -> [Violation] {
    let count = file.lines.count - (file.text.hasSuffix("\n") ? 1 : 0)
    return count > longestFile
      ? [Violation(path: file.path, line: count, rule: "longer than \(longestFile) lines")] : []
  }

  /// Paths of somebody's machine.
  static func machinePaths(in file: TextFile) -> [Violation] {
    // Put together here, so that this file is held to the rule as well.
    let roots = ["work", "root", "home", "Users"].map { "/" + $0 + "/" } + ["bash_" + "jobs"]
    return file.lines.enumerated().compactMap { index, line in
      guard let root = roots.first(where: { line.contains($0) }) else { return nil }
      return Violation(path: file.path, line: index + 1, rule: "names \(root)")
    }
  }
}
