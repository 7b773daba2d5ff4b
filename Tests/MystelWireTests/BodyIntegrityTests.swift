import Foundation
import MystelWire
import Testing

@Suite("The integrity hash")
struct BodyIntegrityTests {
  /// Opcode 51234, count 7, eight bytes of body.
  private static let packet = BodyBytes.hex("1400 22c8 07000000 00000000 0900ff80010203c8")

  @Test(
    "is not put into a packet that is too short for it, or none",
    arguments: ["", "0400", "0b00 22c8 07000000 000000", "0d00 22c8 07000000 00000000"])
  func tooShort(_ hex: String) throws {
    var bytes = BodyBytes.hex(hex)
    let before = bytes
    #expect(!Integrity.stamp(&bytes, count: 1, seed: .signed(1)))
    #expect(bytes == before)
    if let view = PacketView(bytes.span.bytes) {
      #expect(Integrity.hash(of: view, seed: .signed(1)) == nil)
    }
  }

  @Test(
    "is the sum that the protocol's page describes, for seeds of either sign",
    arguments: [
      (.signed(0), 0x0002_5c27), (.signed(7), 0x0007_d76b), (.signed(-2), 0x0000_cf03),
      (.unsigned(0xffff_fffe), 0x000a_2b70), (.signed(123_456_789), 0xc52b_cbf6),
      (.unsigned(123_456_789), 0xc52b_cbf6), (.signed(-559_038_737), 0x63f9_1d5a),
      (.unsigned(3_735_928_559), 0x0a9c_40c2),
    ] as [(Integrity.Seed, UInt32)])
  func hash(_ seed: Integrity.Seed, _ expected: UInt32) throws {
    let view = try BodyBytes.view(Self.packet.span.bytes)
    #expect(Integrity.hash(of: view, seed: seed) == expected)
  }

  @Test("does not cover its own four bytes")
  func ownBytes() throws {
    var bytes = Self.packet
    bytes.replaceSubrange(8..<12, with: [0xff, 1, 2, 3])
    let view = try BodyBytes.view(bytes.span.bytes)
    #expect(Integrity.hash(of: view, seed: .signed(7)) == 0x0007_d76b)
  }

  @Test("is stamped behind the count, and is zero without a seed")
  func stamp() {
    var bytes = Self.packet
    #expect(Integrity.stamp(&bytes, count: 7, seed: .signed(7)))
    #expect(bytes == BodyBytes.hex("1400 22c8 07000000 6bd70700 0900ff80010203c8"))
    #expect(Integrity.stamp(&bytes, count: 8, seed: nil))
    #expect(bytes == BodyBytes.hex("1400 22c8 08000000 00000000 0900ff80010203c8"))
  }

  @Test("equals every published vector", .enabled(if: BodyShared.isPresent))
  func published() throws {
    struct File: Decodable { let vectors: [Vector] }
    struct Vector: Decodable {
      let seed: Int32?
      let frame_count1: String
      let frame_count2: String
    }
    let folder = try #require(BodyShared.folder)
    let data = try Data(contentsOf: folder.appending(path: "tera/vectors/integrity.json"))
    let vectors = try JSONDecoder().decode(File.self, from: data).vectors
    #expect(vectors.count == 18)
    for vector in vectors {
      for (index, hex) in [vector.frame_count1, vector.frame_count2].enumerated() {
        let count = UInt32(index + 1)
        let expected = BodyBytes.hex(hex)
        var stamped = expected
        stamped.replaceSubrange(4..<12, with: [UInt8](repeating: 0xaa, count: 8))
        let seed = vector.seed.map(Integrity.Seed.signed)
        #expect(Integrity.stamp(&stamped, count: count, seed: seed))
        #expect(stamped == expected)
      }
    }
  }
}
