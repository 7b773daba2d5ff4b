/// What the engine has to do after a call into a session, and the worker's scratch memory.
///
/// One value a worker. The engine writes `toClient` and `toBackend`, then the range `passThrough`
/// of the bytes it had handed in, then acts on the flags, and calls `reset`.
package struct SessionOutput: ~Copyable {
  /// Bytes to write to each side, ahead of `passThrough`.
  package var toClient = ScratchBuffer()
  package var toBackend = ScratchBuffer()
  /// The part of the received bytes that goes on to the other side as it came.
  package var passThrough = 0..<0
  /// How many of the received bytes the session took; the rest is handed in again by `resume`.
  package var consumed = 0
  /// Work is left for this side: call `resume` after other sessions had their turn.
  package var hasMore = false
  /// Connect to the backend now.
  package var connectBackend = false
  /// Send FIN to this side once everything is written.
  package var finishClient = false
  package var finishBackend = false
  /// End the session.
  package var close: Reason?

  /// Whether there is nothing to do but to write.
  package var isQuiet: Bool {
    // Mutating, because a borrowed value is copied first, whole.
    mutating get {
      close == nil && !hasMore && !connectBackend && !finishClient && !finishBackend
    }
  }

  /// Deciphered bytes of the read at work.
  var plain = ScratchBuffer()
  var outlet = PacketOutlet()

  package init() {}

  package mutating func reset() {
    toClient.removeAll()
    toBackend.removeAll()
    passThrough = 0..<0
    consumed = 0
    hasMore = false
    connectBackend = false
    finishClient = false
    finishBackend = false
    close = nil
  }

  mutating func append(_ bytes: RawSpan, _ direction: Direction) {
    switch direction {
    case .toBackend: toBackend.append(bytes)
    case .toClient: toClient.append(bytes)
    }
  }
}
