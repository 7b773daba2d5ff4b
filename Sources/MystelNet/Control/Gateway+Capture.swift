import MystelCore

extension Gateway {
  /// Takes down a session's packets from now on.
  ///
  /// - Parameter id: what the capture is called from then on.
  /// - Returns: nil where there is no such session, false where its packets are not understood.
  package func startCapture(_ order: CaptureOrder, id: UInt64) async -> Bool? {
    for worker in workers {
      if let answer = try? await worker.startCapture(order, id: id) { return answer }
    }
    return nil
  }

  /// What a capture has taken down so far; nil where there is none.
  ///
  /// - Parameter end: whether it is to go no further.
  package func capture(_ id: UInt64, end: Bool = false) async -> PacketRecording.Contents? {
    for worker in workers {
      if let found = try? await worker.capture(id, end: end) { return found }
    }
    return nil
  }

  /// Forgets a capture.
  package func removeCapture(_ id: UInt64) async {
    for worker in workers { try? await worker.removeCapture(id) }
  }
}

extension Worker {
  /// From any thread.
  fileprivate func startCapture(_ order: CaptureOrder, id: UInt64) async throws -> Bool? {
    try await loop.submit { [self] in
      guard let session = conduits[order.session]?.session else { return nil }
      let now = Instant.now
      let recording = PacketRecording(
        of: session.id, mostBytes: order.bytes ?? 1 << 20, began: now,
        until: now + .seconds(order.seconds ?? 60))
      guard session.record(to: recording) else { return false }
      captures[id] = recording
      return true
    }
  }

  /// From any thread.
  fileprivate func capture(_ id: UInt64, end: Bool) async throws -> PacketRecording.Contents? {
    try await loop.submit { [self] in
      guard let recording = captures[id] else { return nil }
      if end { recording.end(.stopped) }
      recording.review(now: .now)
      return recording.contents
    }
  }

  /// From any thread.
  fileprivate func removeCapture(_ id: UInt64) async throws {
    try await loop.submit { [self] in captures.removeValue(forKey: id)?.end(.stopped) }
  }
}
