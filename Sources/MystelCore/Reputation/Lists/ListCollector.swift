import MystelWire

/// Gathers the entries of a list and everything wrong with it, within the limits.
package struct ListCollector {
  package let limits: ListLimits
  private var contents = ListContents()
  private var places: [BanTarget: Int] = [:]
  private var problems: [ListProblem] = []
  private var problemCount = 0
  private var warningCount = 0
  private var isFull = false

  /// Problems and warnings told before the rest is only counted.
  private static let told = 20

  package init(limits: ListLimits) { self.limits = limits }

  /// - Throws: every problem.
  package consuming func finish() throws(ListProblems) -> ListContents {
    guard problemCount == 0 else {
      throw ListProblems(problems, more: problemCount - problems.count)
    }
    if warningCount > contents.warnings.count {
      contents.warnings.append(
        ListProblem(line: 0, "and \(warningCount - contents.warnings.count) more warnings"))
    }
    return contents
  }

  package mutating func report(_ line: Int, _ message: String) {
    problemCount += 1
    if problems.count < ListCollector.told { problems.append(ListProblem(line: line, message)) }
  }

  package mutating func warn(_ line: Int, _ message: String) {
    warningCount += 1
    if contents.warnings.count < ListCollector.told {
      contents.warnings.append(ListProblem(line: line, message))
    }
  }

  /// Takes an entry in. Of two about one target the longer one stays.
  package mutating func add(_ entry: ListEntry, line: Int) {
    if let place = places[entry.target] {
      if let known = contents.entries[place].untilSeconds,
        entry.untilSeconds.map({ $0 > known }) ?? true
      {
        contents.entries[place] = entry
      }
      return
    }
    guard contents.entries.count < limits.entries else {
      if !isFull {
        report(line, "more than \(limits.entries) entries; put such a list into a packet filter")
      }
      isFull = true
      return
    }
    places[entry.target] = contents.entries.count
    contents.entries.append(entry)
  }

  package mutating func lift(_ target: BanTarget) { contents.lifted.append(target) }

  /// Reads a network or an address as lists write them. Reports what cannot be taken.
  package mutating func network(_ text: String, line: Int) -> AddressPrefix? {
    do throws(AddressPrefix.ParseError) {
      let prefix = try AddressPrefix(parsing: text)
      return isAcceptable(prefix, line: line) ? prefix : nil
    } catch {
      switch error {
      case .malformed: report(line, "\(shown(text)) is neither an address nor a network")
      case .lengthOutOfRange: report(line, "\(shown(text)) has a length that no network has")
      case .hostBitsSet(let meant):
        report(
          line,
          "\(shown(text)) has bits set beyond its length; write \(meant), or the address alone")
      case .ipv4Mapped:
        if let address = IPAddress(text)?.canonical {
          warn(line, "\(shown(text)) is taken as \(address)")
          let host = AddressPrefix(containing: address, length: 32)
          return isAcceptable(host, line: line) ? host : nil
        }
        report(line, "\(shown(text)) is an IPv4 network in IPv6 form; write it as IPv4")
      }
      return nil
    }
  }

  private mutating func isAcceptable(_ prefix: AddressPrefix, line: Int) -> Bool {
    let shortest = ListLimits.shortestLength(prefix.address.family)
    if prefix.length == 0 {
      report(line, "\(prefix) is everybody")
    } else if prefix.length < shortest, !limits.allowsWide {
      report(line, "\(prefix) is wider than /\(shortest); allow wide networks if it is meant")
    } else if prefix.address.isUnusableAsSource {
      report(line, "\(prefix.address) is nobody's address")
    } else {
      return true
    }
    return false
  }

  /// Text of a list for a message: short, printable, and in quotes.
  package func shown(_ text: String) -> String {
    ListEntry.shown(text)
  }
}

/// The lines of a list, if it is text at all.
package enum ListLines {
  /// Calls `body` with each line's number and text, without its line break.
  ///
  /// - Throws: for a list over the limits, or one that is no text; the place is in the problem.
  package static func read(
    _ bytes: [UInt8], limits: ListLimits, body: (Int, Substring.UTF8View) -> Void
  ) throws(ListProblems) {
    let text = try text(of: bytes, limits: limits)
    var line = 0
    var rest = text.utf8[...]
    while let first = rest.first {
      line += 1
      guard line <= limits.lines else {
        throw ListProblems([ListProblem(line: line, "more than \(limits.lines) lines")])
      }
      let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
      var content = rest[..<end]
      if content.last == UInt8(ascii: "\r") { content = content.dropLast() }
      if line == 1, first == UInt8(ascii: "<") {
        throw ListProblems([ListProblem(line: 1, "this is a web page, not a list")])
      }
      body(line, content)
      rest = end < rest.endIndex ? rest[rest.index(after: end)...] : rest[rest.endIndex...]
    }
  }

  /// The list as text.
  ///
  /// - Throws: for a list that is too large, not UTF-8, or has control characters.
  package static func text(
    of bytes: [UInt8], limits: ListLimits
  ) throws(ListProblems) -> String {
    guard bytes.count <= limits.bytes else {
      throw ListProblems([
        ListProblem(line: 0, "larger than \(limits.bytes >> 20) MiB, the most a list may have")
      ])
    }
    var bytes = bytes[...]
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes = bytes.dropFirst(3) }
    var line = 1
    for byte in bytes {
      if byte == UInt8(ascii: "\n") { line += 1 }
      guard byte >= 0x20 && byte != 0x7f || byte == 9 || byte == 10 || byte == 13 else {
        throw ListProblems([
          ListProblem(line: line, "this is no text: there is a byte 0x\(String(byte, radix: 16))")
        ])
      }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ListProblems([ListProblem(line: 0, "this is no text: it is not UTF-8")])
    }
    return text
  }
}
