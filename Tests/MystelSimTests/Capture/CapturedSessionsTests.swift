import MystelCore
import MystelSim
import MystelTesting
import MystelWire
import Testing

@Suite("Sessions in captures")
struct CapturedSessionsTests {
  @Test("a session is read from every link layer, over IPv4 and IPv6", arguments: CaptureLink.all)
  func links(link: CaptureLink) throws {
    let six = Endpoint(IPAddress(ipv6High: 0x2001_0db8_0000_0000, low: 7), port: 41_000)
    let seven = Endpoint(IPAddress(ipv6High: 0x2001_0db8_0000_0000, low: 8), port: 7801)
    for (client, server) in [(Endpoint.player(1), Endpoint.gateway), (six, seven)] {
      let script = CapturedScript(seed: 1)
      var talk = CapturedTalk(client: client, server: server)
      script.play(in: &talk)
      talk.end()
      let file = CaptureFile.plain.bytes(talk.frames(link), link: link.number)
      let read = try Reading(file)
      #expect(read.problems == [])
      #expect(read.packets.map(\.bytes) == script.lines.map(\.bytes))
      #expect(read.packets.map(\.from) == script.lines.map(\.from))
      #expect(read.packets.allSatisfy { $0.session.client == client })
      #expect(read.packets.allSatisfy { $0.session.server == server })
      #expect(read.packets.allSatisfy { $0.session.build == 367_081 })
    }
  }

  @Test("pcap and pcapng of both byte orders say the same", arguments: CaptureFile.allCases)
  func formats(format: CaptureFile) throws {
    let script = CapturedScript(seed: 2)
    var talk = CapturedTalk()
    script.play(in: &talk)
    let read = try Reading(format.bytes(talk.frames()))
    #expect(read.problems == [])
    #expect(read.packets.map(\.bytes) == script.lines.map(\.bytes))
    // The eighth segment: 7 times 2 ms after the first.
    let first = try #require(read.packets.first)
    #expect(abs(first.milliseconds - 16) < 0.01)
  }

  @Test("the order, the cuts and the repetitions of segments change nothing", arguments: 0..<40)
  func disorder(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    let script = CapturedScript(seed: UInt64(seed), lines: 60)
    var talk = CapturedTalk(sequence: UInt32(truncatingIfNeeded: random.next()))
    script.play(in: &talk, at: 1 + Int(random.next(below: 300)))
    talk.end()
    disturb(&talk, &random)
    let read = try Reading(CaptureFile.plain.bytes(talk.frames()))
    #expect(read.problems == [], "seed \(seed)")
    for side in Side.allCases {
      #expect(
        read.packets.filter { $0.from == side }.map(\.bytes) == script.said(by: side),
        "seed \(seed)")
    }
  }

  @Test("numbers of segments wrap, and nothing is lost", arguments: [0, 1, 2, 130, 300, 5000])
  func wrap(before: UInt32) throws {
    let script = CapturedScript(seed: 3)
    var talk = CapturedTalk(sequence: 0 &- before)
    script.play(in: &talk)
    let read = try Reading(CaptureFile.plain.bytes(talk.frames()))
    #expect(read.problems == [])
    #expect(read.packets.map(\.bytes) == script.lines.map(\.bytes))
  }

  @Test("several sessions beside other connections come out each by its ends")
  func several() throws {
    var frames: [CaptureFrame] = []
    let scripts = (0..<4).map { CapturedScript(seed: 10 + UInt64($0)) }
    for (number, script) in scripts.enumerated() {
      var talk = CapturedTalk(client: .player(UInt16(number)))
      script.play(in: &talk)
      frames += talk.frames()
      var web = CapturedTalk(client: .player(100 + UInt16(number)))
      web.say(Array("GET / HTTP/1.1\r\n\r\n".utf8), from: .client)
      web.say(Array("HTTP/1.1 200 OK\r\n\r\n".utf8), from: .backend)
      frames += web.frames()
    }
    frames.sort { $0.milliseconds < $1.milliseconds }
    let read = try Reading(CaptureFile.blocks.bytes(frames))
    #expect(read.problems == [])
    #expect(read.counts.connections == 8)
    #expect(read.counts.sessions == 4)
    for (number, script) in scripts.enumerated() {
      let own = read.packets.filter { $0.session.client == .player(UInt16(number)) }
      #expect(own.map(\.bytes) == script.lines.map(\.bytes))
    }
  }

  @Test("a player who connects again from the same port begins a new session", arguments: [4, 17])
  func again(flags: UInt8) throws {
    let scripts = [CapturedScript(seed: 20), CapturedScript(seed: 21)]
    var frames: [CaptureFrame] = []
    for (index, script) in scripts.enumerated() {
      var talk = CapturedTalk(sequence: UInt32(index) * 1_000_000)
      script.play(in: &talk)
      if index == 0 { talk.end(flags) }
      frames += talk.frames()
    }
    let read = try Reading(CaptureFile.plain.bytes(frames))
    #expect(read.problems == [])
    #expect(read.packets.map(\.bytes) == scripts.flatMap { $0.lines.map(\.bytes) })
    #expect(Set(read.packets.map(\.session.number)).count == 2)
  }

  @Test("a PROXY header in front of the client's keys is passed over", arguments: [1, 2])
  func proxyHeader(version: Int) throws {
    let one = Array("PROXY TCP4 203.0.113.9 192.0.2.1 40000 7801\r\n".utf8)
    let two: [UInt8] =
      [0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12]
      + [203, 0, 113, 9, 192, 0, 2, 1, 0x9c, 0x40, 0x1e, 0x79]
    let script = CapturedScript(seed: 4)
    var talk = CapturedTalk()
    script.play(in: &talk, header: version == 1 ? one : two)
    let read = try Reading(CaptureFile.plain.bytes(talk.frames()))
    #expect(read.problems == [])
    #expect(read.packets.map(\.bytes) == script.lines.map(\.bytes))
  }

  @Test("the keys of old patches are mixed in their own way, if that is said")
  func legacy() throws {
    var script = CapturedScript(seed: 5)
    script.schedule = .legacy
    var talk = CapturedTalk()
    script.play(in: &talk)
    let file = CaptureFile.plain.bytes(talk.frames())
    #expect(try Reading(file, .legacy).packets.map(\.bytes) == script.lines.map(\.bytes))
    let wrong = try Reading(file)
    #expect(wrong.packets == [])
    #expect(wrong.problems.count == 1)
    #expect(wrong.problems.first?.contains("another key schedule") == true)
  }

  @Test("a lost segment ends a session where it is missing, and no other session")
  func lost() throws {
    let scripts = [CapturedScript(seed: 6), CapturedScript(seed: 7)]
    var talks = [CapturedTalk(client: .player(1)), CapturedTalk(client: .player(2))]
    for index in [0, 1] { scripts[index].play(in: &talks[index]) }
    let place = try #require(
      talks[0].segments.indices.dropFirst(20).first { talks[0].segments[$0].from == .backend })
    let gone = talks[0].segments.remove(at: place)
    let read = try Reading(CaptureFile.plain.bytes(talks[0].frames() + talks[1].frames()))
    let problem = try #require(read.problems.first)
    #expect(read.problems.count == 1)
    let start = gone.sequence &- ~UInt32(1000) &- 1
    #expect(
      problem
        == "\(gone.payload.count) bytes from \(Endpoint.gateway) are missing behind byte \(start)"
        + " of its stream")
    let whole = read.packets.filter { $0.session.client == .player(2) }
    #expect(whole.map(\.bytes) == scripts[1].lines.map(\.bytes))
    let started = read.packets.filter { $0.session.client == .player(1) && $0.from == .backend }
    #expect(!started.isEmpty && scripts[0].said(by: .backend).starts(with: started.map(\.bytes)))
  }

  @Test("frames that were cut when capturing are named as the cause")
  func cut() throws {
    let script = CapturedScript(seed: 8)
    var talk = CapturedTalk()
    script.play(in: &talk)
    let frames = talk.frames().map { frame in
      CaptureFrame(milliseconds: frame.milliseconds, bytes: frame.bytes, kept: 96)
    }
    let read = try Reading(CaptureFile.plain.bytes(frames))
    #expect(read.packets == [])
    #expect(read.problems.count == 1)
    #expect(read.problems.first?.hasSuffix("capture whole ones (tcpdump -s 0)") == true)
  }

  @Test("health checks are no sessions, and no problem")
  func healthChecks() throws {
    var talk = CapturedTalk()
    talk.say([1, 0, 0, 0], from: .backend)
    talk.end()
    let read = try Reading(CaptureFile.plain.bytes(talk.frames()))
    #expect(read.events == [])
    #expect(read.counts.sessions == 0)
    #expect(read.counts.connections == 1)
  }

  @Test("what waits for a lost segment is bounded")
  func bounded() throws {
    var talk = CapturedTalk()
    let script = CapturedScript(seed: 9)
    script.play(in: &talk)
    talk.segments.remove(at: talk.segments.count - 4)
    for _ in 0..<9000 { talk.say([1, 2, 3], from: .backend) }
    for _ in 0..<9000 { talk.say([1, 2, 3], from: .client) }
    let read = try Reading(CaptureFile.plain.bytes(talk.frames()))
    #expect(read.problems.count == 1)
    #expect(read.problems.first?.contains("are missing behind byte") == true)
  }

  /// Moves segments by a few places, sends some twice, and some once more with their neighbours.
  private func disturb(_ talk: inout CapturedTalk, _ random: inout SplitMix64) {
    var segments = Array(talk.segments.dropFirst(2))
    for index in segments.indices.reversed() {
      let next = segments.indices.dropFirst(index + 1).first {
        segments[$0].from == segments[index].from
      }
      switch random.next(below: 10) {
      case 0: segments.insert(segments[index], at: min(segments.count, index + 3))
      case 1:
        guard let next, segments[next].flags == 24 else { continue }
        var both = segments[index]
        both.payload += segments[next].payload
        segments.insert(both, at: index + Int(random.next(below: 3)))
      default: break
      }
    }
    for _ in segments {
      let index = Int(random.next(below: UInt64(segments.count)))
      let other = min(segments.count - 1, index + Int(random.next(below: 6)))
      // The end of a connection comes last, as both ends wait for it.
      if segments[index].flags & 1 == 0, segments[other].flags & 1 == 0 {
        segments.swapAt(index, other)
      }
    }
    talk.segments.replaceSubrange(2..., with: segments)
  }
}

/// A capture, read to its end.
struct Reading {
  var events: [CapturedSessions.Event] = []
  var counts = CapturedSessions.Counts()

  init(_ file: [UInt8], _ schedule: KeySchedule = .current) throws {
    var reader = try CaptureReader(CaptureInput(file))
    var sessions = CapturedSessions(schedule: schedule)
    while let record = try reader.next() {
      try sessions.receive(record, at: reader.offset) { events.append($0) }
    }
    sessions.finish { events.append($0) }
    counts = sessions.counts
  }

  var packets: [CapturedSessions.Packet] {
    events.compactMap { if case .packet(let packet) = $0 { packet } else { nil } }
  }

  var problems: [String] {
    events.compactMap { if case .problem(_, _, let text) = $0 { text } else { nil } }
  }
}
