import ArgumentParser

/// The `mystel` command: one subcommand a file.
@main
struct Mystel: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mystel",
    abstract: "A layer-7 reverse proxy for MMO game servers.",
    discussion: """
      Stands between players and a game server that nobody can change, deciphers each session, \
      checks every packet, and forwards only what a healthy client would send.
      """,
    version: Version.text,
    subcommands: [
      RunCommand.self, CheckCommand.self, StatusCommand.self, TopCommand.self,
      SessionsCommand.self, BansCommand.self, AllowCommand.self, GrantsCommand.self,
      ExplainCommand.self, EvidenceCommand.self, ReloadCommand.self, ConfigCommand.self,
      CaptureCommand.self, DrainCommand.self, LogLevelCommand.self,
      TokenCommand.self, AuditCommand.self, HealthCheckCommand.self,
      DemoCommand.self, BenchCommand.self, ReplayCommand.self,
      InspectCommand.self, RulesCommand.self, CalibrateCommand.self, PacksCommand.self,
      ImportCommand.self, TunnelCommand.self, SchemaCommand.self, VersionCommand.self,
    ])
}
