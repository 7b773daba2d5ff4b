import MystelTesting
import MystelWire
import Testing

@Suite("Readers of packet bodies")
struct BodyFuzzTests {
  @Test("return on random bytes", arguments: [1, 2, 3] as [UInt64])
  func random(_ seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<400 {
      let count = Int.random(in: 0...120, using: &random)
      fuzzPacketBody((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
    }
  }

  @Test("return on real shapes with a few bytes changed", arguments: [4, 5, 6] as [UInt64])
  func mutated(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let shapes = try Self.shapes()
    for _ in 0..<400 {
      var bytes = shapes.randomElement(using: &random) ?? []
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let interesting: [UInt8] = [0, 1, 4, 8, 12, 0x7f, 0x80, 0xff, UInt8(bytes.count & 0xff)]
        let index = Int.random(in: 0..<bytes.count, using: &random)
        bytes[index] = interesting.randomElement(using: &random) ?? 0
      }
      if Bool.random(using: &random) {
        bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
      }
      fuzzPacketBody(bytes)
    }
  }

  @Test("return on the longest packet, whose every word points to itself or ahead")
  func longest() {
    var bytes = [UInt8](repeating: 0, count: 65535)
    for index in stride(from: 8, to: 65534, by: 2) {
      bytes[index] = UInt8(index & 0xff)
      bytes[index + 1] = UInt8(index >> 8)
    }
    bytes.replaceSubrange(4..<8, with: [0xff, 0x3f, 8, 0])
    fuzzPacketBody(bytes)
    // A chain of as many elements as fit.
    for index in stride(from: 8, to: 65530, by: 4) {
      let next = index + 8 <= 65534 ? index + 4 : 0
      bytes[index + 2] = UInt8(next & 0xff)
      bytes[index + 3] = UInt8(next >> 8)
    }
    fuzzPacketBody(bytes)
  }

  /// Well-formed packets with every kind of reference.
  private static func shapes() throws -> [[UInt8]] {
    var login = PacketWriter()
    login.string("player")
    login.bytes([1, 2, 3])
    login.u32(6)
    var skill = PacketWriter()
    skill.interleavedArrays(
      [1, 2] as [UInt64],
      { element, id in
        element.u64(id)
        element.u64(0)
      }, [Vector3.zero], { element, point in element.vector(point) })
    skill.u64(9)
    var nested = PacketWriter()
    nested.array(["a", "bc"]) { element, text in
      element.strings([text, ""])
      element.u32(1)
    }
    return [
      try login.packet(opcode: 64460), try skill.packet(opcode: 54240),
      try nested.packet(opcode: 7), CheckVersion(build: 367081, second: 1).packet(),
    ]
  }
}
