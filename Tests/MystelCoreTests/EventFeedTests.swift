import Foundation
import MystelCore
import Testing

@Suite("Events for whoever watches") struct EventFeedTests {
  private func text(_ event: GatewayEvent) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(event), as: UTF8.self)
  }

  private func attack(_ number: Int) -> GatewayEvent.Content {
    .attack(state: "state \(number)", why: "")
  }

  private func next(_ count: Int, of watcher: EventSubscription) async -> [GatewayEvent] {
    var events: [GatewayEvent] = []
    for await event in watcher {
      events.append(event)
      if events.count == count { break }
    }
    return events
  }

  @Test("an event is one JSON object of its own fields, its number, its moment and its kind")
  func json() async throws {
    let feed = EventFeed()
    let watcher = feed.subscribe()
    feed.publish(
      [
        .finding(
          GatewayEvent.Found(
            session: 7, client: "203.0.113.7", account: 500_001,
            found: SessionAnswer.Found(
              rule: "101", title: "title", packet: "C_CHAT", field: "message", isEnforced: true),
            count: 3, evidence: "ab-1")),
        .banRemoved(target: .account(5)),
        .audit(AuditAnswer(at: 0, actor: "uid 0", action: "kick", subject: "7", outcome: "done")),
      ], seconds: 1_790_000_000)
    let events = await next(3, of: watcher)
    #expect(
      try text(events[0])
        == """
        {"account":500001,"at":"2026-09-21 14:13:20","client":"203.0.113.7","count":3,\
        "evidence":"ab-1","field":"message","id":1,"isEnforced":true,"kind":"finding",\
        "packet":"C_CHAT","rule":"101","session":7,"title":"title"}
        """)
    #expect(
      try text(events[1])
        == """
        {"at":"2026-09-21 14:13:20","id":2,"kind":"ban_removed","target":"account:5"}
        """)
    #expect(
      try text(events[2])
        == """
        {"action":"kick","actor":"uid 0","at":"2026-09-21 14:13:20","id":3,"kind":"audit",\
        "outcome":"done","subject":"7"}
        """)
  }

  @Test("a watcher that does not read loses the oldest, is told how many, and holds nobody up")
  func slowWatcher() async {
    let feed = EventFeed()
    let slow = feed.subscribe(most: 8)
    for number in 0..<1000 { feed.publish([attack(number)], seconds: 0) }
    #expect(await next(8, of: slow).map(\.id) == Array(993...1000))
    #expect(slow.takeMissed() == 992)
    #expect(slow.takeMissed() == 0)
  }

  @Test("who comes back gets what happened meanwhile, and is told what is forgotten")
  func resuming() async {
    let feed = EventFeed()
    feed.publish((0..<700).map { attack($0) }, seconds: 0)
    let near = feed.subscribe(after: 690)
    #expect(await next(10, of: near).map(\.id) == Array(691...700))
    #expect(near.takeMissed() == 0)
    let far = feed.subscribe(after: 100, most: 1024)
    #expect(await next(512, of: far).map(\.id) == Array(189...700))
    #expect(far.takeMissed() == 88)
    let unknown = feed.subscribe(after: 9_000)
    feed.publish([attack(0)], seconds: 0)
    #expect(await next(1, of: unknown).map(\.id) == [701])
  }

  @Test("a watcher gets the kinds that it asked for, until it leaves")
  func kinds() async {
    let feed = EventFeed()
    let watcher = feed.subscribe(kinds: [.draining])
    feed.publish([attack(0), .draining(true), attack(1), .draining(false)], seconds: 0)
    #expect(await next(2, of: watcher).map(\.kind) == [.draining, .draining])
    watcher.cancel()
    while feed.watchers > 0 { await Task.yield() }
    feed.publish([.draining(true)], seconds: 0)
    #expect(await next(1, of: watcher).isEmpty)
  }
}
