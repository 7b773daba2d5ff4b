import MystelCore
import MystelWire

/// The packs of all builds, from the program and from a directory of imported ones.
package struct LoadedPacks: Sendable {
  /// In the order of their build numbers.
  package var packs: [BuildPack] = []
  /// Builds that came from the directory.
  package var imported: Set<UInt32> = []
  package var problems: [Problem] = []
  /// Names everything that was read, as sixteen hex digits: equal files, equal hash.
  package var contentHash = ""
  /// The same for each build alone.
  package var hashes: [UInt32: String] = [:]
}

/// Puts packs together: layouts, which all builds share, and what each build says of its own.
package struct PackLoader {
  private var result = LoadedPacks()
  private var hash = ContentHash()
  /// Declarations by major patch, parsed once.
  private var declarations: [Int: [String: PacketDeclaration]] = [:]
  private let files: [EmbeddedPack.File]

  /// The embedded packs.
  package static func embedded() -> LoadedPacks {
    load(EmbeddedPack.files)
  }

  /// The packs of a set of files laid out as `Packs/tera` is, ahead of the embedded ones.
  ///
  /// - Parameter source: what problems call the place the files are from.
  package static func load(
    imported: [EmbeddedPack.File], from source: String
  ) -> LoadedPacks {
    var loaded = load(EmbeddedPack.files)
    let own = load(imported, source: source, fallback: loaded)
    for pack in own.packs {
      loaded.packs.removeAll { $0.build == pack.build }
      loaded.packs.append(pack)
      loaded.imported.insert(pack.build)
      loaded.hashes[pack.build] = own.hashes[pack.build]
    }
    loaded.packs.sort { $0.build < $1.build }
    loaded.problems += own.problems
    if own.packs.isEmpty, own.problems.isEmpty {
      loaded.problems.append(
        Problem(
          file: source, key: "",
          message: "holds no build: the directory that `mystel packs import` wrote, with its "
            + "`builds` folder, is what is meant"))
    }
    var hash = ContentHash()
    hash.add(loaded.contentHash)
    hash.add(own.contentHash)
    loaded.contentHash = hash.text
    return loaded
  }

  private static func load(
    _ files: [EmbeddedPack.File], source: String = "Packs/tera", fallback: LoadedPacks? = nil
  ) -> LoadedPacks {
    var loader = PackLoader(files: files)
    let folders = Set(
      files.compactMap { file -> String? in
        let parts = file.path.split(separator: "/")
        return parts.count == 3 && parts[0] == "builds" ? String(parts[1]) : nil
      })
    for file in files { loader.hash.add(file.path + "\n" + file.text) }
    for folder in folders.sorted() { loader.build(folder, source: source, fallback: fallback) }
    loader.result.contentHash = loader.hash.text
    return loader.result
  }

  private init(files: [EmbeddedPack.File]) { self.files = files }

  private mutating func report(_ path: String, _ source: String, _ problem: LayoutProblem) {
    result.problems.append(
      Problem(
        file: "\(source)/\(path)", line: problem.line > 0 ? problem.line : nil,
        column: problem.column > 0 ? problem.column : nil, key: "", message: problem.message))
  }

  // MARK: Builds

  private mutating func build(_ folder: String, source: String, fallback: LoadedPacks?) {
    let path = "builds/\(folder)/build.pack"
    guard let file = files.first(where: { $0.path == path }) else {
      return report(path, source, LayoutProblem(line: 0, message: "is missing"))
    }
    let read = BuildText.parse(file.text)
    for problem in read.problems { report(path, source, problem) }
    guard let build = read.build, let patch = read.patch else { return }
    let opcodePath = "builds/\(folder)/opcodes.txt"
    guard let opcodeFile = files.first(where: { $0.path == opcodePath }) else {
      return report(opcodePath, source, LayoutProblem(line: 0, message: "is missing"))
    }
    let numbers = OpcodeListText.parse(opcodeFile.text)
    for problem in numbers.problems { report(opcodePath, source, problem) }
    let fits = OpcodeSet(
      folder: folder, build: build, opcodes: numbers.opcodes,
      text: numbers.problems.isEmpty ? opcodeFile.text : nil, hash: read.opcodesHash,
      known: fallback?.packs.first { $0.build == build })
    for problem in fits.buildProblems { report(path, source, problem) }
    for problem in fits.opcodeProblems { report(opcodePath, source, problem) }
    var pack = BuildPack(
      build: build, patch: patch, label: read.label, opcodes: numbers.opcodes, packets: [:])
    let embedded = fallback?.packs.first { $0.patch / 100 == patch / 100 }
    for (name, declaration) in layouts(patch / 100, source: source) {
      let known = embedded?.packets[name] ?? fallback?.packs.first?.packets[name]
      pack.packets[name] = traits(declaration, read, known: known)
    }
    for (name, traits) in embedded?.packets ?? [:] where pack.packets[name] == nil {
      pack.packets[name] = traits
    }
    // Packets without a declaration may still carry a header.
    for name in numbers.opcodes.keys {
      guard let header = read.header(name) else { continue }
      pack.packets[name, default: PacketTraits()].integrity = header
    }
    result.packs.append(pack)
    var own = ContentHash()
    own.add(file.text)
    own.add(opcodeFile.text)
    for (name, declaration) in layouts(patch / 100, source: source).sorted(by: { $0.key < $1.key })
    {
      own.add(name)
      own.add(LayoutText.text(of: declaration))
    }
    result.hashes[build] = own.text
  }

  /// Imported definitions say what a body looks like; what a packet is for, the embedded pack says.
  private func traits(
    _ declaration: PacketDeclaration, _ build: BuildText, known: PacketTraits?
  ) -> PacketTraits {
    var traits = known ?? PacketTraits()
    if let layout = declaration.layout {
      traits.layout = known?.layout.map { layout.limited(as: $0) } ?? layout
    }
    if let lengths = declaration.lengths { traits.lengths = lengths }
    if known == nil || declaration.cost != 1 { traits.cost = declaration.cost }
    if declaration.isIdempotent { traits.isIdempotent = true }
    traits.integrity = build.header(declaration.name) ?? known?.integrity ?? .absent
    guard !declaration.phases.isEmpty else { return traits }
    var phases = PhaseSet()
    for word in declaration.phases {
      guard let set = PhaseSet(word: word) else { continue }
      phases.formUnion(set)
    }
    traits.phases = phases
    return traits
  }

  private mutating func layouts(_ patch: Int, source: String) -> [String: PacketDeclaration] {
    if let known = declarations[patch] { return known }
    var found: [String: PacketDeclaration] = [:]
    for file in files where file.path.hasPrefix("layouts/") {
      let read = LayoutText.parse(file.text, patch: patch)
      for problem in read.problems { report(file.path, source, problem) }
      for declaration in read.declarations {
        guard found[declaration.name] == nil else {
          report(
            file.path, source,
            LayoutProblem(
              line: declaration.line, message: "\(declaration.name) is in another file too"))
          continue
        }
        found[declaration.name] = declaration
        for word in declaration.phases where PhaseSet(word: word) == nil {
          let words = GamePhase.allCases.map { "\($0)" } + ["any", "game", "always"]
          let meant = nearest(to: word, among: words).map { "; nearest is `\($0)`" } ?? ""
          report(
            file.path, source,
            LayoutProblem(
              line: declaration.line,
              message: "\(declaration.name): `\(shown(word))` is no phase\(meant)"))
        }
      }
    }
    declarations[patch] = found
    return found
  }
}

extension PhaseSet {
  /// A word of layout files; nil for others.
  init?(word: String) {
    switch word {
    case "any": self = .afterLogin
    case "game": self = .game
    case "always": self = .always
    default:
      guard let phase = GamePhase.allCases.first(where: { "\($0)" == word }) else { return nil }
      self.init(phase)
    }
  }
}

extension PacketLayout {
  /// The same layout with the limits that another one has for fields of the same path.
  fileprivate func limited(as other: PacketLayout) -> PacketLayout {
    PacketLayout(name: name, body: body.limited(as: other.body))
  }
}

extension LayoutLevel {
  fileprivate func limited(as other: LayoutLevel) -> LayoutLevel {
    let limited = fields.map { field -> LayoutField in
      let twin = other.fields.first { $0.name == field.name }
      var kind = field.kind
      if case .array(let level) = field.kind, case .array(let twin)? = twin?.kind {
        kind = .array(level.limited(as: twin))
      }
      return LayoutField(
        name: field.name, kind: kind, offset: field.offset, limit: field.limit ?? twin?.limit,
        isInterleaved: field.isInterleaved)
    }
    return LayoutLevel(fields: limited, fixedEnd: fixedEnd)
  }
}

/// Tells contents apart: FNV-1a of 64 bits. It says which files were read, not who wrote them.
struct ContentHash {
  private var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ text: String) {
    for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    // Ends each text, so that their borders count.
    value = (value ^ 0xff) &* 0x100_0000_01b3
  }

  /// Sixteen hex digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
