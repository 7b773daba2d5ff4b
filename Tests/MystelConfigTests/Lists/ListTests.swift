import MystelConfig
import MystelCore
import MystelTesting
import MystelWire
import Testing

@Suite("Lists of bans") struct ListTests {
  let now: Int64 = 1_790_000_000

  @Test("a plain list is addresses and networks, one a line, with comments")
  func plain() throws {
    let list = """
      # a comment
      192.0.2.1
      198.51.100.0/24 ; SBL123\r
      \t2001:db8::/32   # somebody's network
      ::ffff:203.0.113.5

      192.0.2.1 # again

      """
    let read = try PlainList.parse(Array(list.utf8))
    #expect(
      read.entries.map { "\($0.target) \($0.reason)" } == [
        "192.0.2.1 ", "198.51.100.0/24 SBL123", "2001:db8::/32 somebody's network",
        "203.0.113.5 ",
      ])
    #expect(read.warnings.map(\.line) == [5])
    #expect(try PlainList.parse([]).entries == [])
  }

  @Test(
    "a list with a line that cannot be taken is refused whole, with the line's number",
    arguments: [
      ("192.0.2.1\n0.0.0.0/0\n", 2, "everybody"), ("::/0", 1, "everybody"),
      ("11.0.0.0/7", 1, "bits set"), ("10.0.0.0/7\n", 1, "10.0.0.0/7"),
      ("12.0.0.0/6\n", 1, "wider than /8"), ("2000::/15", 1, "wider than /16"),
      ("192.0.2.1/24\n", 1, "write 192.0.2.0/24"), ("192.0.2.256\n", 1, "neither"),
      ("#\n#\n192.0.2.0/33\n", 3, "length"), ("192.0.2.1 192.0.2.2\n", 1, "more than one"),
      ("::ffff:0:0/96\n", 1, "IPv4"), ("255.255.255.255", 1, "nobody's"),
      ("<!DOCTYPE html>\n<html>\n", 1, "web page"), ("192.0.2.1\n\u{7}\n", 2, "no text"),
      ("\0\0\0", 1, "no text"), ("hello world\n", 1, "more than one"),
      ("evil.example", 1, "neither"),
    ])
  func refused(list: String, line: Int, words: String) {
    let problems = problems(.plain, Array(list.utf8))
    #expect(problems.first?.line == line)
    #expect(problems.first?.message.contains(words) == true, "\(problems)")
  }

  @Test("bytes that are no UTF-8, archives and lists without an end are refused")
  func binary() {
    #expect(problems(.plain, [0xff, 0xfe, 0x31]).first?.message.contains("no text") == true)
    #expect(problems(.plain, [0x1f, 0x8b, 0x08]).first?.message.contains("no text") == true)
    #expect(problems(.fail2ban, [0xc3, 0x28]).first?.message.contains("UTF-8") == true)
    let many = Array(String(repeating: "#\n", count: 1_000_001).utf8)
    #expect(problems(.plain, many).first?.message.contains("lines") == true)
    var limits = ListLimits()
    limits.bytes = 100
    #expect(throws: ListProblems.self) {
      try PlainList.parse([UInt8](repeating: 10, count: 101), limits: limits)
    }
    limits = ListLimits()
    limits.entries = 3
    let four = Array("192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4\n192.0.2.5\n".utf8)
    #expect(
      throws: ListProblems([
        ListProblem(line: 4, "more than 3 entries; put such a list into a packet filter")
      ])
    ) { try PlainList.parse(four, limits: limits) }
  }

  @Test("wide networks are taken where they are asked for, everybody never is")
  func wide() throws {
    let limits = ListLimits(allowsWide: true)
    #expect(try PlainList.parse(Array("12.0.0.0/6".utf8), limits: limits).entries.count == 1)
    #expect(throws: ListProblems.self) {
      try PlainList.parse(Array("0.0.0.0/0".utf8), limits: limits)
    }
  }

  @Test("many problems are told by the first twenty and a number")
  func manyProblems() {
    let list = Array(String(repeating: "nonsense\n", count: 500).utf8)
    do throws(ListProblems) {
      _ = try PlainList.parse(list)
      Issue.record("was taken")
    } catch {
      #expect(error.problems.count == 20)
      #expect(error.more == 480)
      #expect(error.description.hasSuffix("and 480 more problems"))
    }
  }

  @Test("what fail2ban prints is read, with the clock it was printed by")
  func fail2ban() throws {
    let list = """
      192.0.2.1 \t2026-11-24 10:00:00 + 600 = 2026-11-24 10:10:00
      198.51.100.0/24 \t2024-02-29 23:59:59 + -1 = 9999-12-31 23:59:59
      2001:db8::7 203.0.113.9

      """
    let read = try Fail2banList.parse(Array(list.utf8), utcOffsetSeconds: 3600)
    // 2026-11-24 09:10:00 UTC
    #expect(read.entries.map(\.untilSeconds) == [1_795_511_400, nil, nil, nil])
    #expect(
      read.entries.map { "\($0.target)" } == [
        "192.0.2.1", "198.51.100.0/24", "2001:db8::7", "203.0.113.9",
      ])
    for bad in [
      "192.0.2.1 \t2026-02-29 10:00:00 + 600 = x y", "192.0.2.1 \t2026-11-24 24:00:00 + 6 = x y",
      "192.0.2.1 \t2026-11-24 10:00:00 + 99999999999999999999 = x y",
      "192.0.2.1 \t2026-11-24 10:00:00 + -2 = x y", "Banned IP list: 192.0.2.1",
    ] {
      #expect(problems(.fail2ban, Array(bad.utf8)).first?.line == 1, "\(bad)")
    }
  }

  @Test("every second has one date, and every date one second")
  func calendar() {
    #expect(CalendarTime.text(0) == "1970-01-01 00:00:00")
    #expect(CalendarTime.text(951_782_400) == "2000-02-29 00:00:00")
    #expect(CalendarTime.text(4_107_542_400) == "2100-03-01 00:00:00")
    #expect(CalendarTime.text(CalendarTime.latestSeconds) == "9999-12-31 23:59:59")
    var random = MystelTesting.SplitMix64(seed: 3)
    for _ in 0..<2000 {
      let second = Int64(random.next(below: UInt64(CalendarTime.latestSeconds)))
      let parts = CalendarTime.text(second).split(separator: " ").map(String.init)
      #expect(CalendarTime.seconds(date: parts[0], time: parts[1]) == second)
    }
  }

  @Test("what is written in a format is read from it", arguments: ListFormat.allCases)
  func roundTrip(format: ListFormat) throws {
    var random = MystelTesting.SplitMix64(seed: 5)
    var entries: [ListEntry] = []
    var seen: Set<AddressPrefix> = []
    for index in 0..<500 {
      let bits = UInt32(truncatingIfNeeded: random.next()) & 0x7fff_ffff | 0x0100_0000
      let address =
        index % 3 == 0
        ? IPAddress(ipv6High: 0x2001_0db8_0000_0000 | random.next() >> 32, low: random.next())
        : IPAddress(ipv4: bits)
      let length =
        address.family == .ipv4 ? 8 + random.next(below: 25) : 33 + random.next(below: 96)
      let prefix = AddressPrefix(containing: address, length: UInt8(length))
      guard !prefix.address.isUnusableAsSource, seen.insert(prefix).inserted else { continue }
      let hasEnd = format != .plain && index % 5 != 0
      entries.append(
        ListEntry(
          .network(prefix),
          untilSeconds: hasEnd ? now + 1 + Int64(random.next(below: 10_000_000)) : nil,
          reason: format == .fail2ban ? "" : index % 2 == 0 ? "" : "it's \"\(index)\" # ; \\ ж"))
    }
    if format == .crowdsec { entries.append(ListEntry(.account(7), untilSeconds: now + 60)) }
    let text = format.text(of: entries, nowSeconds: now, utcOffsetSeconds: 7200)
    let read = try format.parse(Array(text.utf8), nowSeconds: now, utcOffsetSeconds: 7200)
    #expect(read.entries == entries)
    #expect(read.warnings == [])
  }

  @Test("mutated and random lists are read or refused, never more than that")
  func mutations() {
    let seeds: [(ListFormat, String)] = [
      (.plain, "192.0.2.1 # x\n2001:db8::/32\n198.51.100.0/24;y\n"),
      (.fail2ban, "192.0.2.1 \t2026-11-24 10:00:00 + 600 = 2026-11-24 10:10:00\n203.0.113.1\n"),
      (.crowdsec, CrowdSecTests.alerts), (.crowdsec, CrowdSecTests.stream),
    ]
    var random = MystelTesting.SplitMix64(seed: 9)
    for (format, text) in seeds {
      for _ in 0..<100 {
        var bytes = Array(text.utf8)
        for _ in 0...random.next(below: 4) {
          let place = Int(random.next(below: UInt64(bytes.count)))
          switch random.next(below: 3) {
          case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
          case 1: bytes.remove(at: place)
          default: bytes.insert(bytes[Int(random.next(below: UInt64(bytes.count)))], at: place)
          }
        }
        guard let read = try? format.parse(bytes, nowSeconds: now) else { continue }
        for case .network(let prefix) in read.entries.map(\.target) {
          #expect(prefix.length >= ListLimits.shortestLength(prefix.address.family))
        }
      }
    }
  }

  private func problems(_ format: ListFormat, _ bytes: [UInt8]) -> [ListProblem] {
    do throws(ListProblems) {
      _ = try format.parse(bytes, nowSeconds: now)
      return []
    } catch {
      return error.problems
    }
  }
}
