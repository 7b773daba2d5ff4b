import ArgumentParser
import Foundation
import MystelConfig
import MystelCore
import MystelManage

/// `mystel bans`: who may not play.
struct BansCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bans", abstract: "List, make, lift, import, export and check bans.",
    discussion: """
      Everything here is done by the running gateway, which alone writes its store; where none runs, \
      nothing is changed.
      """,
    subcommands: [
      List.self, Add.self, Remove.self, Check.self, Import.self, Export.self,
    ])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the bans in force.")

    @OptionGroup var options: ControlOptions

    @Option(help: "The most to print.")
    var limit = 200

    func run() throws {
      let connection = try options.connect()
      var query = BanQuery()
      var shown: [BanAnswer] = []
      var total: Int?
      repeat {
        query.limit = min(limit - shown.count, PageRequest.most)
        let (page, answer) = try connection.ask(
          ControlRequest.line(.listBans, query), as: Page<BanAnswer>.self)
        if options.json { return ControlConnection.printJSON(answer) }
        shown += page.items
        total = page.total
        query.after = page.next
      } while query.after != nil && shown.count < limit
      var table = TextTable("TARGET", "LEFT", "UNTIL (UTC)", "BY", "MEETS", "REASON", "EVIDENCE")
      for ban in shown {
        table.add(
          "\(ban.target)", ban.secondsLeft.map { Shown.duration($0) } ?? "for good",
          ban.until ?? "-", BansCommand.author(ban), ban.scope, ban.reason, ban.evidence ?? "-")
      }
      print(table.isEmpty ? "nobody is banned" : table.text)
      if let total, total > shown.count { print("and \(total - shown.count) more") }
    }
  }

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ban an address, a network or an account.",
      discussion: """
        Returns when the ban is on disk; live sessions of the target end within a second. The \
        addresses of the gateway itself, of backends, trusted proxies and `reputation.protected`, \
        and everybody (0.0.0.0/0) are refused, networks wider than /8 (IPv4) or /16 (IPv6) unless \
        --allow-wide says that they are meant. \
        `mystel bans remove` takes a ban back.
        """)

    @OptionGroup var options: ControlOptions

    @Argument(help: "203.0.113.7, 203.0.113.0/24, 2001:db8::/64 or account:500001.")
    var target: BanTarget

    @Option(
      name: [.customLong("for")],
      help: "How long: 30m, 12h, 7d. Else reputation.manual_ban_time.")
    var time: String?

    @Flag(help: "Until it is lifted.")
    var permanent = false

    @Flag(help: "Ban a network wider than /8 (IPv4) or /16 (IPv6); /0 never is.")
    var allowWide = false

    @Option(help: "Why, for those who ask later.")
    var reason: String?

    func run() throws {
      let order = BanOrder(
        target: target, seconds: try time.map(BansCommand.seconds),
        isPermanent: permanent ? true : nil, reason: reason,
        allowsWide: allowWide ? true : nil)
      let line = ControlRequest.line(.addBan, order)
      try options.connect().print(line, options) { (ban: BanAnswer) in
        print("banned \(ban.target) \(BansCommand.end(ban))")
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lift a ban, and forget the score that led to it.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "The target, as `mystel bans list` shows it.")
    var target: BanTarget

    func run() throws {
      let line = ControlRequest.line(.removeBan, TargetOrder(target: target))
      try options.connect().print(line, options) { (ban: BanAnswer) in
        print("lifted the ban of \(ban.target) (\(BansCommand.author(ban)): \(ban.reason))")
      }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say whether an address or account may play: by which ban, why, until when.",
      discussion: "Exit status 0 where it may, 3 where it may not.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "An address, a network or account:ID.")
    var target: BanTarget

    func run() throws {
      let (answer, line) = try options.connect().ask(
        ControlRequest.line(.checkBan, TargetOrder(target: target)), as: CheckAnswer.self)
      if options.json { ControlConnection.printJSON(line) } else { print(CheckText.of(answer)) }
      if answer.isBanned || (answer.geoRefusal != nil && answer.geoIsEnforced == true) {
        throw ExitCode(3)
      }
    }
  }

  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ban everybody on a list, or nobody where the list is faulty.",
      discussion: """
        The list replaces nothing; what it holds is banned until its own end, or for \
        reputation.manual_ban_time. What a list may be, and why one is refused: \
        docs/operating/reputation.md.
        """)

    @OptionGroup var options: ControlOptions

    @Argument(help: "The file; - for standard input.")
    var file: String

    @Option(help: "plain, crowdsec or fail2ban.")
    var format: ListFormat = .plain

    @Option(help: "What the list is called; the file's name otherwise.")
    var name: String?

    @Option(
      name: [.customLong("for")], help: "How long, for entries without an end: 12h, 7d.")
    var time: String?

    @Flag(help: "Take networks wider than /8 (IPv4) or /16 (IPv6); /0 never is.")
    var allowWide = false

    func run() throws {
      guard
        let bytes = file == "-"
          ? try? FileHandle.standardInput.readToEnd() ?? Data()
          : FileManager.default.contents(atPath: file)
      else {
        StandardError.write("\(file) cannot be read\n")
        throw ExitCode(66)
      }
      let text: String
      do throws(ListProblems) {
        text = try ListLines.text(of: Array(bytes), limits: ListLimits())
      } catch {
        StandardError.write("\(file): \(error)\n")
        throw ExitCode(65)
      }
      let connection = try options.connect()
      for line in ControlRequest.attaching(text) {
        _ = try connection.ask(line, as: Attached.self)
      }
      let order = ImportOrder(
        format: format.rawValue,
        list: name ?? (file == "-" ? "stdin" : URL(fileURLWithPath: file).lastPathComponent),
        seconds: try time.map(BansCommand.seconds), allowsWide: allowWide ? true : nil)
      let line = ControlRequest.line(.importBans, order)
      try connection.print(line, options) { (answer: ImportAnswer) in
        for warning in answer.warnings { StandardError.write("warning: \(warning)\n") }
        print("banned \(answer.taken), lifted \(answer.lifted)")
      }
    }

    private struct Attached: Decodable {
      var bytes: Int
    }
  }

  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the bans in force in another program's format.")

    @OptionGroup var options: ControlOptions

    @Option(help: "plain, crowdsec or fail2ban.")
    var format: ListFormat = .plain

    func run() throws {
      let line = ControlRequest.line(.exportBans, ExportQuery(format: format.rawValue))
      try options.connect().print(line, options) { (answer: ExportAnswer) in
        print(answer.text, terminator: "")
        if answer.leftOut > 0 {
          StandardError.write(
            "\(answer.leftOut) bans of accounts have no place in \(format.rawValue)\n")
        }
      }
    }
  }

  // MARK: Words

  static func author(_ ban: BanAnswer) -> String {
    ban.origin.isEmpty ? ban.source : "\(ban.source) \(ban.origin)"
  }

  static func end(_ ban: BanAnswer) -> String {
    guard let left = ban.secondsLeft, let until = ban.until else { return "for good" }
    return "for \(Shown.duration(left)), until \(until) UTC"
  }

  /// `30m`, `12h`, `7d` in seconds.
  static func seconds(_ text: String) throws -> Int64 {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604_800]
    guard let last = text.last, let unit = units[last], let count = Int64(text.dropLast()),
      (1...1_000_000_000).contains(count)
    else {
      throw ValidationError("\(text) is no duration: write a number and s, m, h, d or w, as in 12h")
    }
    return count * unit
  }
}

extension ListFormat: ExpressibleByArgument {}
