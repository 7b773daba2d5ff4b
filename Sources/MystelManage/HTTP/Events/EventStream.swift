import Foundation
import Hummingbird
import MystelCore
import NIOCore

/// One reader of events as they happen, as server-sent events: what the feed tells, a `tick` of counters
/// each second, `missed` where he was too slow, and a comment every ten seconds.
///
/// It ends when its reader does, and with an event `ended` when his token does.
struct EventStream: Sendable {
  /// What a reader asked for.
  struct Wish: Sendable {
    /// Nil for all.
    var kinds: Set<GatewayEvent.Kind>?
    var ticks = true
    /// The last event that was seen before.
    var last: UInt64?
  }

  /// How often a token is looked at: within this it ends its streams.
  private static let tokenLife = Duration.seconds(2)
  private static let heartbeat = Duration.seconds(10)
  private static let tick = Duration.seconds(1)
  /// Events that wait for a reader.
  static let waiting = 512

  let feed: EventFeed
  let samples: SampleCache
  let wish: Wish
  /// Whether the reader may still read.
  let isStill: @Sendable () -> Bool
  /// Whether the reader's connection is there.
  let isThere: @Sendable () -> Bool
  /// Told whenever something was taken.
  let progress: @Sendable () -> Void

  func write(to writer: inout any ResponseBodyWriter) async throws {
    let subscription = feed.subscribe(
      after: wish.last, kinds: wish.kinds, most: EventFeed.remembered)
    let outbox = EventOutbox(most: EventStream.waiting)
    defer { subscription.cancel() }
    // A proxy in between shows the reader at once that he is connected.
    try await writer.write(ByteBuffer(string: ": events of the gateway\nretry: 2000\n\n"))
    // Children, so that they run where the server does.
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      defer { tasks.cancelAll() }
      tasks.addTask {
        for await event in subscription { outbox.add(event) }
      }
      tasks.addTask {
        repeat { outbox.ring() } while (try? await Task.sleep(for: EventStream.tick)) != nil
      }
      try await write(outbox, subscription, to: &writer)
    }
    try await writer.finish(nil)
  }

  private func write(
    _ outbox: EventOutbox, _ subscription: EventSubscription,
    to writer: inout any ResponseBodyWriter
  ) async throws {
    var due = (tick: ContinuousClock.now, beat: ContinuousClock.now, token: ContinuousClock.now)
    for await _ in outbox.bell {
      guard isThere() else { return }
      let now = ContinuousClock.now
      if now >= due.token {
        guard isStill() else {
          return try await writer.write(EventStream.text("ended", json: #"{"reason":"token"}"#))
        }
        due.token = now + EventStream.tokenLife
      }
      var buffer = try pending(outbox, subscription)
      if wish.ticks, now >= due.tick {
        buffer.writeImmutableBuffer(try await counters())
        // Ticks keep to the second, whatever rang in between.
        due.tick = now + EventStream.tick - .milliseconds(50)
      }
      if buffer.readableBytes == 0, now >= due.beat { buffer.writeString(":\n\n") }
      guard buffer.readableBytes > 0 else { continue }
      try await writer.write(buffer)
      progress()
      due.beat = now + EventStream.heartbeat
    }
  }

  private func pending(
    _ outbox: EventOutbox, _ subscription: EventSubscription
  ) throws -> ByteBuffer {
    let (events, lost) = outbox.take()
    let missed = lost + subscription.takeMissed()
    var buffer = ByteBuffer()
    if missed > 0 {
      buffer.writeImmutableBuffer(EventStream.text("missed", json: "{\"count\":\(missed)}"))
    }
    for event in events {
      let json = try EventStream.json(event)
      buffer.writeImmutableBuffer(EventStream.text(event.kind.rawValue, id: event.id, json: json))
    }
    return buffer
  }

  private func counters() async throws -> ByteBuffer {
    let counters = TickCounters(await samples.sample(), at: Date.now.timeIntervalSince1970)
    return EventStream.text("tick", json: try EventStream.json(counters))
  }

  // MARK: The format

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// JSON has no line ends of its own, so that one line holds it.
  private static func text(_ kind: String, id: UInt64? = nil, json: String) -> ByteBuffer {
    let number = id.map { "id: \($0)\n" } ?? ""
    return ByteBuffer(string: "\(number)event: \(kind)\ndata: \(json)\n\n")
  }
}
