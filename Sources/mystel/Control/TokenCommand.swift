import ArgumentParser
import MystelCore
import MystelManage

/// `mystel token`: who may use the HTTP API.
struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Make, list and revoke tokens of the HTTP API.",
    discussion: """
      A token is shown once, when it is made; the gateway keeps a digest of it. Roles: viewer sees, \
      operator also ends sessions and bans, admin also reloads and hands out tokens.
      """,
    subcommands: [Add.self, List.self, Revoke.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a token, and print it this once.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "What records call it, such as grafana or alice.")
    var name: String

    @Option(help: "viewer, operator or admin.")
    var role = Role.viewer

    @Option(
      name: [.customLong("for")], help: "How long it is good for: 12h, 90d. Else until revoked.")
    var time: String?

    func run() throws {
      let order = TokenOrder(name: name, role: role, seconds: try time.map(BansCommand.seconds))
      try options.connect().print(ControlRequest.line(.addToken, order), options) {
        (answer: TokenAnswer) in
        // Alone on standard output, for scripts.
        print(answer.token ?? "")
        StandardError.write(
          """
          token \(answer.name), \(answer.role.rawValue), \
          \(answer.expires.map { "until \($0) UTC" } ?? "until it is revoked"); \
          it is not shown again

          """)
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the tokens, without secrets.")

    @OptionGroup var options: ControlOptions

    func run() throws {
      let line = ControlRequest.line(.listTokens)
      try options.connect().print(line, options) { (page: Page<TokenAnswer>) in
        var table = TextTable("NAME", "ROLE", "MADE (UTC)", "UNTIL (UTC)")
        for token in page.items {
          table.add(
            token.name, token.role.rawValue, token.created,
            token.expires.map { $0 + (token.isExpired ? " (over)" : "") } ?? "it is revoked")
        }
        print(table.isEmpty ? "there are no tokens" : table.text)
      }
    }
  }

  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make a token nobody's, at once.")

    @OptionGroup var options: ControlOptions

    @Argument(help: "The name, as `mystel token list` shows it.")
    var name: String

    func run() throws {
      let line = ControlRequest.line(.revokeToken, TokenName(name: name))
      try options.connect().print(line, options) { (token: TokenAnswer) in
        print("revoked \(token.name)")
      }
    }
  }
}

extension Role: ExpressibleByArgument {}
