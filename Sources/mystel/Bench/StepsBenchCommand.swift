import ArgumentParser
import MystelCore
import MystelWire

/// `mystel bench steps`: fixed work, to be counted in instructions.
struct StepsBenchCommand: ParsableCommand {
  enum Scenario: String, CaseIterable, ExpressibleByArgument {
    case handshake, mixed, drop, deny
  }

  static let configuration = CommandConfiguration(
    commandName: "steps",
    abstract: "Do a fixed piece of work over and over, for callgrind to count.",
    discussion: """
      A player and a world are simulated once; then a session is handed the same bytes at the same times, \
      again and again, without any socket. handshake is a session up to its last key; mixed goes on to \
      1,000 packets of both sides, and drop is the same with one more after each hundred that is left out, \
      under strict with every rule and meter on; deny looks up 1,000 addresses among 20,000 bans. Prints \
      how many units of work one round is, and what became of them. scripts/callgrind.sh compares what \
      a unit costs with limits.
      """)

  @Argument(help: "The work.")
  var scenario: Scenario
  @Option(help: "Rounds.")
  var rounds = 10

  func run() throws {
    try BenchFailure.check("--rounds", rounds, in: 1...100_000)
    switch scenario {
    case .handshake: try play(.handshake)
    case .mixed: try play(.packets(refusedEach: nil))
    case .drop: try play(.packets(refusedEach: 100))
    case .deny: deny()
    }
  }

  private func play(_ part: StepScript.Part) throws {
    var configuration = Configuration.Inspection()
    configuration.profile = .strict
    let script = try StepScript(
      part, inspection: try ConfigurationSource.inspection(configuration).policy)
    var result = StepScript.Result()
    for _ in 0..<rounds { result = try script.play() }
    print(
      "units \(script.units): \(result.packets) packets, \(result.dropped) left out, "
        + "\(result.forwardedBytes) bytes sent on")
  }

  /// Every other address is banned.
  private func deny() {
    let bans = (0..<20_000 as Range<UInt32>).map { number in
      Ban(
        target: .network(
          AddressPrefix(containing: IPAddress(ipv4: 0x0a00_0000 | number << 4), length: 128)),
        source: .manual, scope: .everyone, reason: "bench", created: 0, expires: nil)
    }
    let list = BanList(bans: bans, allowed: [], protected: [])
    var hits = 0
    for _ in 0..<rounds {
      hits = 0
      for number in 0..<1000 as Range<UInt32> {
        if list.hit(IPAddress(ipv4: 0x0a00_0000 | number << 3)) != nil { hits += 1 }
      }
    }
    print("units 1000: \(hits) denied")
  }
}
