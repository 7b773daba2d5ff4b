import Crypto
import Foundation
import MystelTesting
import MystelTunnel
import MystelWire
import Testing

/// Whole conversations as another implementation holds them, byte for byte, from both ends.
@Suite struct WireVectorTests {
  struct Conversation: Decodable {
    struct Record: Decodable {
      var from: String
      var kind: String
      var content: String
      var wire: String
    }
    var mode: String
    var name: String
    var cookie: String
    var keys: [String: String]
    var initiation: String
    var response: String
    var records: [Record]
  }

  static let all: [Conversation] = {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Tunnel/wire.json")
    let data = try? Data(contentsOf: url)
    return data.flatMap { try? JSONDecoder().decode([Conversation].self, from: $0) } ?? []
  }()

  @Test("Every conversation says, at both ends, what the vectors say", arguments: 0..<4)
  func conversations(index: Int) throws {
    #expect(Self.all.count == 4)
    let vector = Self.all[index]
    let (first, second) = try settings(vector)
    var initiator = TunnelInitiator(first, now: 0)
    var responder = TunnelResponder(
      second, source: IPAddress(ipv4: 1), door: TunnelPair.door(), now: 0)
    var output = TunnelOutput()

    initiator.start(output: &output)
    if vector.cookie.contains(where: { $0 != "0" }) {
      let mode: UInt8 = vector.mode == "nk" ? 1 : 3
      let cookie = [1, 2, mode, 0, 0, 32] + bytes(hex: vector.cookie)
      output.reset()
      initiator.receive(cookie.span.bytes, now: 0, output: &output)
    }
    #expect(hex(output.wire) == vector.initiation)
    let initiation = output.wire
    output.reset()
    responder.receive(initiation.span.bytes, now: 0, output: &output)
    #expect(hex(output.wire) == vector.response && output.fault == nil)
    let response = output.wire
    output.reset()
    initiator.receive(response.span.bytes, now: 0, output: &output)
    #expect(initiator.isOpen && output.fault == nil)

    for record in vector.records {
      let content = bytes(hex: record.content)
      if record.from == "initiator" {
        switch record.kind {
        case "data": initiator.send(content.span.bytes, now: 0, output: &output)
        case "rekey": initiator.rekey(now: 0, output: &output)
        case "end": initiator.finish(now: 0, output: &output)
        default: break
        }
      } else if record.kind == "end" {
        responder.finish(now: 0, output: &output)
      } else {
        responder.send(content.span.bytes, now: 0, output: &output)
      }
      #expect(hex(output.wire) == record.wire, "\(record.from) \(record.kind)")
      output.reset()
      let wire = bytes(hex: record.wire)
      if record.from == "initiator" {
        responder.receive(wire.span.bytes, now: 0, output: &output)
      } else {
        initiator.receive(wire.span.bytes, now: 0, output: &output)
      }
      #expect(output.fault == nil && output.plain == content)
      #expect(output.hasEnded == (record.kind == "end"))
      output.reset()
    }
  }

  private func settings(
    _ vector: Conversation
  ) throws -> (TunnelSettings, TunnelSettings) {
    func secret(_ name: String) throws -> SymmetricKey {
      SymmetricKey(data: bytes(hex: try #require(vector.keys[name])))
    }
    var keys = (HandshakeState.Keys(), HandshakeState.Keys())
    if vector.mode == "nk" {
      keys.1.own = TunnelPrivateKey(try secret("key"))
      keys.0.remote = keys.1.own?.publicKey
    } else {
      keys.0.preshared = try secret("key")
      keys.1.preshared = try secret("key")
    }
    let mode = vector.mode == "nk" ? NoisePattern.nk : .nnpsk0
    let random = (try secret("initiatorEphemeral"), try secret("responderEphemeral"))
    return (
      TunnelSettings(mode: mode, name: vector.name, keys: keys.0) { random.0 },
      TunnelSettings(mode: mode, name: vector.name, keys: keys.1) { random.1 }
    )
  }
}
