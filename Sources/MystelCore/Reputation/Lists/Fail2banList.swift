import MystelWire

/// What `fail2ban-client get JAIL banip --with-time` prints:
///
///     192.0.2.1 	2026-11-24 10:00:00 + 600 = 2026-11-24 10:10:00
///
/// and what it prints without `--with-time`: addresses between blanks. A ban of -1 seconds has no
/// end. Times are local ones of the machine that printed them, without a zone.
package enum Fail2banList {
  /// - Parameter utcOffsetSeconds: how far the clock that the list was written by is ahead of UTC.
  ///
  /// - Throws: every problem; nothing of such a list is used.
  package static func parse(
    _ bytes: [UInt8], utcOffsetSeconds: Int64 = 0, limits: ListLimits = ListLimits()
  ) throws(ListProblems) -> ListContents {
    var collector = ListCollector(limits: limits)
    try ListLines.read(bytes, limits: limits) { line, content in
      let words = ListWords.split(content)
      if words.count == 8, words[3] == "+", words[5] == "=" {
        guard let network = collector.network(words[0], line: line) else { return }
        guard let start = CalendarTime.seconds(date: words[1], time: words[2]),
          let duration = Int64(words[4]), (-1...CalendarTime.latestSeconds).contains(duration)
        else {
          return collector.report(
            line, "the time of \(network) is not written DATE TIME + SECONDS = DATE TIME")
        }
        let until = duration < 0 ? nil : start - utcOffsetSeconds + duration
        collector.add(ListEntry(.network(network), untilSeconds: until), line: line)
        return
      }
      for word in words {
        if let network = collector.network(word, line: line) {
          collector.add(ListEntry(.network(network)), line: line)
        }
      }
    }
    return try collector.finish()
  }

  /// The networks of a list as fail2ban prints them; accounts and reasons have no place in it.
  ///
  /// - Parameter nowSeconds: taken as the start of every ban, in seconds since 1970.
  package static func text(
    of entries: [ListEntry], nowSeconds: Int64, utcOffsetSeconds: Int64 = 0
  ) -> String {
    entries.reduce(into: "") { text, entry in
      guard case .network = entry.target else { return }
      let start = CalendarTime.text(nowSeconds + utcOffsetSeconds)
      guard let until = entry.untilSeconds else {
        text += "\(entry.target) \t\(start) + -1 = 9999-12-31 23:59:59\n"
        return
      }
      let duration = max(0, until - nowSeconds)
      let end = CalendarTime.text(nowSeconds + utcOffsetSeconds + duration)
      text += "\(entry.target) \t\(start) + \(duration) = \(end)\n"
    }
  }
}

/// Dates and times of the Gregorian calendar without a zone, as `2026-11-24 10:00:00`.
package enum CalendarTime {
  /// The last second of the year 9999.
  package static let latestSeconds: Int64 = 253_402_300_799

  /// Seconds since 1970-01-01 00:00:00; nil for what is no date and time of the years 1970 to 9999.
  package static func seconds(date: String, time: String) -> Int64? {
    guard let day = numbers(date, "-", [4, 2, 2]), let clock = numbers(time, ":", [2, 2, 2]),
      (1970...9999).contains(day[0]), (1...12).contains(day[1]),
      (1...daysInMonth(day[1], of: day[0])).contains(day[2]),
      clock[0] < 24, clock[1] < 60, clock[2] < 60
    else { return nil }
    return days(year: day[0], month: day[1], day: day[2]) * 86400 + clock[0] * 3600
      + clock[1] * 60 + clock[2]
  }

  /// The date and time of a second, held to the years 1970 to 9999.
  package static func text(_ seconds: Int64) -> String {
    let seconds = min(max(0, seconds), latestSeconds)
    var rest = seconds / 86400
    var year: Int64 = 1970 + rest / 366
    while days(year: year + 1, month: 1, day: 1) <= rest { year += 1 }
    rest -= days(year: year, month: 1, day: 1)
    var month: Int64 = 1
    while rest >= daysInMonth(month, of: year) {
      rest -= daysInMonth(month, of: year)
      month += 1
    }
    let clock = seconds % 86400
    return "\(year)-\(two(month))-\(two(rest + 1)) "
      + "\(two(clock / 3600)):\(two(clock / 60 % 60)):\(two(clock % 60))"
  }

  private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func isLeap(_ year: Int64) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let before = year - 1
    let leapDays = before / 4 - before / 100 + before / 400 - 477
    let months = (1..<month).reduce(Int64(0)) { $0 + daysInMonth($1, of: year) }
    return (year - 1970) * 365 + leapDays + months + day - 1
  }

  private static func numbers(_ text: String, _ separator: Character, _ widths: [Int]) -> [Int64]? {
    let parts = text.split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count == widths.count else { return nil }
    var numbers: [Int64] = []
    for (part, width) in zip(parts, widths) {
      guard part.utf8.count == width, part.utf8.allSatisfy({ (48...57).contains($0) }),
        let number = Int64(part)
      else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}
