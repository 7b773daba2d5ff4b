import NIOCore
import Synchronization

/// Who is connected, and how many were hung up on for being too many.
final class ConnectionTable: Sendable {
  private struct State {
    var open: [ObjectIdentifier: (channel: any Channel, isRemote: Bool)] = [:]
    var remote = 0
    var refused: UInt64 = 0
  }

  private let state = Mutex(State())

  var open: Int { state.withLock { $0.open.count } }
  var refused: UInt64 { state.withLock { $0.refused } }

  /// - Returns: whether there is room for one more.
  func enter(_ channel: any Channel, isRemote: Bool, _ limits: ManagementLimits) -> Bool {
    state.withLock { state in
      guard state.open.count < limits.connections,
        !isRemote || state.remote < limits.remoteConnections
      else {
        state.refused &+= 1
        return false
      }
      state.open[ObjectIdentifier(channel)] = (channel, isRemote)
      if isRemote { state.remote += 1 }
      return true
    }
  }

  func leave(_ channel: any Channel) {
    state.withLock { state in
      let gone = state.open.removeValue(forKey: ObjectIdentifier(channel))
      if gone?.isRemote == true { state.remote -= 1 }
    }
  }

  func closeAll() {
    let channels = state.withLock { $0.open.values.map(\.channel) }
    for channel in channels { channel.close(promise: nil) }
  }
}

/// Ends a connection whose exchange takes too long, and one that is old and has nothing to do:
/// a client that drips a body, or does not read, holds a place for that long at most.
final class ConnectionWatch: Sendable {
  private enum Phase { case waiting, answering }

  private let channel: any Channel
  private let limits: ManagementLimits
  private let state: Mutex<(phase: Phase, exchange: UInt64)>

  init(_ channel: any Channel, _ limits: ManagementLimits) {
    self.channel = channel
    self.limits = limits
    state = Mutex((.waiting, 0))
    watchAge(limits.connection)
  }

  /// A request is there.
  func begin() {
    let exchange = state.withLock { state in
      state.phase = .answering
      state.exchange &+= 1
      return state.exchange
    }
    _ = channel.eventLoop.scheduleTask(in: limits.exchange) { [weak self] in
      self?.expire(exchange)
    }
  }

  /// Part of an answer that lasts was taken: the next part may take as long.
  func goOn() { begin() }

  /// Its answer is written.
  func end() {
    state.withLock { $0.phase = .waiting }
  }

  private func expire(_ exchange: UInt64) {
    let isLate = state.withLock { $0.phase == .answering && $0.exchange == exchange }
    if isLate { channel.close(promise: nil) }
  }

  private func watchAge(_ time: TimeAmount) {
    let task = channel.eventLoop.scheduleTask(in: time) { [weak self] in
      guard let self, channel.isActive else { return }
      if state.withLock({ $0.phase == .waiting }) {
        channel.close(promise: nil)
      } else {
        watchAge(limits.exchange)
      }
    }
    channel.closeFuture.whenComplete { _ in task.cancel() }
  }
}
