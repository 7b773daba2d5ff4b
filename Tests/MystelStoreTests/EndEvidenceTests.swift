import MystelCore
import MystelStore
import MystelWire
import Testing

@Suite("Evidence of floods")
struct EndEvidenceTests {
  @Test("is kept where a ban rests on it, and nowhere else")
  func kept() async throws {
    let rig = try StoreRig()
    let reputation = rig.open()
    let flood = AddressFlood(
      client: IPAddress(ipv4: 0xcb00_7107), reason: .addressBlocked, isKnown: false)
    for number in 1...6 as ClosedRange<UInt64> {
      let evidence = Evidence(flood, number: number, instance: 99, seconds: 7)
      await reputation.take([.incident(Incident(flood, evidence: evidence, seconds: 7))])
    }
    let ban = try #require(await reputation.bans().first)
    let id = try #require(ban.evidence)
    #expect(ban.reason == "address_blocked" && id == "2r-0-5")
    #expect(await reputation.evidence(id)?.address == "203.0.113.7")
    await reputation.finish()
    let later = rig.open()
    #expect(await later.evidence(id)?.json.contains("refusedWithinTenSeconds: 20") == true)
    for other in ["2r-0-1", "2r-0-4", "2r-0-6"] { #expect(await later.evidence(other) == nil) }
  }
}
