import Foundation
import MystelConfig
import MystelCore
import Testing

/// A pack that is wrong, made of a sound one, and what is said about it.
struct PackFileCase: Sendable, CustomTestStringConvertible {
  var what: String
  /// Which file is changed, and how; a file that is not there is added.
  var file: String
  var change: @Sendable (String) -> String?
  /// The problems, from the file on.
  var expected: [String]

  var testDescription: String { what }

  init(
    _ what: String, _ file: String, _ expected: String...,
    change: @escaping @Sendable (String) -> String?
  ) {
    self.what = what
    self.file = file
    self.expected = expected
    self.change = change
  }
}

@Suite("Pack files") struct PackFileTests {
  @Test("what is wrong in a pack is said with its file and line", arguments: cases)
  func wrong(_ document: PackFileCase) {
    var files = Self.sound
    let old = files.first { $0.path == document.file }?.text ?? ""
    files.removeAll { $0.path == document.file }
    if let text = document.change(old) { files.append(.init(path: document.file, text: text)) }
    let found = Self.problems(files)
    #expect(found == document.expected)
  }

  @Test("F21: a list of opcodes that is not its build's is refused, by its hash and by its numbers")
  func otherList() throws {
    #expect(Self.problems(Self.sound) == [])
    // The list of another build, under this one's name and hash.
    let other = EmbeddedPack.files(in: "builds/367080").first { $0.path.hasSuffix("opcodes.txt") }
    let text = try #require(other?.text)
    var files = Self.sound
    files[1].text = text
    let hash = try #require(
      EmbeddedPack.files(in: "builds/367080").first?.text.split(separator: "\n")
        .first { $0.hasPrefix("opcodes ") })
    let found = Self.problems(files)
    #expect(found.count == 2)
    #expect(found.first?.contains("is of another list: write `\(hash)`") == true)
    // The hash put right, as whoever copies files would: the numbers still tell.
    files[0].text = files[0].text.split(separator: "\n")
      .map { $0.hasPrefix("opcodes ") ? hash : $0 }.joined(separator: "\n")
    let left = Self.problems(files)
    #expect(left.count == 1)
    #expect(left.first?.contains("is not the list of build 367081") == true)
  }

  @Test(
    "an operator's own build says which packets carry an integrity header, the rest stays as it was"
  )
  func integrity() throws {
    var files = Self.sound
    files[0].text += "integrity required C_DIALOG\nintegrity absent *\n"
    let loaded = PackLoader.load(imported: files, from: "packs")
    #expect(loaded.problems == [])
    let own = try #require(loaded.packs.first { $0.build == 367_081 })
    #expect(own.packets["C_DIALOG"]?.integrity == .required)
    #expect(own.packets["C_CHAT"]?.integrity == .absent)
    // A line on one packet is more than a line on all.
    #expect(own.packets["C_GET_ATTENDANCE_REWARD"]?.integrity == .possible)
    #expect(own.packets["C_CHECK_VERSION"]?.integrity == .absent)
    let other = loaded.packs.first { $0.build == 367_080 }
    #expect(other?.packets["C_DIALOG"]?.integrity == .possible)
  }

  @Test("F21: a single number that was changed by hand is refused by its hash")
  func oneNumber() {
    var files = Self.sound
    files[1].text = files[1].text.replacing("61507 C_ADMIN\n", with: "61508 C_ADMIN\n")
    #expect(files[1].text != Self.sound[1].text)
    #expect(Self.problems(files).contains { $0.contains("is of another list") })
  }

  @Test("F21: a pack that is refused changes nothing of what is in force")
  func allOrNothing() throws {
    let folder = try TemporaryFolder([
      "builds/367081/build.pack": Array("build 367081\npatch 9204\n".utf8),
      "builds/367081/opcodes.txt": Array("19900 C_CHECK_VERSION\n".utf8),
    ])
    var inspection = Configuration.Inspection()
    inspection.packsDirectory = folder.path
    #expect(throws: ConfigurationProblems.self) { try InspectionLoader.load(inspection) }
  }

  @Test("bytes that are no UTF-8, pipes and files over a megabyte are refused with their place")
  func bytes() throws {
    let pack = Array("build 367081\npatch 9204\n".utf8)
    for (bytes, message) in [
      ([UInt8]("19900 C_\u{e9}".utf8.dropLast()), "1:9: a byte here is not UTF-8 text"),
      ([UInt8](repeating: 0x23, count: (1 << 20) + 1), "1:1: is larger than 1 MiB"),
    ] {
      let folder = try TemporaryFolder([
        "builds/367081/build.pack": pack, "builds/367081/opcodes.txt": bytes,
      ])
      #expect(
        Self.lines(folder).contains { $0.contains("builds/367081/opcodes.txt:\(message)") })
    }
    let folder = try TemporaryFolder(["builds/367081/build.pack": pack])
    #expect(mkfifo(folder.path + "/builds/367081/opcodes.txt", 0o600) == 0)
    #expect(Self.lines(folder).contains { $0.hasSuffix("opcodes.txt: is no regular file") })
  }

  @Test("a directory without a build, as the one above it, is told to be the wrong one")
  func wrongDirectory() throws {
    let above = Self.sound.map { EmbeddedPack.File(path: "367081/" + $0.path, text: $0.text) }
    #expect(Self.problems(above).first?.hasPrefix("packs: holds no build") == true)
    #expect(Self.problems([]).count == 1)
  }

  // MARK: Helpers

  /// The embedded pack of 367081, `build.pack` first.
  private static let sound = EmbeddedPack.files(in: "builds/367081")

  private static func problems(_ files: [EmbeddedPack.File]) -> [String] {
    PackLoader.load(imported: files, from: "packs").problems.map(\.description)
  }

  private static func lines(_ folder: TemporaryFolder) -> [String] {
    var inspection = Configuration.Inspection()
    inspection.packsDirectory = folder.path
    do throws(ConfigurationProblems) {
      _ = try InspectionLoader.load(inspection)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }
}

extension PackFileTests {
  private static let pack = "builds/367081/build.pack"
  private static let opcodes = "builds/367081/opcodes.txt"
  private static let layout = "layouts/own.layout"

  static let cases: [PackFileCase] = builds + lists + layouts

  private static let builds: [PackFileCase] = [
    .init("no build.pack", pack, "packs/builds/367081/build.pack: is missing") { _ in nil },
    .init(
      "an empty build.pack", pack, "packs/builds/367081/build.pack: has no line `build NUMBER`",
      "packs/builds/367081/build.pack: has no line `patch NUMBER`, 9204 for 92.04"
    ) { _ in "" },
    .init(
      "a build that is no number", pack,
      "packs/builds/367081/build.pack:2: expected `build NUMBER`",
      "packs/builds/367081/build.pack: has no line `build NUMBER`"
    ) { $0.replacing("build 367081", with: "build x") },
    .init(
      "a build of another folder", pack,
      "packs/builds/367081/build.pack: is of build 367077, in the folder 367081"
    ) {
      $0.replacing("build 367081", with: "build 367077")
    },
    .init(
      "a patch that is none", pack,
      "packs/builds/367081/build.pack:3: expected `patch NUMBER`, 9204 for 92.04",
      "packs/builds/367081/build.pack: has no line `patch NUMBER`, 9204 for 92.04"
    ) { $0.replacing("patch 9204", with: "patch 92.04") },
    .init(
      "an unknown key", pack,
      "packs/builds/367081/build.pack:14: `lable` is none of build, patch, label, "
        + "opcodes, integrity; nearest is `label`"
    ) { $0 + "lable x\n" },
    .init(
      "an integrity that is none", pack,
      "packs/builds/367081/build.pack:14: expected `integrity "
        + "absent|possible|required PACKET`, or `*` for all"
    ) { $0 + "integrity maybe C_DIALOG\n" },
    .init(
      "no hash", pack,
      "packs/builds/367081/build.pack: has no line `opcodes`: write `opcodes "
        + "abc319bc51560f85` if opcodes.txt is this build's"
    ) {
      $0.split(separator: "\n").filter { !$0.hasPrefix("opcodes ") }.joined(separator: "\n")
    },
    .init(
      "another hash", pack,
      "packs/builds/367081/build.pack: `opcodes fabc319bc51560f85` is of another "
        + "list: write `opcodes abc319bc51560f85` if opcodes.txt is this build's"
    ) {
      $0.replacing("opcodes ", with: "opcodes f")
    },
  ]

  private static let lists: [PackFileCase] = [
    .init("no opcodes.txt", opcodes, "packs/builds/367081/opcodes.txt: is missing") { _ in nil },
    .init(
      "a line of three words", opcodes, "packs/builds/367081/opcodes.txt:1: expected `NUMBER NAME`"
    ) { "1 C_X 2\n" + $0 },
    .init(
      "a number that is none", opcodes, "packs/builds/367081/opcodes.txt:1: expected `NUMBER NAME`"
    ) { "x C_X\n" + $0 },
    .init(
      "a number too large", opcodes, "packs/builds/367081/opcodes.txt:1: expected `NUMBER NAME`"
    ) { "65536 C_X\n" + $0 },
    .init(
      "a number twice", opcodes,
      "packs/builds/367081/opcodes.txt:2037: 19900 C_X: C_CHECK_VERSION is given "
        + "already"
    ) { $0 + "19900 C_X\n" },
    .init(
      "a name twice", opcodes,
      "packs/builds/367081/opcodes.txt:2037: 1 C_CHAT: 49692 is given already"
    ) { $0 + "1 C_CHAT\n" },
    .init(
      "another C_CHECK_VERSION", opcodes,
      "packs/builds/367081/build.pack: `opcodes abc319bc51560f85` is of another "
        + "list: write `opcodes e10c9a830d41fd5e` if opcodes.txt is this build's",
      "packs/builds/367081/opcodes.txt: C_CHECK_VERSION is 19899: C_CHECK_VERSION is "
        + "19900 in every build, and nothing else is"
    ) {
      $0.replacing("19900 C_CHECK_VERSION", with: "19899 C_CHECK_VERSION")
    },
    .init(
      "no login", opcodes,
      "packs/builds/367081/build.pack: `opcodes abc319bc51560f85` is of another "
        + "list: write `opcodes b9f637770ce6f2b6` if opcodes.txt is this build's",
      "packs/builds/367081/opcodes.txt: has no S_LOGIN, without which no session can "
        + "be followed"
    ) {
      $0.split(separator: "\n").filter { !$0.hasSuffix(" S_LOGIN") }.joined(separator: "\n")
    },
  ]

  private static let layouts: [PackFileCase] = [
    .init(
      "a field before any packet", layout,
      "packs/layouts/own.layout:1:3: expected `packet NAME` at the start of a line"
    ) { _ in "  x u32\n" },
    .init(
      "a kind that is none", layout,
      "packs/layouts/own.layout:2:11: `u23` is no kind; nearest is `u32`"
    ) { _ in "packet C_CHAT\n  channel u23\n" },
    .init("a field twice", layout, "packs/layouts/own.layout:3:3: `a` stands here twice") { _ in
      "packet C_CHAT\n  a u32\n  a u32\n"
    },
    .init(
      "a packet twice", layout, "packs/layouts/own.layout:3:8: C_CHAT is declared on line 1 already"
    ) { _ in "packet C_CHAT\n  a u32\npacket C_CHAT\n  b u32\n"
    },
    .init(
      "a phase that is none", layout,
      "packs/layouts/own.layout:1: C_CHAT: `wrold` is no phase; nearest is `world`"
    ) { _ in "packet C_CHAT in wrold\n  a u32\n" },
    .init(
      "a limit that is none", layout, "packs/layouts/own.layout:2:12: `..x` is no limit like ..64"
    ) { _ in "packet C_CHAT\n  a string ..x\n" },
    .init(
      "a reference to nothing", layout,
      "packs/layouts/own.layout:2: `ref a` needs a string, bytes or array of its "
        + "level, and only once"
    ) { _ in "packet C_CHAT\n  ref a\n  b u32\n" },
    .init(
      "lengths the wrong way round", layout,
      "packs/layouts/own.layout:1:29: `9..5` is no range like 8..64, 93.. or ..98"
    ) { _ in "packet C_CHAT opaque length 9..5\n" },
    .init(
      "a tab", layout, "packs/layouts/own.layout:2: a tab in front; fields are indented by spaces"
    ) { _ in "packet C_CHAT\n\ta u32\n" },
    .init("a hundred levels", layout, "packs/layouts/own.layout:10: more than 8 levels") { _ in
      "packet C_CHAT\n"
        + (1...100).map { String(repeating: "  ", count: $0) + "a array\n" }.joined()
    },
  ]
}
