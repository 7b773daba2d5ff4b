import MystelCore

/// Writes what another proxy's configuration said as one of ours, for people to read and change.
struct MigrationWriter {
  let program: ProxyImport.Program
  let file: String
  let servers: [ForeignServer]

  private struct Backend {
    var name: String
    var address: Configuration.Address
    var builds: [UInt32]
    var isLegacy: Bool
  }

  /// One for each address; builds of servers that share one come together.
  private var backends: [Backend] {
    var backends: [Backend] = []
    for server in servers {
      if let index = backends.firstIndex(where: { $0.address == server.server }) {
        if !backends[index].builds.contains(server.build) {
          backends[index].builds.append(server.build)
        }
      } else {
        let isLegacy = server.majorPatch.map { $0 < 45 } ?? false
        let number = backends.count + 1
        backends.append(
          Backend(
            name: number == 1 ? "arbiter" : "arbiter-\(number)", address: server.server,
            builds: [server.build], isLegacy: isLegacy))
      }
    }
    return backends
  }

  private static let embeddedBuilds: [UInt32] = Set(
    EmbeddedPack.files(in: "builds").compactMap { file in
      UInt32(file.path.split(separator: "/")[1])
    }
  ).sorted()

  /// What has to be done or known before the configuration is used.
  var notes: [String] {
    let known = Self.embeddedBuilds
    var notes: [String] = []
    for build in Set(servers.map(\.build)).sorted() where !known.contains(build) {
      notes.append(
        """
        build \(build) is not one that this program brings (\(words(known.map { "\($0)" }))). The gateway \
        does not start until you make a pack of it, from the same data.json or protocol.\(build).map \
        that the old proxy read (`mystel packs import --help`, packs.md), or let its packets pass unseen \
        (unknown_build: frame-only)
        """)
    }
    let exposed = servers.filter { $0.listen.isLoopback }
    if !exposed.isEmpty {
      notes.append(
        "it listens at \(exposed[0].listen), as before: only this machine can connect there")
    }
    if program == .teraProxyServer {
      notes.append(
        "mods do not run here: what your own did is not done any more; rules.md says what can be")
    }
    return notes
  }

  var yaml: String {
    var lines = [
      "# Made of \(commented(file)) of \(program.rawValue) by `mystel import`.",
      "# Check it:  mystel check --config THIS_FILE",
      "# Use it:    mystel run --config THIS_FILE",
      "# Every key: docs/operating/configuration.md",
    ]
    if !notes.isEmpty { lines += ["#", "# Before you use it:"] }
    for note in notes { lines += wrapped(note, first: "#  - ", rest: "#    ") }
    lines += ["", "version: 1", ""] + web + listenerLines + backendLines + counterparts
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Parts

  private var listenerLines: [String] {
    var lines = ["listeners:"]
    for (server, name) in zip(servers, listenerNames) {
      let backend = backends.first { $0.address == server.server }
      let bind = Grammar<Configuration.Address>.address(ports: 0...65535, isPeer: false)
      lines.append("  - name: \(Grammar<String>.name.print(name))")
      if let old = server.name, old != name { lines[lines.count - 1] += "    # \(commented(old))" }
      lines.append("    bind: \(bind.print(server.listen))")
      lines.append("    backend: \(backend?.name ?? "arbiter")")
      if let backend, backend.builds.count > 1 { lines.append("    build: \(server.build)") }
    }
    return lines + [""]
  }

  private var backendLines: [String] {
    var lines = ["backends:"]
    for backend in backends {
      let address = Grammar<Configuration.Address>.address(ports: 1...65535, isPeer: true)
      lines.append("  - name: \(backend.name)")
      lines.append("    address: \(address.print(backend.address))")
      let builds = backend.builds.map { "\($0)" }.joined(separator: ", ")
      lines.append("    builds: [\(builds)]    # clients of other builds are refused")
      if backend.isLegacy { lines.append("    key_schedule: legacy    # patch below 45") }
    }
    return lines
  }

  /// Where websites ask who is online.
  private var web: [String] {
    guard let port = servers.compactMap(\.webPort).first, port > 0,
      !servers.contains(where: { $0.listen.port == port })
    else { return [] }
    return [
      "# /online of the old proxy told the world who plays. Uncomment, once the old proxy has stopped, to",
      "# tell programs on this machine how many, at /status/online; see docs/operating/monitor.md.",
      "# management:",
      "#   http: 127.0.0.1:\(port)",
      "#   online: true",
      "",
    ]
  }

  /// Comments on what is not carried over.
  private var counterparts: [String] {
    var lines = ["", "# What the old proxy did beside this:"]
    lines += done.flatMap { wrapped("\($0.what): \($0.here)", first: "#  - ", rest: "#    ") }
    var keys: [(key: String, why: String)] = []
    for entry in servers.flatMap(\.without) where !keys.contains(where: { $0.key == entry.key }) {
      keys.append(entry)
    }
    let unknown = Set(servers.flatMap(\.unknown)).sorted()
    if !keys.isEmpty || !unknown.isEmpty { lines += ["#", "# Keys without a counterpart:"] }
    for (key, why) in keys { lines += wrapped("\(key): \(why)", first: "#  - ", rest: "#    ") }
    for key in unknown {
      lines.append("#  - \(commented(key)): not known to this import")
    }
    return lines
  }

  private var done: [(what: String, here: String)] {
    let ranking = (
      "the checks of C_REQUEST_PVE_RANKING and C_REQUEST_PVP_RANKING",
      "built in and enforced, rules 440-ranking-92 and 441-ranking-100"
    )
    let admin = (
      "C_ADMIN for game masters alone (status 31, 32, 33)",
      "built in and enforced, rule 200-privilege"
    )
    switch program {
    case .teraProxyServer:
      return [
        ("mods/exploit-fix: \(ranking.0)", ranking.1), (admin.0, admin.1),
        ("mods/fake-ping and your own mods", "none; nothing is changed in what the server sends"),
      ]
    case .teraServerProxy:
      return [
        ranking, admin,
        (
          "the lock-on detector (under 80 ms)",
          "rule 543-simultaneous-aim, counted; see signatures.md"
        ),
        (
          "/online", "numbers without names; /dungeons, /battlegrounds and /lfg have no counterpart"
        ),
      ]
    }
  }

  /// Names that a listener may have, no two alike.
  private var listenerNames: [String] {
    var names: [String] = []
    for server in servers {
      let letters = (server.name ?? "").unicodeScalars.map { scalar -> Character in
        let isPlain =
          scalar.isASCII
          && (scalar.properties.isAlphabetic || "0123456789._-".unicodeScalars.contains(scalar))
        return isPlain ? Character(scalar) : "-"
      }
      var name = String(String(letters.prefix(50)).drop { !$0.isLetter })
      while name.last == "-" { name.removeLast() }
      if name.isEmpty { name = servers.count == 1 ? "public" : "listener" }
      var candidate = name
      var number = 2
      while names.contains(candidate) {
        candidate = "\(name)-\(number)"
        number += 1
      }
      names.append(candidate)
    }
    return names
  }

  // MARK: Words

  /// A text of the old file as a comment may show it: printable to every reader of YAML.
  private func commented(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars.prefix(60) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
        .unassigned, .spaceSeparator:
        result += scalar == " " ? " " : "?"
      default: result += String(scalar)
      }
    }
    return result
  }

  private func words(_ words: [String]) -> String { words.joined(separator: ", ") }

  /// A comment of lines of at most 100 columns.
  private func wrapped(_ text: String, first: String, rest: String) -> [String] {
    var lines: [String] = []
    var line = first
    for word in text.split(separator: " ") {
      let isEmpty = line == first || line == rest
      if !isEmpty, line.count + 1 + word.count > 100 {
        lines.append(line)
        line = rest + word
      } else {
        line += (isEmpty ? "" : " ") + word
      }
    }
    lines.append(line)
    return lines
  }
}
