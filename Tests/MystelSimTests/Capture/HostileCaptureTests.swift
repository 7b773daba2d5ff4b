import MystelCore
import MystelSim
import MystelTesting
import MystelWire
import Testing

@Suite("Captures that are cut, damaged or none")
struct HostileCaptureTests {
  @Test("a file cut off anywhere says where, unless it ends behind a frame")
  func cutOff() throws {
    for format in [CaptureFile.plain, .blocks] {
      let file = format.bytes(short(lines: 3))
      let whole = try Reading(file)
      var clean = 0
      for count in 0..<file.count {
        do {
          let read = try Reading(Array(file[..<count]))
          #expect(whole.packets.starts(with: read.packets))
          clean += 1
        } catch let error as CaptureError {
          #expect(error.offset <= UInt64(count))
          if count >= 24 {
            #expect(error.problem.contains("ends inside"), "\(count): \(error)")
          }
        }
      }
      // As many as there are frames and blocks.
      #expect(clean > 5 && clean < 30)
    }
  }

  @Test("the error of a file cut off names the frame and its place")
  func place() {
    let frames = short(lines: 3)
    let file = CaptureFile.plain.bytes(frames)
    let last = frames[frames.count - 1].bytes.count
    #expect {
      try Reading(file.dropLast(1))
    } throws: { error in
      "\(error)" == "byte \(file.count - last - 16), frame \(frames.count): the file ends inside a"
        + " frame: \(last - 1) of \(last) bytes are there"
    }
  }

  @Test("damaged bytes never end the program, and memory stays small", arguments: 0..<4)
  func damaged(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    for format in CaptureFile.allCases {
      for link in [CaptureLink.ethernet, CaptureLink.all[7]] {
        let sound = format.bytes(short(lines: 6, link), link: link.number)
        for _ in 0..<15 {
          var file = sound
          for _ in 0...random.next(below: 8) {
            let at = Int(random.next(below: UInt64(file.count)))
            file[at] = UInt8(truncatingIfNeeded: random.next())
          }
          do {
            _ = try Reading(file)
          } catch {
            #expect(error is CaptureError)
          }
        }
      }
    }
  }

  @Test("damaged headers of IP and TCP never end the program", arguments: 0..<4)
  func damagedFrames(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    for link in CaptureLink.all {
      for _ in 0..<20 {
        var frames = short(lines: 4, link)
        for index in frames.indices where random.next(below: 3) == 0 {
          let at = Int(random.next(below: UInt64(min(frames[index].bytes.count, 80))))
          frames[index].bytes[at] = UInt8(truncatingIfNeeded: random.next())
          if random.next(below: 4) == 0 {
            frames[index].bytes.removeLast(Int(random.next(below: UInt64(at + 1))))
          }
        }
        _ = try Reading(CaptureFile.plain.bytes(frames, link: link.number))
      }
    }
  }

  @Test("lengths beyond any frame's or block's are damage, not memory")
  func lengths() {
    var classic = CaptureFile.plain.bytes(short(lines: 1))
    classic.replaceSubrange(24 + 8..<24 + 12, with: [255, 255, 255, 127])
    expect(classic, "byte 24, frame 1: a frame of 2147483647 bytes: longer than any")
    var blocks = CaptureFile.blocks.bytes(short(lines: 1))
    blocks.replaceSubrange(32..<36, with: [252, 255, 255, 127])
    expect(blocks, "byte 28, frame 1: a block of 2147483644 bytes: longer than any")
    blocks.replaceSubrange(32..<36, with: [8, 0, 0, 0])
    expect(blocks, "byte 28, frame 1: a block of 8 bytes: the file is damaged here")
  }

  @Test("what is no capture is called so, and what is compressed too")
  func none() {
    expect([], "byte 0: is neither pcap nor pcapng")
    expect(Array("{\"format\":".utf8), "byte 0: is neither pcap nor pcapng")
    expect([0x1f, 0x8b, 8, 0], "byte 0: is compressed: unpack it with gunzip first")
    #expect(CaptureReader.recognises([0x1f, 0x8b, 8, 0]))
    #expect(!CaptureReader.recognises(Array("{\"f".utf8)))
  }

  @Test("a link layer that is not known, and fragments, are counted and not read")
  func unknown() throws {
    let frames = short(lines: 2)
    let read = try Reading(CaptureFile.plain.bytes(frames, link: 147))
    #expect(read.events == [])
    #expect(read.counts.unknownLinks == frames.count)
    #expect(read.counts.unknownLink == 147)
    let parts = frames.map { frame in
      var part = frame
      part.bytes[14 + 6] = 0x20
      return part
    }
    let fragments = try Reading(CaptureFile.plain.bytes(parts))
    #expect(fragments.events == [])
    #expect(fragments.counts.fragments == parts.count)
  }

  @Test("a game that is not TERA but says its hello is told apart by its first packets")
  func pretender() throws {
    var random = SplitMix64(seed: 1)
    var talk = CapturedTalk()
    talk.say([1, 0, 0, 0], from: .backend)
    talk.say(random.bytes(400), from: .client)
    talk.say(random.bytes(400), from: .backend)
    let read = try Reading(CaptureFile.plain.bytes(talk.frames()))
    #expect(read.packets == [])
    #expect(read.problems.count == 1)
    #expect(read.problems.first?.contains("no TERA") == true)
  }

  private func expect(_ file: [UInt8], _ start: String) {
    #expect {
      try Reading(file)
    } throws: { error in
      "\(error)".hasPrefix(start)
    }
  }

  private func short(lines: Int, _ link: CaptureLink = .ethernet) -> [CaptureFrame] {
    let script = CapturedScript(seed: 30, lines: lines)
    var talk = CapturedTalk()
    script.play(in: &talk)
    return talk.frames(link)
  }
}
