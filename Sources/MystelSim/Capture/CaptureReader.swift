/// Frames out of a capture file, pcap or pcapng, of either byte order.
package struct CaptureReader {
  /// One captured frame.
  package struct Record: Equatable {
    /// Since 1970.
    package var milliseconds: Double
    /// The number of the link layer's header, LINKTYPE_….
    package var link: Int
    package var bytes: [UInt8]
    /// The frame's length on the wire: more than `bytes` where it was cut.
    package var originalCount: Int
    /// From 1.
    package var number: Int
  }

  /// The longest frame that any tool writes.
  static let longestFrame = 262_144

  /// What one capturing interface says of its frames.
  struct Interface {
    var link: Int
    /// The length of a tick of the clock.
    var tick = 0.001
    /// The most that was kept of a frame.
    var longestKept = 0
  }

  private enum Format { case classic, blocks }

  var input: CaptureInput
  var isBig = false
  var interfaces: [Interface] = []
  var count = 0
  private let format: Format
  /// The place behind the last frame.
  package var offset: UInt64 { input.offset }

  /// Whether a file that starts so is a capture. Needs four bytes.
  package static func recognises(_ start: [UInt8]) -> Bool {
    magic(start) != nil || start.starts(with: blockMagic) || start.starts(with: gzipMagic)
  }

  /// - Throws: `CaptureError`, or what the input throws.
  package init(_ input: CaptureInput) throws {
    self.input = input
    let start = try self.input.peek(4)
    if start.starts(with: Self.blockMagic) {
      format = .blocks
    } else if let (isBig, tick) = Self.magic(start) {
      format = .classic
      self.isBig = isBig
      let head = CaptureWords(bytes: try self.input.take(24), isBig: isBig)
      guard let link = head.u32(20) else {
        throw CaptureError(
          offset: self.input.offset, problem: "the file ends inside its header")
      }
      // The upper bits say whether a checksum follows each frame, which IP's own length tells too.
      interfaces = [Interface(link: Int(link & 0x0fff_ffff), tick: tick)]
    } else {
      throw CaptureError(
        offset: 0,
        problem: start.starts(with: Self.gzipMagic)
          ? "is compressed: unpack it with gunzip first" : "is neither pcap nor pcapng")
    }
  }

  /// The next frame; nil at the end of the file.
  ///
  /// - Throws: `CaptureError`, or what the input throws.
  package mutating func next() throws -> Record? {
    switch format {
    case .classic: try nextClassic()
    case .blocks: try nextBlock()
    }
  }

  private mutating func nextClassic() throws -> Record? {
    let place = input.offset
    let head = CaptureWords(bytes: try input.take(16), isBig: isBig)
    if head.bytes.isEmpty { return nil }
    guard let seconds = head.u32(0), let fraction = head.u32(4), let kept = head.u32(8),
      let original = head.u32(12)
    else { throw fault(place, "the file ends inside a frame's header") }
    let milliseconds = Double(seconds) * 1000 + Double(fraction) * interfaces[0].tick
    let bytes = try frame(Int(kept), at: place)
    return record(milliseconds, interfaces[0].link, bytes, Int(original))
  }

  /// The bytes of a frame.
  mutating func frame(_ kept: Int, at place: UInt64) throws -> [UInt8] {
    guard kept <= Self.longestFrame else {
      throw fault(place, "a frame of \(kept) bytes: longer than any, so the file is damaged here")
    }
    let bytes = try input.take(kept)
    guard bytes.count == kept else {
      throw fault(place, "the file ends inside a frame: \(bytes.count) of \(kept) bytes are there")
    }
    return bytes
  }

  mutating func record(
    _ milliseconds: Double, _ link: Int, _ bytes: [UInt8], _ original: Int
  ) -> Record {
    count += 1
    return Record(
      milliseconds: milliseconds, link: link, bytes: bytes,
      originalCount: max(original, bytes.count), number: count)
  }

  /// What is wrong with the frame behind those read.
  func fault(_ place: UInt64, _ problem: String) -> CaptureError {
    CaptureError(offset: place, record: count + 1, problem: problem)
  }

  private static let blockMagic: [UInt8] = [0x0a, 0x0d, 0x0d, 0x0a]
  private static let gzipMagic: [UInt8] = [0x1f, 0x8b]

  /// The byte order, and a tick of the fraction in milliseconds.
  private static func magic(_ start: [UInt8]) -> (isBig: Bool, tick: Double)? {
    switch CaptureWords(bytes: start).u32(0) {
    case 0xa1b2_c3d4: (true, 1e-3)
    case 0xd4c3_b2a1: (false, 1e-3)
    case 0xa1b2_3c4d: (true, 1e-6)
    case 0x4d3c_b2a1: (false, 1e-6)
    default: nil
    }
  }
}
