import MystelWire

/// A list of addresses and networks, one a line; what is behind `#` or `;` is a comment.
///
/// The lists that most sites publish look like this. A network with bits set beyond its length is an
/// error: nobody can know whether the host or the network was meant.
package enum PlainList {
  /// - Throws: every problem; nothing of such a list is used.
  package static func parse(
    _ bytes: [UInt8], limits: ListLimits = ListLimits()
  ) throws(ListProblems) -> ListContents {
    var collector = ListCollector(limits: limits)
    try ListLines.read(bytes, limits: limits) { line, content in
      let comment = content.firstIndex { $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: ";") }
      let words = ListWords.split(content[..<(comment ?? content.endIndex)])
      guard let word = words.first else { return }
      guard words.count == 1 else {
        return collector.report(
          line, "\(collector.shown(words.joined(separator: " "))) is more than one address")
      }
      var reason = ""
      if let comment {
        reason = String(Substring(content[content.index(after: comment)...]))
        reason = String(reason.drop { $0 == " " || $0 == "\t" })
      }
      if let network = collector.network(word, line: line) {
        collector.add(ListEntry(.network(network), reason: reason), line: line)
      }
    }
    return try collector.finish()
  }

  /// The networks of a list as text; accounts and ends have no place in it.
  package static func text(of entries: [ListEntry]) -> String {
    entries.reduce(into: "") { text, entry in
      guard case .network = entry.target else { return }
      text += "\(entry.target)"
      if !entry.reason.isEmpty { text += " # \(entry.reason)" }
      text += "\n"
    }
  }
}

/// Words between blanks.
enum ListWords {
  static func split(_ content: Substring.UTF8View) -> [String] {
    content.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      .map { String(Substring($0)) }
  }
}
