import ArgumentParser
import MystelCore
import MystelManage

/// `mystel sessions`: who is connected now.
struct SessionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions", abstract: "List, show and end the sessions of the running gateway.",
    subcommands: [List.self, Show.self, Kick.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print live sessions.",
      discussion: "Numbers of packets and bytes are those to the backend / to the client.")

    @OptionGroup var options: ControlOptions

    @Option(help: "Only those of an address, a network or account:ID.")
    var of: BanTarget?

    @Option(help: "Only those of a listener.")
    var listener: String?

    @Option(help: "The most to print.")
    var limit = 200

    func run() throws {
      let connection = try options.connect()
      var query = SessionQuery(target: of, listener: listener)
      var shown: [SessionAnswer] = []
      repeat {
        query.limit = min(limit - shown.count, PageRequest.most)
        let (page, answer) = try connection.ask(
          ControlRequest.line(.listSessions, query), as: Page<SessionAnswer>.self)
        // A page is what the gateway answers; programs go on from its `next` themselves.
        if options.json { return ControlConnection.printJSON(answer) }
        shown += page.items
        query.after = page.next
      } while query.after != nil && shown.count < limit
      var table = TextTable(
        "SESSION", "CLIENT", "ACCOUNT", "LISTENER", "BUILD", "PHASE", "SINCE", "IDLE", "PACKETS",
        "BYTES", "SCORE")
      for session in shown {
        table.add(
          "\(session.id)", session.client, session.account.map { "\($0)" } ?? "-",
          session.listener, session.build.map { "\($0)" } ?? "-", session.phase,
          Shown.duration(session.seconds), Shown.duration(session.idleSeconds),
          "\(session.packets.toBackend) / \(session.packets.toClient)",
          "\(Shown.bytes(session.bytes.toBackend)) / \(Shown.bytes(session.bytes.toClient))",
          session.score.map { "\($0)" } ?? "-")
      }
      print(table.isEmpty ? "no session is open" : table.text)
      if query.after != nil { print("and more; --limit shows them") }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print one session, and what its packets were found to break.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "The session's number.")
    var session: UInt64

    func run() throws {
      let line = ControlRequest.line(.showSession, SessionSelector.session(session))
      try options.connect().print(line, options) { (session: SessionAnswer) in
        var table = TextTable("session", "\(session.id)")
        table.add("client", session.client + (session.peer.map { " by the proxy \($0)" } ?? ""))
        table.add("account", session.account.map { "\($0)" } ?? "none known: not logged in")
        table.add("listener", session.listener)
        table.add("backend", session.backend)
        table.add("build", session.build.map { "\($0)" } ?? "not known")
        table.add("phase", session.phase)
        table.add("since", Shown.duration(session.seconds))
        table.add("idle", Shown.duration(session.idleSeconds))
        table.add("to backend", SessionsCommand.traffic(session, \.toBackend))
        table.add("to client", SessionsCommand.traffic(session, \.toClient))
        if let score = session.score { table.add("score", "\(score)") }
        print(table.text)
        guard let findings = session.findings else { return }
        var list = TextTable("RULE", "PACKET", "FIELD", "ACTED", "TITLE")
        for found in findings {
          list.add(
            found.rule, found.packet, found.field, found.isEnforced ? "yes" : "no, in shadow",
            found.title)
        }
        print(list.isEmpty ? "\nno rule was broken" : "\n" + list.text)
      }
    }
  }

  struct Kick: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "End one session, or all of an address, a network or an account.",
      discussion: "A kick keeps nobody from coming back; `mystel bans add` does.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "A session's number, or an address, a network or account:ID.")
    var who: String

    func run() throws {
      let selector: SessionSelector
      if let session = UInt64(who) {
        selector = .session(session)
      } else if let target = BanTarget(who) {
        selector = .target(target)
      } else {
        throw ValidationError(
          "\(who) is no session's number, no address, no network and no account:ID")
      }
      let line = ControlRequest.line(.kickSessions, selector)
      try options.connect().print(line, options) { (answer: KickAnswer) in
        print(
          answer.sessions.isEmpty
            ? "no session of \(who) is open"
            : "ended \(answer.sessions.count): "
              + answer.sessions.map { "\($0)" }.joined(separator: ", "))
      }
    }
  }

  private static func traffic(
    _ session: SessionAnswer, _ direction: KeyPath<DirectionCounts, UInt64>
  ) -> String {
    "\(session.packets[keyPath: direction]) packets, "
      + Shown.bytes(session.bytes[keyPath: direction])
  }
}
