import MystelWire
import Testing

@Suite("C_CHECK_VERSION")
struct BodyCheckVersionTests {
  private static let real = """
    2000 bc4d 0200 0800 | 0800 1400 00000000 1d8a0500 | 1400 0000 01000000 ce7b0500
    """

  private func parse(_ hex: String) throws -> Result<CheckVersion, CheckVersion.Fault> {
    let bytes = BodyBytes.hex(hex)
    let packet = try BodyBytes.view(bytes.span.bytes)
    return CheckVersion.parse(packet)
  }

  /// Links and index of one element, or of two, around the values of the real client.
  private static func one(_ count: String, _ offset: String, _ element: String) -> String {
    "1400 bc4d \(count) \(offset) \(element) 1d8a0500"
  }

  private static func two(_ reference: String, _ first: String, _ second: String) -> String {
    "2000 bc4d \(reference) \(first) 1d8a0500 \(second) ce7b0500"
  }

  @Test(
    "is refused with the first thing that is wrong",
    arguments: [
      ("1400 bd4d 0100 0800 0800 0000 00000000 1d8a0500", .notCheckVersion),
      ("0400 bc4d", .tooShort),
      ("0700 bc4d 0100 08", .tooShort),
      ("0800 bc4d 0000 0000", .countOutOfRange),
      ("0800 bc4d ffff 0800", .countOutOfRange),
      (one("0900", "0800", "0800 0000 00000000"), .countOutOfRange),
      ("0800 bc4d 0100 0800", .brokenArray),
      ("1300 bc4d 0100 0800 0800 0000 00000000 1d8a05", .brokenArray),
      (one("0100", "0400", "0800 0000 00000000"), .brokenArray),
      (one("0800", "0800", "0800 0800 00000000"), .brokenArray),
      (two("0200 0800", "0800 0800 00000000", "1400 0000 01000000"), .brokenArray),
      (two("0200 0800", "0800 1000 00000000", "1400 0000 01000000"), .brokenArray),
      (two("0200 1400", "0800 0000 00000000", "1400 0800 01000000"), .brokenArray),
      (two("0200 0800", "0800 1400 00000000", "1400 0800 01000000"), .brokenArray),
      (two("0100 0800", "0800 1400 00000000", "1400 0000 01000000"), .brokenArray),
      (one("0100", "0800", "0800 0000 ffffffff"), .indexOutOfRange),
      (one("0100", "0800", "0800 0000 02000000"), .indexOutOfRange),
      (two("0200 0800", "0800 1400 00000000", "1400 0000 00000000"), .indexRepeated),
      (two("0200 0800", "0800 1400 01000000", "1400 0000 01000000"), .indexRepeated),
      (one("0100", "0800", "0800 0000 01000000"), .buildMissing),
    ] as [(String, CheckVersion.Fault)])
  func refused(_ hex: String, _ fault: CheckVersion.Fault) throws {
    #expect(try parse(hex) == .failure(fault))
  }

  @Test("is refused over 104 bytes, the most that eight elements take")
  func tooLong() throws {
    let longest = "6800" + Self.real.dropFirst(4) + String(repeating: "00", count: 72)
    #expect(try parse(longest) == .success(CheckVersion(build: 363037, second: 359374)))
    let longer = "6900" + Self.real.dropFirst(4) + String(repeating: "00", count: 73)
    #expect(try parse(longer) == .failure(.tooLong))
  }

  @Test("of a real 90.02 client claims 363037, and is written as that client wrote it")
  func real() throws {
    let claim = CheckVersion(build: 363037, second: 359374)
    #expect(try parse(Self.real) == .success(claim))
    #expect(claim.packet() == BodyBytes.hex(Self.real))
  }

  @Test("may carry the build alone, or behind the other value")
  func orders() throws {
    #expect(
      try parse("1400 bc4d 0100 0800 0800 0000 00000000 e9990500")
        == .success(CheckVersion(build: 367081, second: nil)))
    #expect(
      try parse("2000 bc4d 0200 0800 0800 1400 01000000 07000000 1400 0000 00000000 e9990500")
        == .success(CheckVersion(build: 367081, second: 7)))
    #expect(
      CheckVersion(build: 367081, second: nil).packet()
        == BodyBytes.hex("1400 bc4d 0100 0800 0800 0000 00000000 e9990500"))
  }
}

@Suite("A build")
struct BodyBuildTests {
  @Test("that nobody listed is unknown")
  func unknown() {
    for number: UInt32 in [0, 363037, 367079, 367082, .max] {
      #expect(TeraBuild.known(number) == nil)
    }
  }

  @Test(
    "has its patch, region and login opcode",
    arguments: [
      (366226, "92.03", .taiwan, 42188), (367078, "92.04", .europe, 27184),
      (367080, "92.04", .russia, 38025), (367081, "92.04", .taiwan, 64460),
      (376012, "100.02", .taiwan, 23285),
    ] as [(UInt32, String, TeraBuild.Region, UInt16)])
  func known(
    _ number: UInt32, _ patch: String, _ region: TeraBuild.Region, _ login: UInt16
  ) throws {
    let build = try #require(TeraBuild.known(number))
    #expect(build.number == number)
    #expect(build.patch.description == patch)
    #expect(build.region == region)
    #expect(build.loginArbiterOpcode == login)
    #expect(build.skillWidth == .wide)
  }

  @Test("is older where its patch is")
  func order() {
    #expect(TeraBuild.all.map(\.patch) == TeraBuild.all.map(\.patch).sorted())
    #expect(TeraBuild.Patch(major: 92, minor: 4) < TeraBuild.Patch(major: 100, minor: 2))
    #expect(TeraBuild.Patch(major: 92, minor: 3) < TeraBuild.Patch(major: 92, minor: 4))
  }
}
