import Foundation
import MystelConfig
import MystelCore
import MystelNet
import MystelWire

extension GatewayOperations {
  /// Evidence of the store that is looked through, beside all in memory.
  private static let storedEvidence = 4096

  func testRules(_ order: RuleTestOrder) async throws(ControlFault) -> RuleTestAnswer {
    let candidate = await reloader.candidate
    let policy = candidate.inspection.policy
    var rule: Rule?
    if let id = order.rule {
      rule = policy.rules.first { $0.id == id }
      guard rule != nil else {
        throw ControlFault(.notFound, "there is no rule \(ListEntry.shown(id))")
      }
    }
    let tests: RuleTestText
    do throws(ConfigurationProblems) {
      tests = try RuleTestText(order.tests ?? "")
    } catch {
      throw ControlFault(
        .invalid, "the cases cannot be understood",
        problems: error.problems.prefix(100).map { ConfigurationProblem($0) })
    }
    guard !isTesting.exchange(true, ordering: .acquiring) else {
      throw ControlFault(.busy, "rules are being tested already: try again")
    }
    defer { isTesting.store(false, ordering: .releasing) }
    let packs = candidate.inspection.packs.packs
    // Not by the thread that asks, which has others to answer.
    let work = Task { () -> Result<RuleTestAnswer, ControlFault> in
      Result { () throws(ControlFault) in try tests.run(on: policy, rule: rule, packs: packs) }
    }
    return try await work.value.get()
  }

  func packs() async throws(ControlFault) -> PacksAnswer {
    let packs = await reloader.candidate.inspection.packs
    return PacksAnswer(
      items: packs.packs.map { pack in
        PackAnswer(
          build: pack.build, label: pack.label, packets: pack.opcodes.count,
          layouts: pack.packets.values.count { $0.layout != nil },
          hash: packs.hashes[pack.build] ?? "", isImported: packs.imported.contains(pack.build))
      }, hash: packs.contentHash)
  }

  func evidence(_ query: EvidenceListQuery) async throws(ControlFault) -> Page<EvidenceEntry> {
    let recent = gateway.evidence.latest
    let known = Set(recent.map(\.id))
    let stored = await reputation?.evidence(limit: GatewayOperations.storedEvidence) ?? []
    let found = (recent + stored.filter { !known.contains($0.id) }).filter { evidence in
      (query.session.map { $0 == evidence.session } ?? true)
        && (query.target.map { GatewayOperations.concerns($0, evidence) } ?? true)
    }
    return page(found.map { EvidenceEntry($0) }, query.page)
  }

  private static func concerns(_ target: BanTarget, _ evidence: Evidence) -> Bool {
    switch target {
    case .account(let account): return evidence.account == account
    case .network(let network):
      return GatewayOperations.address(evidence.client).map { network.contains($0) } ?? false
    }
  }

  /// The address of `203.0.113.7:4711`, `[2001:db8::1]:4711`, or without a port.
  private static func address(_ client: String) -> IPAddress? {
    if let address = IPAddress(client) { return address }
    guard let colon = client.lastIndex(of: ":") else { return nil }
    let host = client[..<colon]
    return IPAddress(host.hasPrefix("[") ? host.dropFirst().dropLast() : host)
  }
}
