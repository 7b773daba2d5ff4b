import ArgumentParser

/// `mystel demo`: a world, a gateway and players in one process, on loopback.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Show the gateway at work between a simulated world and simulated players.",
    discussion: """
      Honest players log in, play and leave, while misbehaving clients connect again and again. \
      Needs no file and no network but loopback. Exit status 0 means that every honest player's \
      stream arrived byte-exact and that every misbehaving client was closed; 1 means that not.
      """)

  @Option(help: "How long to play, in seconds (1 to 3600).")
  var seconds = 15

  @Option(help: "How many honest players (1 to 500).")
  var players = 20

  @Option(help: "Repeats the players of an earlier run; its summary names its seed.")
  var seed: UInt64?

  func validate() throws {
    guard (1...3_600).contains(seconds) else {
      throw ValidationError("--seconds must be 1 to 3600.")
    }
    guard (1...500).contains(players) else {
      throw ValidationError("--players must be 1 to 500.")
    }
  }

  func run() async throws {
    let demo = Demo(
      seconds: seconds, players: players, seed: seed ?? UInt64.random(in: 1...999_999))
    guard try await demo.run() else { throw ExitCode(1) }
  }
}
