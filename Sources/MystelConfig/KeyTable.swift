import MystelCore

/// Every key of the configuration. The loader's known keys, the schema, the resolved YAML, the
/// environment variables and the reference page all come from here.
package enum KeyTable {
  /// Every key, in the order of the reference page.
  package static var keys: [KeyDescription] {
    root.descriptions(under: "", variables: true)
  }

  static let root = Table<Document>(
    prototype: Document(),
    sections: [
      .init(path: "log", reason: "What `mystel run` prints on standard error."),
      .init(path: "limits", reason: "What peers can make the gateway hold."),
      .init(
        path: "timeouts",
        reason: "Deadlines of a session; activity extends none of them but `idle`."),
      .init(
        path: "inspection",
        reason: "What packets are held to. See rules.md for what each rule is about."),
      .init(
        path: "inspection.score",
        reason: "What the signatures found in one session may add up to. See signatures.md."),
      calibrationSection,
      .init(path: "reputation", reason: "Who may play, and for how long not. See reputation.md."),
      geoipSection,
      .init(path: "control", reason: "How operators of the machine reach the running gateway."),
      managementSection, managementTLSSection,
    ] + launcherSections + limitSections + admissionSections,
    rows: [
      generalRows, logRows, inspectionRows, calibrationRows, reputationRows, geoipRows, controlRows,
      managementRows, launcherRows, teraAPIRows, limitRows,
      sessionLimitRows, addressLimitRows, timeoutRows, admissionRows, webhookRows, recordRows,
    ].flatMap { $0 })

  /// The whole file: the configuration, and the version of the format.
  struct Document: Sendable {
    var version = 1
    var configuration = Configuration(listeners: [], backends: [])
  }

  private static var generalRows: [Row<Document>] {
    [
      .scalar(
        "version", \.version, .version, required: "version: 1",
        "The format of the file, so that a later one can be told apart."),
      .scalar(
        "workers", \.configuration.workers, .integerOrAuto(1...1024),
        "Event loops. `auto` makes one per core; fewer leave cores to a game server beside it."
      ).atStart(),
      .scalar(
        "engine", \.configuration.engine, .choice(),
        """
        What carries sessions: `ring` is io_uring (Linux 6.1 or later, where it is allowed), `nio` is \
        epoll; both do the same. `auto` is `nio` for now: `ring` is young.
        """
      ).atStart(),
    ]
  }

  private static var recordRows: [Row<Document>] {
    [
      .records(
        "listeners", \.configuration.listeners, of: listener, atMost: 256,
        example: "a list of { name, bind, backend }",
        "The addresses players connect to."),
      .records(
        "backends", \.configuration.backends, of: backend, atMost: 256,
        example: "a list of { name, address, builds }",
        "The game servers behind the gateway."),
    ]
  }

  private static var logRows: [Row<Document>] {
    [
      .scalar(
        "log.level", \.configuration.log.level, .choice(),
        "The least important message that is printed. Addresses of players appear at `debug`."),
      .scalar(
        "log.format", \.configuration.log.format, .choice(),
        "`human` is for a terminal, `json` is one object a line for a log collector."),
      .scalar(
        "log.file", \.configuration.log.path, .path,
        """
        The file that is written; empty for standard error. SIGUSR1 opens it anew, for logrotate.
        """
      ).inFileOnly(),
      .scalar(
        "log.lines_per_second", \.configuration.log.linesPerSecond, .integer(1...100_000),
        """
        Lines of one message in a second; the next one says how many were left out. Not at `debug` and \
        `trace`, which print everything.
        """),
    ]
  }

  private static var inspectionRows: [Row<Document>] {
    [
      .scalar(
        "inspection.profile", \.configuration.inspection.profile, .choice(),
        """
        The mode of every rule that `rules` does not name: `observe` only counts, `balanced` acts on \
        what no client can send, `strict` acts on everything that no client is known to send.
        """),
      .scalar(
        "inspection.blocking_level", \.configuration.inspection.levels.blocking, .integer(1...4),
        """
        How sure a rule must be to act: 1 takes those that are certain, 2 high ones too, 3 medium \
        ones, 4 all. A profile lets fewer act, never more.
        """),
      .scalar(
        "inspection.detection_level", \.configuration.inspection.levels.detection, .integer(1...4),
        "How sure a rule must be to take part at all, be it in shadow."),
      .scalar(
        "inspection.score.mode", \.configuration.inspection.score.mode, .choice(),
        "What becomes of a session whose score passes the threshold: `enforce` ends it."),
      .scalar(
        "inspection.score.threshold", \.configuration.inspection.score.threshold,
        .points, "Points at which a session is acted on. Each signature says what a hit adds."),
      .scalar(
        "inspection.score.half_life", \.configuration.inspection.score.halfLife,
        .duration(.seconds(10)...(.seconds(86_400))), "After this time points count half."),
      .modes(
        "inspection.rules", \.configuration.inspection.rules,
        "Modes of single rules by id, ahead of the profile's."),
      .scalar(
        "inspection.rules_directory", \.configuration.inspection.rulesDirectory, .path,
        """
        A directory of rule files (`NNN-name.yaml`) beside the program's own; one with the id of \
        such a rule takes its place. Read anew by a reload.
        """
      ).inFileOnly(),
      .scalar(
        "inspection.packs_directory", \.configuration.inspection.packsDirectory, .path,
        """
        A directory that `mystel packs import` has written; its builds take the place of the \
        program's own. Read anew by a reload.
        """
      ).inFileOnly(),
    ]
  }

  private static var limitRows: [Row<Document>] {
    [
      .scalar(
        "limits.sessions", \.configuration.limits.sessions, .integerOrAuto(1...1_000_000),
        "Concurrent player connections. `auto` takes what the open-file limit of the process allows."
      ),
      .scalar(
        "limits.queue_bytes", \.configuration.limits.queueBytes, .size(4096...(64 << 20)),
        """
        Bytes queued in one direction before the other side is no longer read. A 400 KB login \
        burst passes the default in two fills, and 500 stuck players cost 128 MB at most.
        """),
      .scalar(
        "limits.half_open_per_backend", \.configuration.limits.halfOpenPerBackend,
        .integer(1...65535),
        """
        Connections to one backend whose key exchange is not complete, so that a handshake flood \
        leaves a game server room for players.
        """),
      .scalar(
        "limits.client_packet_bytes", \.configuration.limits.clientPacketBytes,
        .size(256...65535),
        """
        Longest packet a client may send, header included. The largest genuine ones are settings \
        of up to 9,000 bytes.
        """),
    ]
  }

  private static var timeoutRows: [Row<Document>] {
    let short = Duration.milliseconds(100)
    let minute = Duration.seconds(60)
    let tenMinutes = minute * 10
    let day = minute * 60 * 24
    return [
      .scalar(
        "timeouts.proxy_header", \.configuration.timeouts.proxyHeader, .duration(short...minute),
        "For a complete PROXY header; its specification asks for at least 3 s."),
      .scalar(
        "timeouts.keys", \.configuration.timeouts.keys, .duration(short...tenMinutes),
        "For both client keys, from the hello on. A real client sends them at once."),
      .scalar(
        "timeouts.first_packet", \.configuration.timeouts.firstPacket,
        .duration(short...tenMinutes),
        "For the first complete packet, from the end of the key exchange on."),
      .scalar(
        "timeouts.packet", \.configuration.timeouts.packet, .duration(short...tenMinutes),
        "For one packet to become complete once its first byte is there."),
      .scalar(
        "timeouts.idle", \.configuration.timeouts.idle, .duration(short...day),
        "Without a byte in either direction; a healthy client pings far more often."),
      .scalar(
        "timeouts.queue_full", \.configuration.timeouts.queueFull, .duration(short...tenMinutes),
        "For a receiver whose queue stays full; it is closed, or it would hold memory forever."),
      .scalar(
        "timeouts.client_half_close", \.configuration.timeouts.clientHalfClose,
        .duration(short...tenMinutes),
        "From the client's half-close to the end of the session; the server may still save."),
      .scalar(
        "timeouts.backend_half_close", \.configuration.timeouts.backendHalfClose,
        .duration(short...tenMinutes),
        "From the backend's half-close to the end of the session; it only has to drain."),
      .scalar(
        "timeouts.backend_connect", \.configuration.timeouts.backendConnect,
        .duration(short...minute),
        "For the TCP connection to a backend, per try."),
      .scalar(
        "timeouts.backend_hello", \.configuration.timeouts.backendHello,
        .duration(short...minute),
        "For the backend's hello, from the connection on."),
      .scalar(
        "timeouts.health_check", \.configuration.timeouts.healthCheck,
        .duration(short...tenMinutes),
        "Between two health checks of a backend that answers."),
      .scalar(
        "timeouts.drain", \.configuration.timeouts.drain, .duration(short...day),
        "Between SIGTERM and the end of the sessions still open."),
    ]
  }
}
