import MystelCore
import MystelWire
import Testing

@Suite("Whose an incident is")
struct OriginTests {
  private static let victim = IPAddress(ipv4: 0xcb00_7107)
  /// The socket's peer in `SessionRig`.
  private static let peer = IPAddress(ipv4: 0x7f00_0009)
  private static let trusting = Configuration.ProxyProtocolAccept(
    mode: .any, trusted: [AddressPrefix(containing: peer, length: 8)])

  private static func header(of client: IPAddress) throws -> [UInt8] {
    try ProxyHeader(
      .v2,
      endpoints: .init(
        source: Endpoint(client, port: 50_001),
        destination: Endpoint(IPAddress(ipv4: 0xcb00_7101), port: 7801)), tlvs: []
    ).encoded()
  }

  /// Sends bytes, waits for the end, and tells whom it is charged to.
  private static func charged(
    _ accept: Configuration.ProxyProtocolAccept, _ bytes: [UInt8]
  ) throws -> (reason: Reason, incident: Incident?) {
    var rig = SessionRig(accept: accept)
    _ = rig.open()
    var end = rig.receive(bytes, from: .client).close
    for _ in 0..<20 where end == nil { end = rig.wait(.seconds(5)).close }
    let reason = try #require(end)
    return (reason, rig.session.incident(endedBy: reason, seconds: 0))
  }

  @Test("G4: a trusted proxy's header tells whose an incident is; the proxy's own are nobody's")
  func relayed() throws {
    // What is too much for a key exchange.
    let attack = [UInt8](repeating: 0x47, count: 4096)
    let told = try Self.charged(Self.trusting, Self.header(of: Self.victim) + attack)
    #expect(told.incident?.client == Self.victim)
    #expect(told.incident?.isPreLogin == true)
    for bytes in [
      attack, try Self.header(of: Self.victim).dropLast(),
      try ProxyHeader.local().encoded() + attack,
      Array("PROXY UNKNOWN\r\n".utf8) + attack, Array("PROXY TCP4 203.0.113.7\r\n".utf8),
    ] {
      let end = try Self.charged(Self.trusting, Array(bytes))
      #expect(end.incident == nil, "\(end.reason)")
    }
  }

  @Test("G4: who forges a header charges nobody with it, and himself with the rest")
  func forged() throws {
    let forged = try Self.header(of: Self.victim)
    let plain = try Self.charged(.init(), forged)
    #expect(plain.reason == .proxyHeaderUnexpected && plain.incident == nil)
    // Later in the stream it is data like any other.
    let key = [UInt8](repeating: 0x31, count: 128)
    for bytes in [key + forged + key + key, key + key + forged + key] {
      let late = try Self.charged(.init(), bytes)
      #expect(late.incident?.client == Self.peer, "\(late.reason)")
    }
    // A second header behind the one of the trusted proxy, which is the player's writing.
    let other = IPAddress(ipv4: 0xc633_6409)
    let second = try Self.charged(
      Self.trusting, Self.header(of: other) + forged + [UInt8](repeating: 9, count: 512))
    #expect(second.incident == nil || second.incident?.client == other, "\(second.reason)")
  }
}
