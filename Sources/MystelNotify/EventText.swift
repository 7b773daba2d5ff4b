import MystelCore

/// What happened, in one line for people.
package enum EventText {
  package static func of(_ event: GatewayEvent) -> String {
    switch event.content {
    case .sessionOpened(let opened):
      "\(player(opened.account, opened.client)) plays at \(opened.listener)"
    case .sessionEnded(let ended):
      "\(player(ended.account, ended.client)) has left after \(time(ended.seconds)): \(ended.reason)"
        + evidence(ended.evidence)
    case .finding(let found):
      """
      \(player(found.account, found.client)) broke \(found.found.rule) (\(found.found.title))\
      \(found.count > 1 ? " \(found.count) times" : ""), \
      \(found.found.isEnforced ? "which was acted on" : "which was counted")
      """ + evidence(found.evidence)
    case .banAdded(let ban):
      """
      banned: \(ban.target) \(ban.secondsLeft.map { "for " + time($0) } ?? "for good"), \
      \(ban.origin): \(ban.reason)
      """ + evidence(ban.evidence)
    case .banRemoved(let target):
      "no longer banned: \(target)"
    case .backend(let name, let address, let isDown):
      isDown
        ? "backend \(name) (\(address)) is down: players are refused until it answers"
        : "backend \(name) (\(address)) answers again"
    case .attack(let state, let why):
      "admission is \(state): \(why)"
    case .configuration(let change):
      """
      the configuration was changed by \(change.by)\
      \(change.keys.isEmpty ? "" : ": " + change.keys.prefix(10).joined(separator: ", "))
      """
    case .audit(let audit):
      "\(audit.actor): \(audit.action) \(audit.subject): \(audit.outcome)"
    case .draining(let isDraining):
      isDraining ? "draining: nobody is let in any more" : "draining is called off"
    }
  }

  private static func player(_ account: UInt64?, _ client: String) -> String {
    account.map { "account \($0) (\(client))" } ?? client
  }

  private static func evidence(_ id: String?) -> String { id.map { ", evidence \($0)" } ?? "" }

  private static func time(_ seconds: Int64) -> String {
    switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3600) h"
    default: "\(seconds / 86_400) d"
    }
  }
}
