import ArgumentParser
import Foundation
import Logging
import MystelConfig
import MystelCore
import MystelManage
import MystelNet
import MystelStore
import UnixSignals

/// `mystel run`: the gateway itself.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the gateway.",
    discussion: """
      SIGTERM or SIGINT stops accepting and lets sessions end (a second one ends them at once); \
      SIGHUP reads the configuration again. Exit status: 0 after a stop, 71 where a listener \
      cannot be bound, 78 where the configuration is wrong.
      """)

  @Option(
    name: [.short, .long],
    help: "The configuration file; also MYSTEL_CONFIG. Environment variables override it.")
  var config: String?

  @Flag(help: "Start with the file alone; what operators changed is kept, and set aside.")
  var ignoreChanges = false

  func run() async throws {
    let start = try ConfigurationSource.start(config, ignoringChanges: ignoreChanges)
    do {
      try await run(start)
    } catch {
      guard let change = start.keeper.change else { throw error }
      // A gateway that is not there carries nobody, and nobody could take the change back.
      StandardError.write(
        """
        does not start with what operators changed (change \(change.number)): starting again with the \
        file alone; `mystel config history` shows the changes, `mystel config rollback` takes them back

        """)
      RunCommand.startAgain(with: "--ignore-changes")
      throw error
    }
  }

  /// Puts this program anew in the place of this process; returns where that cannot be done.
  private static func startAgain(with option: String) {
    var arguments = (CommandLine.arguments + [option]).map { strdup($0) }
    arguments.append(nil)
    execv("/proc/self/exe", arguments)
    for argument in arguments { free(argument) }
  }

  private func run(_ start: StartConfiguration) async throws {
    let (configuration, inspection) = (start.candidate.configuration, start.candidate.inspection)
    let plan = try ConfigurationSource.outward(of: start.candidate)
    let log: LogOutput
    do throws(LogFault) {
      log = try LogOutput(configuration.log)
    } catch {
      StandardError.write("\(error)\n")
      throw ExitCode(78)
    }
    defer { log.flush(within: .seconds(1)) }
    let logger = Logger(label: "mystel") { _ in LineLogHandler(log) }
    start.report(to: logger)
    // Before anything else: a signal that comes early must not kill the process.
    let signals = await UnixSignalsSequence(trapping: .sighup, .sigterm, .sigint, .sigusr1)
    let events = EventFeed()
    let reputation = ReputationSetup.open(configuration, events: events, logger: logger)
    let gateway: Gateway
    let reloader: Reloader
    let desk: Desk
    do {
      gateway = try Gateway(
        configuration: configuration, inspection: inspection.policy, geo: start.candidate.geo,
        tunnels: plan.tunnels, events: events, report: { reputation.submit($0) }, logger: logger)
      gateway.evidence.handOn { reputation.submit($0) }
      gateway.enforce(await reputation.list)
      let outward = Outward(events: events, launcher: gateway.launcher, logger: logger)
      outward.adopt(plan)
      reloader = Reloader(
        gateway: gateway, reputation: reputation, outward: outward, log: log, start: start,
        logger: logger)
      let operations = GatewayOperations(
        gateway: gateway, reputation: reputation, reloader: reloader,
        tokens: try TokenBook(configuration.management), lifecycle: Lifecycle(), log: log,
        logger: logger)
      desk = try await Desk.open(
        configuration, operations: operations, outward: outward,
        monitor: GatewayMonitor(
          gateway: gateway, reputation: reputation, reloader: reloader, operations: operations,
          outward: outward),
        logger: logger)
      try await gateway.start()
      desk.lifecycle.enter(.serving)
      await reloader.renewCertificate { [desk] in try desk.renewCertificate() }
    } catch let shortage as DescriptorBudget.Shortage {
      logger.error("\(shortage)")
      throw ExitCode(78)
    } catch {
      logger.error("cannot start: \(error)")
      throw ExitCode(71)
    }
    logger.notice(
      "started",
      metadata: [
        "room_for_sessions": "\(gateway.capacity)", "engine": "\(gateway.engineName.rawValue)",
        "packs": "\(inspection.packs.contentHash)",
        "profile": "\(configuration.inspection.profile.rawValue)",
      ])
    ServiceManager().say(
      .ready, status: "\(gateway.endpoints.count) listeners, room for \(gateway.capacity) sessions")
    for (name, endpoint) in gateway.endpoints.sorted(by: { $0.key < $1.key }) {
      logger.notice("listening", metadata: ["listener": "\(name)", "address": "\(endpoint)"])
    }
    await serve(
      gateway, reputation, until: signals, reloader: reloader, desk: desk, log: log,
      logger: logger)
  }

  private func reopen(_ log: LogOutput, _ logger: Logger) {
    do throws(LogFault) {
      try log.reopen()
      logger.notice("log opened anew")
    } catch {
      logger.error("the log goes on where it was: \(error)")
    }
  }

  private func serve(
    _ gateway: Gateway, _ reputation: Reputation, until signals: UnixSignalsSequence,
    reloader: Reloader, desk: Desk, log: LogOutput, logger: Logger
  ) async {
    await withTaskGroup(of: Void.self) { group in
      let manager = ServiceManager()
      group.addTask { await reputation.run { gateway.enforce($0) } }
      group.addTask { await manager.watch(gateway) }
      var isDraining = false
      for await signal in signals {
        if signal == .sigusr1 {
          reopen(log, logger)
        } else if signal == .sighup, isDraining {
          logger.warning("draining: the configuration is not read again")
        } else if signal == .sighup {
          manager.say(.reloading)
          let isDone = (try? await reloader.reload()) != nil
          manager.say(.ready, status: isDone ? "configuration reloaded" : "configuration rejected")
        } else if isDraining {
          logger.notice("asked to stop again: ending all sessions now")
          group.cancelAll()
        } else {
          isDraining = true
          desk.lifecycle.enter(.stopping)
          manager.say(.stopping)
          gateway.publish(.draining(true))
          let usual = await reloader.current.timeouts.drain
          let grace = desk.lifecycle.grace ?? usual
          logger.notice(
            "draining: no new sessions", metadata: ["grace": "\(grace.components.seconds) s"])
          group.addTask {
            await gateway.drain(grace: grace)
            let snapshot = await gateway.snapshot()
            await desk.close()
            var summary = Summary.metadata(snapshot)
            summary["reputation"] = ReputationSetup.metadata(await reputation.status)
            logger.notice("summary", metadata: summary)
            await reputation.finish()
            log.flush(within: .seconds(1))
            Foundation.exit(0)
          }
        }
      }
    }
  }
}

/// Reading the configuration for a command.
enum ConfigurationSource {
  static func read(_ path: String?) throws -> LoadedConfiguration {
    let environment = ProcessInfo.processInfo.environment
    return try ConfigurationLoader.load(
      path: path ?? environment["MYSTEL_CONFIG"], environment: environment)
  }

  /// What a gateway starts with; prints problems and ends the command with status 78.
  static func start(_ path: String?, ignoringChanges: Bool = false) throws -> StartConfiguration {
    try orProblems {
      try StartConfiguration(
        path: path, environment: ProcessInfo.processInfo.environment,
        ignoringChanges: ignoringChanges)
    }
  }

  /// What a configuration says to other programs; prints problems and ends the command with status 78.
  static func outward(of candidate: Candidate) throws -> Outward.Plan {
    try orProblems { try Outward.Plan(candidate) }
  }

  /// The rules and packs of a configuration without listeners; prints problems and ends the command
  /// with status 78.
  static func inspection(_ configuration: Configuration.Inspection) throws -> LoadedInspection {
    try orProblems { try InspectionLoader.load(configuration) }
  }

  private static func orProblems<Loaded>(_ load: () throws -> Loaded) throws -> Loaded {
    do {
      return try load()
    } catch {
      StandardError.write("\(error)\n")
      throw ExitCode(78)
    }
  }

  /// As `read`, but prints problems and ends the command with status 78.
  static func load(_ path: String?) throws -> LoadedConfiguration {
    try orProblems { try read(path) }
  }
}

/// The counters as log metadata.
enum Summary {
  static func metadata(_ snapshot: Snapshot) -> Logger.Metadata {
    [
      "accepted": "\(snapshot.accepted)", "sessions": "\(snapshot.sessions)",
      "packets_to_backend": "\(snapshot.packets.toBackend)",
      "packets_to_client": "\(snapshot.packets.toClient)",
      "bytes_to_backend": "\(snapshot.bytes.toBackend)",
      "bytes_to_client": "\(snapshot.bytes.toClient)",
      "rewritten": "\(snapshot.rewritten)", "dropped": "\(snapshot.dropped)",
      "closes": counts(snapshot.closes), "drops": counts(snapshot.drops),
      "notes": counts(snapshot.notes), "rules": rules(snapshot.rules),
      "shadowed": counts(snapshot.shadowed), "admission": "\(snapshot.admission.label)",
      "metered": .dictionary([
        "counted": "\(snapshot.meters.counted)", "delayed": "\(snapshot.meters.delayed)",
        "coalesced": "\(snapshot.meters.coalesced)", "dropped": "\(snapshot.meters.dropped)",
      ]),
    ]
  }

  private static func rules(
    _ counts: [String: RuleTally.Count]
  ) -> Logger.MetadataValue {
    .dictionary(
      counts.mapValues { .string("\($0.enforced) enforced, \($0.shadowed) in shadow") })
  }

  private static func counts(_ counts: [Reason: UInt64]) -> Logger.MetadataValue {
    .dictionary(
      Dictionary(uniqueKeysWithValues: counts.map { ($0.key.label, .string("\($0.value)")) }))
  }
}
