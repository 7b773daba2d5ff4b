import Foundation
import Logging
import MystelConfig
import MystelCore
import MystelManage
import MystelNet
import MystelNotify
import MystelTunnel

/// Everything that a running gateway says to other programs, or asks them, of its own accord.
final class Outward: Sendable {
  /// What a configuration and its secrets amount to.
  struct Plan: Sendable {
    var configuration: Configuration
    var secrets: Secrets
    var webhooks: [WebhookTarget]
    /// What tunnels of listeners and backends need.
    var tunnels = GatewayTunnels()

    /// - Throws: `ConfigurationProblems`.
    init(_ candidate: Candidate) throws(ConfigurationProblems) {
      configuration = candidate.configuration
      secrets = candidate.secrets
      var targets: [WebhookTarget] = []
      var problems: [(key: String, message: String)] = []
      for (index, webhook) in configuration.webhooks.enumerated() {
        let key = "webhooks[\(index)]"
        let url =
          switch webhook.place {
          case .address(let address): address.description
          case .secret: secrets["\(key).url"]?.text ?? ""
          }
        do throws(WebhookForm.Fault) {
          targets.append(
            try WebhookTarget(webhook, url: url, secret: secrets["\(key).secret"]?.text))
        } catch {
          problems.append(("\(key).template", "\(error)"))
        }
      }
      webhooks = targets
      for (index, listener) in configuration.listeners.enumerated()
      where listener.tunnel.mode == .required {
        do throws(TunnelKeyFault) {
          tunnels.listeners[listener.name] = try TunnelSettings(
            listener, secret: secrets["listeners[\(index)].tunnel.key"]?.text ?? "")
        } catch {
          problems.append(("listeners[\(index)].tunnel.key", error.message))
        }
      }
      for (index, backend) in configuration.backends.enumerated() where backend.tunnel.isWanted {
        do throws(TunnelKeyFault) {
          tunnels.backends[backend.name] = try TunnelSettings(
            backend, secret: secrets["backends[\(index)].tunnel.key"]?.text ?? "")
        } catch {
          problems.append(("backends[\(index)].tunnel.key", error.message))
        }
      }
      guard problems.isEmpty else {
        throw ConfigurationProblems(of: problems, in: candidate.loaded.places)
      }
    }
  }

  /// What tera-api must show when it tells of launchers.
  let launcherKey = SharedKey()
  private let loop = BackgroundLoop()
  private let client: OutwardClient
  private let webhooks: Webhooks
  private let api: TeraAPI
  private let launcher: LauncherDesk

  init(events: EventFeed, launcher: LauncherDesk, logger: Logger) {
    let now: @Sendable () -> Int64 = { Int64(Date.now.timeIntervalSince1970) }
    self.launcher = launcher
    client = OutwardClient(group: loop.group, executor: loop.executor)
    webhooks = Webhooks(feed: events, client: client, logger: logger, now: now)
    api = TeraAPI(feed: events, client: client, logger: logger, now: now)
  }

  /// From now on this is what is said and asked.
  func adopt(_ plan: Plan) {
    launcherKey.adopt(plan.secrets["launcher.key"]?.text)
    webhooks.adopt(plan.webhooks)
    api.adopt(plan.configuration.teraAPI, key: plan.secrets["tera_api.key"]?.text)
    let settings = plan.configuration.launcher
    if settings.pulls {
      launcher.ask { [api] client, done in api.ask(client, age: settings.pullAge, done) }
    } else {
      launcher.ask(by: nil)
    }
  }

  /// Says what is left to say, for two seconds at most.
  func stop() async {
    launcher.ask(by: nil)
    // Not in the caller's task: that it was called off is no reason to say nothing.
    await Task { [webhooks, api] in
      async let told: Void = webhooks.finish(within: .seconds(2))
      await api.finish(within: .seconds(2))
      await told
    }.value
    await client.stop()
    await loop.stop()
  }

  // MARK: Monitoring

  var families: [MetricFamily] { launcherFamilies + webhookFamilies + apiFamilies }

  private var launcherFamilies: [MetricFamily] {
    let measures = launcher.measures
    let counts = measures.counts
    return [
      MetricFamily(
        "mystel_launcher_grants", .gauge, "Addresses whose launcher has logged in.",
        .of(measures.grants)),
      MetricFamily(
        "mystel_launcher_logins", .counter, "Launcher logins that tera-api has told of.",
        .count(counts.pushed)),
      MetricFamily(
        "mystel_launcher_decisions", .counter,
        "Sessions by what the launcher's login made of them; excused ones for want of an answer.",
        [
          .init([.init("decision", "admitted")], .count(counts.admitted)),
          .init([.init("decision", "refused")], .count(counts.refused)),
          .init([.init("decision", "excused")], .count(counts.excused)),
          .init([.init("decision", "overflowed")], .count(counts.overflowed)),
        ]),
      MetricFamily(
        "mystel_launcher_questions", .counter, "Questions to tera-api, by its answer.",
        LauncherGrants.Answer.allCases.map {
          .init([.init("answer", $0.rawValue)], .count(counts.answers[$0] ?? 0))
        }),
    ]
  }

  private var webhookFamilies: [MetricFamily] {
    let counts = webhooks.counts.sorted { $0.key < $1.key }
    return [
      MetricFamily(
        "mystel_webhook_messages", .counter, "Messages to webhooks, by what became of them.",
        counts.flatMap { name, count in
          [("delivered", count.delivered), ("failed", count.failed), ("dropped", count.dropped)]
            .map { outcome, value in
              .init([.init("webhook", name), .init("outcome", outcome)], .count(value))
            }
        }),
      MetricFamily(
        "mystel_webhook_retries", .counter, "Tries beyond the first.",
        counts.map { .init([.init("webhook", $0.key)], .count($0.value.retried)) }),
    ]
  }

  private var apiFamilies: [MetricFamily] {
    let counts = api.counts
    return [
      MetricFamily(
        "mystel_tera_api_calls", .counter, "What tera-api was told, by what became of it.",
        TeraAPI.Call.allCases.flatMap { call in
          TeraAPI.Outcome.allCases.map { outcome in
            .init(
              [.init("call", call.rawValue), .init("outcome", outcome.rawValue)],
              .count(counts[TeraAPI.Key(call, outcome)] ?? 0))
          }
        }),
      MetricFamily(
        "mystel_tera_api_lost", .counter,
        "Events that tera-api was not told of: too many waited, or a kick came too late.",
        .count(api.lost)),
    ]
  }
}
