import Foundation
import MystelCore
import MystelManage
import MystelNet
import Synchronization

/// The captures that there are, by number, with the moment each began.
final class CaptureShelf: Sendable {
  private struct State {
    var last: UInt64 = 0
    var started: [UInt64: Int64] = [:]
  }

  private let state = Mutex(State())

  /// Nil where there is no room for one more.
  func take(at seconds: Int64) -> UInt64? {
    state.withLock { state in
      guard state.started.count < CaptureOrder.most else { return nil }
      state.last += 1
      state.started[state.last] = seconds
      return state.last
    }
  }

  func remove(_ id: UInt64) -> Bool {
    state.withLock { $0.started.removeValue(forKey: id) != nil }
  }

  var all: [(id: UInt64, started: Int64)] {
    state.withLock { $0.started }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension GatewayOperations {
  func captures() async throws(ControlFault) -> Page<CaptureAnswer> {
    var items: [CaptureAnswer] = []
    for (id, started) in shelf.all {
      guard let contents = await gateway.capture(id) else { continue }
      items.append(CaptureAnswer(id: id, started: started, contents: contents))
    }
    return Page(items: items, total: items.count)
  }

  func startCapture(
    _ order: CaptureOrder, by caller: ControlCaller
  ) async throws(ControlFault) -> CaptureAnswer {
    guard order.seconds.map({ (1...CaptureOrder.longestSeconds).contains($0) }) ?? true else {
      throw ControlFault(.malformed, "seconds is 1 to \(CaptureOrder.longestSeconds)")
    }
    guard order.bytes.map({ (4096...CaptureOrder.mostBytes).contains($0) }) ?? true else {
      throw ControlFault(.malformed, "bytes is 4096 to \(CaptureOrder.mostBytes)")
    }
    let now = Int64(Date.now.timeIntervalSince1970)
    guard let id = shelf.take(at: now) else {
      throw ControlFault(
        .refused, "there are \(CaptureOrder.most) captures, the most there may be",
        hint: "`mystel capture remove` makes room")
    }
    let isStarted = await gateway.startCapture(order, id: id)
    guard isStarted == true, let contents = await gateway.capture(id) else {
      _ = shelf.remove(id)
      guard isStarted == nil else {
        throw ControlFault(
          .refused, "session \(order.session) is of a listener with game: none",
          hint: "there are no packets to take down, only bytes")
      }
      throw GatewayOperations.noSession(order.session)
    }
    await reputation?.audit(caller.name, "capture", "session \(order.session)", "number \(id)")
    logger.notice(
      "the packets of a session are taken down",
      metadata: ["session": "\(order.session)", "capture": "\(id)", "by": "\(caller.name)"])
    return CaptureAnswer(id: id, started: now, contents: contents)
  }

  func stopCapture(
    _ number: CaptureNumber, by caller: ControlCaller
  ) async throws(ControlFault) -> CaptureAnswer {
    let contents = try await contents(of: number.id, end: true)
    let started = shelf.all.first { $0.id == number.id }?.started ?? 0
    return CaptureAnswer(id: number.id, started: started, contents: contents)
  }

  func removeCapture(
    _ number: CaptureNumber, by caller: ControlCaller
  ) async throws(ControlFault) -> CaptureAnswer {
    let answer = try await stopCapture(number, by: caller)
    await gateway.removeCapture(number.id)
    _ = shelf.remove(number.id)
    await reputation?.audit(caller.name, "capture remove", "number \(number.id)", "done")
    return answer
  }

  func transcript(
    _ query: TranscriptQuery, by caller: ControlCaller
  ) async throws(ControlFault) -> TranscriptPart {
    let contents = try await contents(of: query.id)
    let first = Int(clamping: query.after ?? 0)
    guard first < max(1, contents.frames.count) else {
      throw ControlFault(.malformed, "capture \(query.id) has no packets behind \(first)")
    }
    let isWhole = query.secrets ?? false
    if isWhole { try await admit("captures.transcript", by: caller) }
    if first == 0 || isWhole {
      await reputation?.audit(
        caller.name, "capture read", "number \(query.id)",
        isWhole ? "with what players wrote, behind packet \(first)" : "texts left out")
    }
    return TranscriptText.part(of: contents, after: first, secrets: isWhole)
  }

  private func contents(
    of id: UInt64, end: Bool = false
  ) async throws(ControlFault) -> PacketRecording.Contents {
    guard let contents = await gateway.capture(id, end: end) else {
      throw ControlFault(
        .notFound, "there is no capture \(id)", hint: "`mystel capture list` shows them")
    }
    return contents
  }
}
