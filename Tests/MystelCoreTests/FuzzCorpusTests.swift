import Foundation
import MystelTesting
import Testing

/// What the fuzzers start from and what they once found, through the same bodies, on every run.
@Suite struct FuzzCorpusTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fuzz")

  private static func inputs(_ target: String) throws -> [[UInt8]] {
    try ["Corpus", "Regressions"].flatMap { kind in
      let folder = folder.appendingPathComponent("\(kind)/\(target)")
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      return try names.sorted().map { name in
        Array(try Data(contentsOf: folder.appendingPathComponent(name)))
      }
    }
  }

  @Test("Seeds and old crashes of PROXY headers pass")
  func proxyHeaders() throws {
    let inputs = try Self.inputs("ProxyHeader")
    #expect(inputs.count >= 5)
    for input in inputs { fuzzProxyHeader(input) }
  }

  @Test("Seeds and old crashes of packet bodies pass")
  func packetBodies() throws {
    let inputs = try Self.inputs("PacketBody")
    #expect(inputs.count >= 5)
    for input in inputs { fuzzPacketBody(input) }
  }

  @Test("Seeds and old crashes of sessions pass")
  func sessions() throws {
    let inputs = try Self.inputs("TeraSession")
    #expect(inputs.count >= 5)
    for input in inputs { fuzzTeraSession(input) }
  }

  @Test("Seeds and old crashes of layout, definition and opcode files pass")
  func definitions() throws {
    let inputs = try Self.inputs("Definition")
    #expect(inputs.count >= 5)
    for input in inputs { fuzzDefinition(input) }
  }

  @Test("Random scripts end as their verdicts say, at any split of the bytes")
  func randomSessions() {
    for seed in UInt64(1)...60 {
      var random = SplitMix64(seed: seed)
      fuzzTeraSession(random.bytes(Int(2 + random.next(below: 160))))
    }
  }

  @Test("Seeds and old crashes of the inspection pass")
  func inspection() throws {
    let inputs = try Self.inputs("Inspection")
    #expect(inputs.count >= 5)
    for input in inputs { fuzzInspection(input) }
  }

  @Test("Seeds and old crashes of MaxMind DB files pass")
  func geo() throws {
    let inputs = try Self.inputs("Geo")
    #expect(inputs.count >= 1)
    for input in inputs { fuzzGeo(input) }
  }

  @Test("Seeds and old crashes of the tunnel pass")
  func tunnels() throws {
    let handshakes = try Self.inputs("TunnelHandshake")
    let records = try Self.inputs("TunnelRecords")
    #expect(handshakes.count >= 4 && records.count >= 3)
    for input in handshakes { fuzzTunnelHandshake(input) }
    for input in records { fuzzTunnelRecords(input) }
  }

  @Test("Random bytes and scripts in a tunnel end as they must")
  func randomTunnels() {
    for seed in UInt64(1)...200 {
      var random = SplitMix64(seed: seed)
      fuzzTunnelHandshake(random.bytes(Int(1 + random.next(below: 300))))
      fuzzTunnelRecords(random.bytes(Int(1 + random.next(below: 80))))
    }
  }

  @Test("Seeds and old crashes of lists of bans pass")
  func lists() throws {
    let inputs = try Self.inputs("List")
    #expect(inputs.count >= 2)
    for input in inputs { fuzzList(input) }
  }
}
