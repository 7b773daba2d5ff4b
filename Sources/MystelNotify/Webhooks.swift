import Logging
import MystelCore
import Synchronization

/// One webhook, with its secrets.
package struct WebhookTarget: Sendable {
  package var settings: Configuration.Webhook
  /// May be a secret: never logged.
  package var url: String
  package var secret: String?
  package var form: WebhookForm

  /// - Throws: `WebhookForm.Fault`.
  package init(
    _ settings: Configuration.Webhook, url: String, secret: String?
  ) throws(WebhookForm.Fault) {
    self.settings = settings
    self.url = url
    self.secret = secret
    form = try WebhookForm(settings.format, template: settings.template)
  }

  func isSame(as other: WebhookTarget) -> Bool {
    settings == other.settings && url == other.url && secret == other.secret
  }
}

/// What became of a webhook's messages.
package struct WebhookCounts: Sendable, Equatable {
  package var delivered: UInt64 = 0
  /// Given up: refused, or no answer however often it was tried.
  package var failed: UInt64 = 0
  /// Tries beyond the first.
  package var retried: UInt64 = 0
  /// Never tried, for want of room while others were tried again.
  package var dropped: UInt64 = 0
  package init() {}
}

/// Tells programs elsewhere what happens: each in order, on the outward thread, behind a queue of its
/// own that loses the oldest.
package final class Webhooks: Sendable {
  private struct Running {
    var target: WebhookTarget
    var watches: [EventWatch]
  }

  private struct State {
    var running: [String: Running] = [:]
    var counts: [String: WebhookCounts] = [:]
  }

  /// Messages that wait for one webhook at most.
  package static let waiting = 256
  /// The longest wait before a message is tried again.
  static let longestWait = 60

  private let state = Mutex(State())
  private let feed: EventFeed
  private let client: OutwardClient
  private let logger: Logger
  private let now: @Sendable () -> Int64

  /// - Parameter now: seconds since 1970.
  package init(
    feed: EventFeed, client: OutwardClient, logger: Logger, now: @escaping @Sendable () -> Int64
  ) {
    self.feed = feed
    self.client = client
    self.logger = logger
    self.now = now
  }

  package var counts: [String: WebhookCounts] { state.withLock { $0.counts } }

  /// Tells these from now on. One that has not changed goes on where it is.
  package func adopt(_ targets: [WebhookTarget]) {
    state.withLock { state in
      for (name, running) in state.running
      where !targets.contains(where: { $0.isSame(as: running.target) }) {
        for watch in running.watches { watch.cancel() }
        state.running[name] = nil
        if !targets.contains(where: { $0.settings.name == name }) { state.counts[name] = nil }
      }
      for target in targets where state.running[target.settings.name] == nil {
        state.counts[target.settings.name] = state.counts[target.settings.name] ?? WebhookCounts()
        state.running[target.settings.name] = Running(
          target: target, watches: watches(target))
      }
    }
  }

  /// What is about players comes in crowds, and waits apart, so that it pushes out nothing else.
  private func watches(_ target: WebhookTarget) -> [EventWatch] {
    let kinds = target.settings.kinds
    return [kinds.filter(\.isAboutPlayers), kinds.filter { !$0.isAboutPlayers }]
      .filter { !$0.isEmpty }
      .map { kinds in
        EventWatch(feed, kinds: kinds, most: Self.waiting, on: client) { [self] in
          await run(target, $0)
        }
      }
  }

  /// Tells what waits, for a while, and nothing any more.
  package func finish(within time: Duration) async {
    await EventWatch.finish(
      state.withLock { $0.running.values.flatMap(\.watches) }, within: time)
    adopt([])
  }

  // MARK: One webhook

  private func run(_ target: WebhookTarget, _ subscription: EventSubscription) async {
    var isFailing = false
    for await event in subscription {
      let missed = subscription.takeMissed()
      if missed > 0 { count(target) { $0.dropped &+= UInt64(missed) } }
      guard let outcome = await deliver(event, to: target) else { return }
      if outcome.isDelivered {
        count(target) { $0.delivered &+= 1 }
        if isFailing { logger.notice("webhook answers again", metadata: metadata(target)) }
        isFailing = false
        continue
      }
      count(target) { $0.failed &+= 1 }
      // One line until it works again.
      if !isFailing {
        logger.warning(
          "webhook: a message was given up; later ones are counted until it answers again",
          metadata: metadata(target).merging(["why": "\(outcome.why)"]) { first, _ in first })
      }
      isFailing = true
    }
  }

  private struct Outcome {
    var isDelivered: Bool
    var why = ""
  }

  /// Nil where it was called off.
  private func deliver(_ event: GatewayEvent, to target: WebhookTarget) async -> Outcome? {
    let body = target.form.body(of: event)
    var why = ""
    for attempt in 0...max(0, target.settings.retries) {
      if attempt > 0 { count(target) { $0.retried &+= 1 } }
      var wait = min(1 << min(attempt, 10), Self.longestWait)
      do throws(OutwardClient.Fault) {
        let reply = try await client.send(
          .POST, target.url, headers: headers(target, body), body: body,
          within: target.settings.timeout)
        if (200..<300).contains(reply.status) { return Outcome(isDelivered: true) }
        why = "it answered \(reply.status)"
        // What is refused for good is not tried again.
        guard reply.status >= 500 || reply.status == 429 || reply.status == 408 else { break }
        if let asked = reply.retryAfter { wait = min(max(asked, 1), Self.longestWait) }
      } catch {
        why = error.description
      }
      guard attempt < target.settings.retries else { break }
      do { try await Task.sleep(for: .seconds(wait)) } catch { return nil }
    }
    return Task.isCancelled ? nil : Outcome(isDelivered: false, why: why)
  }

  private func headers(_ target: WebhookTarget, _ body: [UInt8]) -> [(String, String)] {
    var headers = [("Content-Type", target.form.contentType)]
    if let secret = target.secret {
      let seconds = now()
      headers += [
        ("X-Mystel-Timestamp", "\(seconds)"),
        ("X-Mystel-Signature", WebhookSignature.of(body, seconds: seconds, secret: secret)),
      ]
    }
    return headers
  }

  private func metadata(_ target: WebhookTarget) -> Logger.Metadata {
    ["webhook": "\(target.settings.name)"]
  }

  private func count(_ target: WebhookTarget, _ change: (inout WebhookCounts) -> Void) {
    state.withLock { state in
      // A webhook that a reload took out counts no more.
      guard var counts = state.counts[target.settings.name] else { return }
      change(&counts)
      state.counts[target.settings.name] = counts
    }
  }
}
