import Foundation

/// Rules that hold documents, and what points to them, together.
enum DocumentRules {
  /// The places in a page that a link can name: headings as their slugs, and explicit anchors.
  static func anchors(in text: String) -> Set<String> {
    var anchors: Set<String> = []
    var isCode = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("```") { isCode.toggle() }
      if isCode { continue }
      for match in line.matches(of: /<a id="([^"]+)">/) { anchors.insert(String(match.1)) }
      if let heading = line.firstMatch(of: /^#{1,6} (.+)$/) {
        anchors.insert(slug(String(heading.1)))
      }
    }
    return anchors
  }

  private static func slug(_ heading: String) -> String {
    heading.lowercased().compactMap { character -> String? in
      if character.isLetter || character.isNumber || character == "-" || character == "_" {
        return String(character)
      }
      return character == " " ? "-" : nil
    }.joined()
  }

  /// Pages under docs/ that a file names and that are not there, or lack the anchor.
  static func citations(
    in file: TextFile, page: (String) -> String?
  ) -> [Violation] {
    file.lines.enumerated().flatMap { index, line in
      line.matches(of: /\b(docs\/[\w\/.-]+\.md)(?:#([\w-]+))?/).compactMap { match in
        let (path, anchor) = (String(match.1), match.2.map(String.init))
        guard let text = page(path) else {
          return Violation(path: file.path, line: index + 1, rule: "no page \(path)")
        }
        guard let anchor, !anchors(in: text).contains(anchor) else { return nil }
        return Violation(path: file.path, line: index + 1, rule: "no #\(anchor) in \(path)")
      }
    }
  }

  /// Relative links of a page that lead nowhere.
  static func links(
    in file: TextFile, page: (String) -> String?, exists: (String) -> Bool
  ) -> [Violation] {
    file.lines.enumerated().flatMap { index, line in
      line.matches(of: /\]\(([^)\s]+)\)/).compactMap { match in
        let target = String(match.1)
        guard !target.contains("://"), !target.hasPrefix("mailto:") else { return nil }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts[0].isEmpty ? file.path : resolve(String(parts[0]), from: file.path)
        guard exists(path) else {
          return Violation(path: file.path, line: index + 1, rule: "no file \(path)")
        }
        guard parts.count == 2, let text = page(path) else { return nil }
        return anchors(in: text).contains(String(parts[1]))
          ? nil : Violation(path: file.path, line: index + 1, rule: "no #\(parts[1]) in \(path)")
      }
    }
  }

  private static func resolve(_ link: String, from page: String) -> String {
    var parts = page.split(separator: "/").dropLast().map(String.init)
    for part in link.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(String(part)) }
    }
    return parts.joined(separator: "/")
  }

  /// Scripts that a page tells people to run and that are not there.
  static func scripts(in file: TextFile, exists: (String) -> Bool) -> [Violation] {
    file.lines.enumerated().flatMap { index, line in
      line.matches(of: /\bscripts\/[\w-]+\.\w+/).compactMap { match in
        let path = String(match.0)
        return exists(path)
          ? nil : Violation(path: file.path, line: index + 1, rule: "no \(path)")
      }
    }
  }

  /// The labels that an enum of reasons declares: each case's name in snake case.
  static func reasonLabels(in source: String) -> [String] {
    source.matches(of: /(?m)^  case (\w+) = \d+$/).map { match in
      match.1.map { $0.isUppercase ? "_" + $0.lowercased() : String($0) }.joined()
    }
  }

  /// What the page of reasons lacks, has twice, or has too many.
  static func reasons(labels: [String], page: TextFile) -> [Violation] {
    let blames: Set<String> = ["client", "backend", "proxy", "nobody"]
    var found: [Violation] = []
    var seen: Set<String> = []
    for (index, line) in page.lines.enumerated() where line.hasPrefix("| `") {
      func fail(_ rule: String) {
        found.append(Violation(path: page.path, line: index + 1, rule: rule))
      }
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      let label = cells[0].trimmingCharacters(in: ["`"])
      if !labels.contains(label) { fail("`\(label)` is no reason") }
      if !seen.insert(label).inserted { fail("`\(label)` stands here twice") }
      if cells.count != 4 || cells.contains("") { fail("`\(label)` needs four cells") }
      if cells.count > 2, !blames.contains(cells[2]) { fail("`\(label)` blames \(cells[2])") }
    }
    for label in labels where !seen.contains(label) {
      found.append(Violation(path: page.path, line: 1, rule: "`\(label)` is not documented"))
    }
    return found
  }
}
