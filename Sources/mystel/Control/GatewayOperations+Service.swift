import Foundation
import MystelCore
import MystelManage
import MystelNet

extension GatewayOperations {
  func drain(
    _ order: DrainOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> DrainAnswer {
    let stops = order.stops ?? false
    if let seconds = order.graceSeconds {
      guard stops else {
        throw ControlFault(.malformed, "graceSeconds is for a gateway that stops: set stops, too")
      }
      guard (0...86_400).contains(seconds) else {
        throw ControlFault(.malformed, "graceSeconds is 0 to 86400, a day")
      }
    }
    if stops, lifecycle.phase == .stopping {
      // Asking twice is no wish to end at once.
      return DrainAnswer(phase: .stopping, sessions: await gateway.snapshot().sessions)
    }
    if stops {
      await reputation?.audit(caller.name, "stop", "", "done")
      logger.notice("asked to stop", metadata: ["by": "\(caller.name)"])
      lifecycle.stop(grace: order.graceSeconds.map { .seconds($0) })
      return DrainAnswer(phase: .stopping, sessions: await gateway.snapshot().sessions)
    }
    guard lifecycle.phase != .stopping else {
      throw ControlFault(.refused, "the gateway stops already")
    }
    if lifecycle.enter(.draining) {
      gateway.holdBack(true)
      await reputation?.audit(caller.name, "drain", "", "done")
      logger.notice(
        "draining: newcomers are refused, sessions go on; `mystel drain --undo` takes it back",
        metadata: ["by": "\(caller.name)"])
      gateway.publish(.draining(true))
    }
    return DrainAnswer(phase: lifecycle.phase, sessions: await gateway.snapshot().sessions)
  }

  func undrain(by caller: ControlCaller) async throws(ControlFault) -> DrainAnswer {
    guard lifecycle.phase != .stopping else {
      throw ControlFault(.refused, "the gateway stops, which cannot be taken back")
    }
    if lifecycle.enter(.serving) {
      gateway.holdBack(false)
      await reputation?.audit(caller.name, "drain undo", "", "done")
      logger.notice("newcomers are let in again", metadata: ["by": "\(caller.name)"])
      gateway.publish(.draining(false))
    }
    return DrainAnswer(phase: lifecycle.phase, sessions: await gateway.snapshot().sessions)
  }

  func logLevel() async throws(ControlFault) -> LogLevel { LogLevel(level: log.level) }

  func setLogLevel(
    _ order: LogLevel, by caller: ControlCaller
  ) async throws(ControlFault) -> LogLevel {
    let before = log.level
    log.level = order.level
    await reputation?.audit(
      caller.name, "log level", order.level.rawValue, "was \(before.rawValue)")
    // At its own level it is seen whichever of the two is in force.
    logger.error(
      "another log level, until the next start",
      metadata: [
        "by": "\(caller.name)", "level": "\(order.level.rawValue)", "was": "\(before.rawValue)",
      ])
    return LogLevel(level: log.level)
  }
}
