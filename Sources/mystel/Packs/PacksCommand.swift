import ArgumentParser
import MystelConfig
import MystelCore

/// `mystel packs`: what is known of each client build.
struct PacksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "packs", abstract: "List, show, verify and import what is known of client builds.",
    subcommands: [List.self, Show.self, Verify.self, Import.self, Running.self])

  struct Source: ParsableArguments {
    @Option(help: "A directory that `mystel packs import` has written, ahead of the program's own.")
    var directory: String?

    func load() throws -> LoadedInspection {
      var inspection = Configuration.Inspection()
      inspection.packsDirectory = directory
      return try ConfigurationSource.inspection(inspection)
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print every build: its number, patch, packets, layouts, hash and source.")

    @OptionGroup var source: Source

    func run() throws {
      let packs = try source.load().packs
      for pack in packs.packs {
        let layouts = pack.packets.values.count { $0.layout != nil }
        let origin = packs.imported.contains(pack.build) ? "imported" : "embedded"
        print(
          "\(pack.build)  \(pack.label)  \(pack.opcodes.count) packets, \(layouts) layouts"
            + "  \(packs.hashes[pack.build] ?? "")  \(origin)")
      }
      print("all together: \(packs.contentHash)")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a packet in every build, or the packets of a build.")

    @OptionGroup var source: Source

    @Argument(help: "A packet's name, such as C_CHAT, or the number of a build.")
    var name: String

    func run() throws {
      let packs = try source.load().packs.packs
      if let build = UInt32(name) {
        guard let pack = packs.first(where: { $0.build == build }) else {
          throw unknown("build", "`mystel packs list` shows them all")
        }
        for (packet, opcode) in pack.opcodes.sorted(by: { $0.key < $1.key }) {
          print("\(opcode) \(packet)")
        }
        return
      }
      let having = packs.filter { $0.opcodes[name] != nil }
      guard !having.isEmpty else {
        throw unknown("packet", "`mystel packs show BUILD` lists those of a build")
      }
      print(PackText.text(of: name, in: having))
    }

    private func unknown(_ kind: String, _ hint: String) -> ExitCode {
      StandardError.write("there is no \(kind) \(name); \(hint)\n")
      return ExitCode(64)
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Load every pack and compile every rule for it; exit status 78 with the problems.")

    @OptionGroup var source: Source

    func run() throws {
      let loaded = try source.load()
      print(
        "\(loaded.packs.packs.count) builds and \(loaded.policy.rules.count) rules are sound,"
          + " \(loaded.packs.contentHash)")
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a pack of files that other tools use.",
      discussion: """
        Takes protocol.BUILD.map with a folder of NAME.VERSION.def, or a data.json that holds both, \
        and writes a directory for inspection.packs_directory. Odd files are reported and left out.
        """)

    @Option(help: "A protocol.BUILD.map file.")
    var map: String?

    @Option(help: "A folder of NAME.VERSION.def files.")
    var definitions: String?

    @Option(help: "A data.json file.")
    var dataJson: String?

    @Option(help: "The build's number: what its clients say in C_CHECK_VERSION.")
    var build: UInt32

    @Option(help: "Its patch: 92.04.")
    var patch: String

    @Option(name: [.short, .long], help: "The directory to write; made if it is not there.")
    var output: String

    func run() throws {
      guard let patch = PackImport.patch(patch) else {
        StandardError.write("--patch \(patch) is none: write it as 92.04\n")
        throw ExitCode(64)
      }
      guard (map == nil) != (dataJson == nil) else {
        StandardError.write(
          "write either --map FILE, with --definitions FOLDER, or --data-json FILE\n")
        throw ExitCode(64)
      }
      do {
        let made = try PackImport.run(
          map: map, definitions: definitions, dataJSON: dataJson, build: build, patch: patch)
        for problem in made.problems { StandardError.write("\(problem)\n") }
        try made.write(to: output)
        print(
          "build \(build): \(made.opcodeCount) packets, \(made.layoutCount) layouts,"
            + " \(made.problems.count) oddities; set inspection.packs_directory: \(output)")
      } catch {
        StandardError.write("\(error)\n")
        throw ExitCode(66)
      }
    }
  }
}
