/// Reading pcapng: blocks, each with its type and length in front and its length once more behind.
extension CaptureReader {
  private static let longestBlock = CaptureReader.longestFrame + 65_536
  private static let mostInterfaces = 4096

  private enum Block {
    static let section: UInt32 = 0x0a0d_0d0a
    static let interface: UInt32 = 1
    /// Of early versions of the format.
    static let packet: UInt32 = 2
    static let simple: UInt32 = 3
    static let enhanced: UInt32 = 6
  }

  /// The frame of the next block that has one.
  mutating func nextBlock() throws -> Record? {
    while true {
      let place = input.offset
      let start = try input.peek(12)
      if start.isEmpty { return nil }
      if CaptureWords(bytes: start).u32(0) == Block.section { try beginSection(start, place) }
      let head = CaptureWords(bytes: start, isBig: isBig)
      guard let type = head.u32(0), let length = head.u32(4).map(Int.init) else {
        throw fault(place, "the file ends inside a block's header")
      }
      guard length >= 12, length % 4 == 0 else {
        throw fault(place, "a block of \(length) bytes: the file is damaged here")
      }
      let holdsFrame = [Block.packet, Block.simple, Block.enhanced].contains(type)
      guard holdsFrame || type == Block.interface else {
        guard try input.skip(length) == length else {
          throw fault(place, "the file ends inside a block of \(length) bytes")
        }
        continue
      }
      guard length <= Self.longestBlock else {
        throw fault(
          place, "a block of \(length) bytes: longer than any, so the file is damaged here")
      }
      let block = CaptureWords(bytes: try input.take(length), isBig: isBig)
      guard block.bytes.count == length else {
        throw fault(
          place, "the file ends inside a block: \(block.bytes.count) of \(length) bytes are there")
      }
      guard block.u32(length - 4).map(Int.init) == length else {
        throw fault(place, "a block's two lengths differ: the file is damaged here")
      }
      if holdsFrame { return try frame(type, block, at: place) }
      try addInterface(block, at: place)
    }
  }

  /// A section has a byte order and interfaces of its own.
  private mutating func beginSection(_ start: [UInt8], _ place: UInt64) throws {
    switch CaptureWords(bytes: start).u32(8) {
    case 0x1a2b_3c4d: isBig = true
    case 0x4d3c_2b1a: isBig = false
    default: throw fault(place, "a section that tells no byte order: the file is damaged here")
    }
    interfaces = []
  }

  private mutating func addInterface(_ block: CaptureWords, at place: UInt64) throws {
    guard interfaces.count < Self.mostInterfaces else {
      throw fault(place, "more than \(Self.mostInterfaces) interfaces")
    }
    guard block.bytes.count >= 20, let link = block.u16(8), let kept = block.u32(12) else {
      throw fault(place, "an interface's block is too short")
    }
    interfaces.append(
      Interface(link: link, tick: Self.tick(block), longestKept: Int(kept)))
  }

  /// The tick of an interface's clock in milliseconds: option 9, or a microsecond.
  private static func tick(_ block: CaptureWords) -> Double {
    var at = 16
    let end = block.bytes.count - 4
    while let code = block.u16(at), let count = block.u16(at + 2), code != 0, at + 4 + count <= end
    {
      if code == 9, count >= 1, let value = block.u8(at + 4) {
        let base = value & 0x80 == 0 ? 10.0 : 2.0
        return (0..<(value & 0x7f)).reduce(1000) { tick, _ in tick / base }
      }
      at += 4 + (count + 3) / 4 * 4
    }
    return 1e-3
  }

  private mutating func frame(
    _ type: UInt32, _ block: CaptureWords, at place: UInt64
  ) throws -> Record {
    let isSimple = type == Block.simple
    let number = isSimple ? 0 : type == Block.enhanced ? block.u32(8).map(Int.init) : block.u16(8)
    guard let number, interfaces.indices.contains(number) else {
      throw fault(place, "a frame of an interface that was not described")
    }
    let interface = interfaces[number]
    let start = isSimple ? 12 : 28
    guard let original = block.u32(isSimple ? 8 : 24).map(Int.init),
      let kept = isSimple
        ? min(original, interface.longestKept == 0 ? original : interface.longestKept)
        : block.u32(20).map(Int.init),
      start + kept <= block.bytes.count - 4
    else { throw fault(place, "a frame is longer than its block") }
    // A simple block has no time: its frames are all of the beginning.
    let ticks =
      isSimple ? 0 : UInt64(block.u32(12) ?? 0) << 32 | UInt64(block.u32(16) ?? 0)
    return record(
      Double(ticks) * interface.tick, interface.link, Array(block.bytes[start..<start + kept]),
      original)
  }
}
