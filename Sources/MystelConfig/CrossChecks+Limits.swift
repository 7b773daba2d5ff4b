import MystelCore

extension CrossChecks {
  /// A burst smaller than its rate would be the rate.
  func rates(_ findings: inout Findings) {
    let session = configuration.limits.session
    let sources = configuration.limits.sources
    let pairs: [(section: String, rate: (String, Int?), burst: (String, Int?))] = [
      (
        "limits.session", ("packets_per_second", session.packetsPerSecond),
        ("burst_packets", session.burstPackets)
      ),
      (
        "limits.session", ("bytes_per_second", session.bytesPerSecond),
        ("burst_bytes", session.burstBytes)
      ),
      (
        "limits.address", ("connections_per_second", sources.address.connectionsPerSecond),
        ("burst_connections", sources.address.burstConnections)
      ),
      (
        "limits.prefix", ("connections_per_second", sources.prefix.connectionsPerSecond),
        ("burst_connections", sources.prefix.burstConnections)
      ),
      (
        "limits.gateway", ("connections_per_second", sources.gateway.connectionsPerSecond),
        ("burst_connections", sources.gateway.burstConnections)
      ),
    ]
    for (section, rate, burst) in pairs {
      let (rateKey, burstKey) = ("\(section).\(rate.0)", "\(section).\(burst.0)")
      guard findings.isSound(rateKey), findings.isSound(burstKey), let most = burst.1 else {
        continue
      }
      guard let perSecond = rate.1 else {
        findings.warn(
          Complaint("means nothing while \(rate.0) is unlimited"), at: burstKey,
          findings.origin(of: burstKey))
        continue
      }
      guard most < perSecond else { continue }
      findings.report(
        Complaint(
          "\(most) is less than the \(perSecond) of \(rate.0): a burst is at least one second's",
          meant: "\(burst.0): \(perSecond)"), at: burstKey, findings.origin(of: burstKey))
    }
  }
}
