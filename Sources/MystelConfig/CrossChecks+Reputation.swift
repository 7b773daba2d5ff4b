import MystelCore
import MystelWire

extension CrossChecks {
  /// A network that is always banned must leave the gateway's own addresses alone.
  func reputation(_ findings: inout Findings) {
    let settings = configuration.reputation
    let protected = configuration.protectedNetworks
    for (index, network) in settings.deny.enumerated() {
      let key = "reputation.deny[\(index)]"
      guard let own = protected.first(where: { network.covers($0) }) else { continue }
      findings.report(
        Complaint(
          """
          \(network) holds \(own.shortText), an address of the gateway, a backend, a trusted proxy or \
          reputation.protected
          """), at: key, findings.origin(of: key))
    }
    if settings.banTime > settings.longestBan {
      let key = "reputation.ban_time"
      findings.report(
        Complaint("must not be longer than reputation.longest_ban"), at: key,
        findings.origin(of: key))
    }
  }
}
