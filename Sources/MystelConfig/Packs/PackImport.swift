import Foundation
import MystelCore
import MystelWire

/// Makes a pack of the files that other tools use.
package struct PackImport {
  /// Every file and line that was left out, and why.
  package private(set) var problems: [Problem] = []
  package private(set) var opcodeCount = 0
  package private(set) var layoutCount = 0
  private var files: [EmbeddedPack.File] = []

  /// Why nothing could be made.
  package struct Unreadable: Error, CustomStringConvertible {
    package var description: String
  }

  /// The number of a patch: 9204 for `92.04`.
  package static func patch(_ text: String) -> Int? {
    let parts = text.split(separator: ".")
    guard parts.count == 2, parts[1].utf8.count == 2, let major = Int(parts[0]),
      let minor = Int(parts[1]), (1...999).contains(major), (0...99).contains(minor)
    else { return nil }
    return major * 100 + minor
  }

  /// Reads and puts together.
  ///
  /// - Throws: `Unreadable`, for files that cannot be read or hold nothing of the build.
  package static func run(
    map: String?, definitions: String?, dataJSON: String?, build: UInt32, patch: Int
  ) throws -> PackImport {
    var made = PackImport()
    var opcodes: [String: UInt16] = [:]
    var texts: [(file: String, text: String)] = []
    if let dataJSON {
      (opcodes, texts) = try made.dataJSON(dataJSON, build: build)
    }
    if let map {
      try requireBuild(build, in: map)
      let read = OpcodeMapText.parse(try text(map))
      made.report(read.problems, in: map)
      opcodes = read.opcodes
    }
    made.dropRepeated(&opcodes, in: map ?? dataJSON ?? "")
    if let definitions { texts += try folder(definitions) }
    made.put(opcodes, made.layouts(texts, patch: patch / 100), build: build, patch: patch)
    return made
  }

  /// Writes what was made under a directory.
  ///
  /// - Throws: what the file system says.
  package func write(to directory: String) throws {
    let root = URL(fileURLWithPath: directory, isDirectory: true)
    for file in files {
      let target = root.appendingPathComponent(file.path)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.text.utf8).write(to: target, options: .atomic)
    }
  }

  /// What was made, as `PackLoader` takes it.
  package var pack: [EmbeddedPack.File] { files }

  private mutating func report(_ found: [LayoutProblem], in file: String) {
    problems += found.map {
      Problem(
        file: shown(file), line: $0.line > 0 ? $0.line : nil,
        column: $0.column > 0 ? $0.column : nil,
        key: "", message: $0.message)
    }
  }

  // MARK: Reading

  private static func text(_ path: String) throws -> String {
    switch ConfigurationFile.read(path, onlyRegular: true) {
    case .success(let bytes):
      guard bytes.count <= SourceText.maximumBytes else {
        throw Unreadable(description: "\(path): is larger than 1 MiB")
      }
      return String(decoding: bytes, as: UTF8.self)
    case .failure(let complaint):
      throw Unreadable(description: "\(path): \(complaint.message)")
    }
  }

  /// A file named `protocol.367081.map` is of that build and no other.
  private static func requireBuild(_ build: UInt32, in map: String) throws {
    let parts = (map.split(separator: "/").last ?? "").split(separator: ".")
    guard parts.count == 3, parts[0] == "protocol", let named = UInt32(parts[1]), named != build
    else { return }
    throw Unreadable(description: "\(map): is of build \(named), not of \(build)")
  }

  private static func folder(_ path: String) throws -> [(file: String, text: String)] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw Unreadable(description: "\(path): is no directory that can be read")
    }
    return try names.sorted().map { ($0, try text("\(path)/\($0)")) }
  }

  /// The largest data.json that is read; those in use have about 3 MB.
  private static let mostDataBytes = 64 << 20

  private struct DataFile: Decodable {
    var maps: [String: [String: Int]]
    var `protocol`: [String: String]
  }

  private mutating func dataJSON(
    _ path: String, build: UInt32
  ) throws -> ([String: UInt16], [(file: String, text: String)]) {
    let bytes: Data
    switch ConfigurationFile.read(path, onlyRegular: true, most: Self.mostDataBytes) {
    case .success(let read) where read.count <= Self.mostDataBytes: bytes = Data(read)
    case .success: throw Unreadable(description: "\(path): is larger than 64 MiB")
    case .failure(let complaint): throw Unreadable(description: "\(path): \(complaint.message)")
    }
    let data: DataFile
    do {
      data = try JSONDecoder().decode(DataFile.self, from: bytes)
    } catch {
      throw Unreadable(
        description:
          "\(path): has no `maps` and `protocol` as they should be: \(Self.place(of: error))")
    }
    guard let map = data.maps[String(build)] else {
      let known = data.maps.keys.sorted().map(shown).prefix(20).joined(separator: ", ")
      throw Unreadable(description: "\(path): has no map of build \(build), but of \(known)")
    }
    var opcodes: [String: UInt16] = [:]
    for (name, number) in map.sorted(by: { $0.key < $1.key }) {
      if !Self.isName(name) {
        report([LayoutProblem(line: 0, message: "\(shown(name)) is no packet's name")], in: path)
      } else if let opcode = UInt16(exactly: number), opcode != .max {
        opcodes[name] = opcode
      } else {
        report([LayoutProblem(line: 0, message: "\(name): \(number) is no opcode")], in: path)
      }
    }
    let texts = data.protocol.sorted { $0.key < $1.key }.compactMap { file, base64 in
      Data(base64Encoded: base64).map { (file: file, text: String(decoding: $0, as: UTF8.self)) }
    }
    return (opcodes, texts)
  }

  /// Letters, digits and `_`: what an opcode list can hold.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 128
      && name.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
          || $0 == 0x5f
      }
  }

  /// Where in the JSON the fault is, for people.
  private static func place(of error: any Error) -> String {
    guard case DecodingError.typeMismatch(_, let context) = error, !context.codingPath.isEmpty
    else {
      return "it is not JSON of that form"
    }
    return shown(context.codingPath.map(\.stringValue).joined(separator: "."))
  }

  /// Two packets cannot have one number; the first by name keeps it.
  private mutating func dropRepeated(_ opcodes: inout [String: UInt16], in file: String) {
    var owners: [UInt16: String] = [:]
    for (name, opcode) in opcodes.sorted(by: { $0.key < $1.key }) {
      if let owner = owners[opcode] {
        report(
          [LayoutProblem(line: 0, message: "\(name): \(opcode) is \(owner)'s, and it is left out")],
          in: file)
        opcodes[name] = nil
      } else {
        owners[opcode] = name
      }
    }
  }

  // MARK: Putting together

  /// The newest layout of each packet that the patch can use.
  private mutating func layouts(
    _ texts: [(file: String, text: String)], patch: Int
  ) -> [String: PacketLayout] {
    var best: [String: (version: Int, layout: PacketLayout)] = [:]
    for (file, text) in texts {
      guard let name = DefinitionFileName(file) else {
        report([LayoutProblem(line: 0, message: "is no NAME.VERSION.def")], in: file)
        continue
      }
      let read = DefinitionText.parse(text, name: name.packet)
      report(read.problems, in: file)
      guard name.platform == nil, read.patches.contains(patch), let layout = read.layout,
        Self.suits(name, patch: patch)
      else { continue }
      if let known = best[name.packet], known.version > name.version { continue }
      best[name.packet] = (name.version, layout)
    }
    return best.mapValues(\.layout)
  }

  /// Newest versions that are known to be too new for patch 92, though their files do not say so.
  /// Source: docs/protocol/tera.md#definitions
  private static func suits(_ name: DefinitionFileName, patch: Int) -> Bool {
    guard patch <= 92 else { return true }
    let newest = [
      "C_GACHA_TRY": 1, "S_LOGIN": 14, "S_GET_USER_LIST": 17, "S_PLAYER_STAT_UPDATE": 13,
      "S_SPAWN_USER": 15, "S_SPAWN_DROPITEM": 8, "S_ITEMLIST": 3, "S_SPAWN_NPC": 11,
    ]
    return name.version <= newest[name.packet] ?? .max
  }

  private mutating func put(
    _ opcodes: [String: UInt16], _ layouts: [String: PacketLayout], build: UInt32, patch: Int
  ) {
    opcodeCount = opcodes.count
    layoutCount = layouts.count
    let minor = patch % 100
    let list = opcodes.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
      .map { "\($0.value) \($0.key)\n" }.joined()
    files = [
      .init(
        path: "builds/\(build)/build.pack",
        text: """
          # Imported.
          build \(build)
          patch \(patch)
          label \(patch / 100).\(minor < 10 ? "0" : "")\(minor) imported
          opcodes \(OpcodeSet.hash(of: list))

          """),
      .init(
        path: "builds/\(build)/opcodes.txt",
        text: list),
      .init(
        path: "layouts/imported.layout",
        text: layouts.sorted { $0.key < $1.key }
          .map { LayoutText.text(of: PacketDeclaration(name: $0.key, layout: $0.value)) }
          .joined(separator: "\n")),
    ]
  }
}
