import MystelCore
import MystelWire

/// Reads arbitrary bytes as lists of bans, and checks that what was read is written and read again
/// as it was, and that it bans nobody wholesale.
///
/// Traps on a violation, as a fuzz body must. The readers themselves must never trap.
package func fuzzList(_ bytes: [UInt8]) {
  let lineCount = bytes.count { $0 == UInt8(ascii: "\n") } + 1
  let now: Int64 = 1_790_000_000
  if let plain = contents(lineCount, { () throws(ListProblems) in try PlainList.parse(bytes) }) {
    let text = PlainList.text(of: plain)
    let again = contents(.max) { () throws(ListProblems) in try PlainList.parse(Array(text.utf8)) }
    precondition(again?.map(\.target) == plain.map(\.target), "what was written is what was read")
  }
  let jail = contents(lineCount) { () throws(ListProblems) in
    try Fail2banList.parse(bytes, utcOffsetSeconds: 3600)
  }
  if let jail {
    let text = Fail2banList.text(of: jail, nowSeconds: now, utcOffsetSeconds: -7200)
    let again = contents(.max) { () throws(ListProblems) in
      try Fail2banList.parse(Array(text.utf8), utcOffsetSeconds: -7200)
    }
    precondition(again?.count == jail.count, "what was written is what was read")
    for (left, right) in zip(jail, again ?? []) {
      precondition(left.target == right.target, "in the order of the list")
      precondition(
        right.untilSeconds == left.untilSeconds.map { max($0, now) },
        "a ban that was over when it was written ends then")
    }
  }
}

/// The entries of a list that is taken; checks what must hold for any list.
private func contents(
  _ lineCount: Int, _ parse: () throws(ListProblems) -> ListContents
) -> [ListEntry]? {
  do throws(ListProblems) {
    let read = try parse()
    precondition(Set(read.entries.map(\.target)).count == read.entries.count, "nobody comes twice")
    for entry in read.entries {
      guard case .network(let prefix) = entry.target else {
        preconditionFailure("these lists name no accounts")
      }
      precondition(prefix.length >= ListLimits.shortestLength(prefix.address.family), "not so wide")
      precondition(prefix.address.canonical == prefix.address, "one identity a host")
    }
    return read.entries
  } catch {
    precondition(!error.problems.isEmpty && error.problems.count <= 20, "problems are told")
    for problem in error.problems {
      precondition((0...lineCount).contains(problem.line), "a problem is on a line of the list")
      precondition(
        problem.message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f },
        "text controls nothing")
    }
    return nil
  }
}
