import Crypto
import Foundation
import MystelTesting
import MystelTunnel

/// A handshake, and what followed it, as another implementation of Noise did it.
struct NoiseVector {
  struct Step {
    var payload: [UInt8]
    var message: [UInt8]
  }

  var pattern: NoisePattern
  var prologue: [UInt8]
  var keys: [String: [UInt8]]
  var handshake: [Step]
  var handshakeHash: [UInt8]
  var transport: [Step]
  /// What the initiator says after it took its next key.
  var rekeyed: [UInt8]?

  func side(_ role: HandshakeState.Role) -> HandshakeState {
    let own = role == .initiator ? "initiatorStatic" : "responderStatic"
    var keys = HandshakeState.Keys(
      own: secret(own).flatMap(TunnelPrivateKey.init), preshared: secret("preshared"))
    if role == .initiator {
      keys.remote = secret("responderStatic").flatMap(TunnelPrivateKey.init)?.publicKey
    }
    return HandshakeState(pattern, role, keys: keys, prologue: prologue)
  }

  func random(_ role: HandshakeState.Role) -> SymmetricKey {
    secret(role == .initiator ? "initiatorEphemeral" : "responderEphemeral")
      ?? SymmetricKey(data: [UInt8](repeating: 0, count: 32))
  }

  private func secret(_ name: String) -> SymmetricKey? {
    keys[name].map { SymmetricKey(data: $0) }
  }
}

// MARK: Files

extension NoiseVector {
  /// Those of Tests/Tunnel, which say how they are made.
  static func own() throws -> [NoiseVector] {
    struct File: Decodable {
      struct Step: Decodable {
        var payload: String
        var message: String
      }
      var pattern: String
      var prologue: String
      var keys: [String: String]
      var handshake: [Step]
      var handshakeHash: String
      var transport: [Step]
      var rekeyed: String
    }
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Tunnel/noise.json")
    return try JSONDecoder().decode([File].self, from: Data(contentsOf: url)).compactMap { file in
      guard let pattern = pattern("Noise_\(file.pattern)_25519_ChaChaPoly_SHA256") else {
        return nil
      }
      return NoiseVector(
        pattern: pattern, prologue: bytes(hex: file.prologue),
        keys: file.keys.mapValues(bytes(hex:)),
        handshake: file.handshake.map { step($0.payload, $0.message) },
        handshakeHash: bytes(hex: file.handshakeHash),
        transport: file.transport.map { step($0.payload, $0.message) },
        rekeyed: bytes(hex: file.rekeyed))
    }
  }

  static var sharedExist: Bool {
    (try? SharedReference.data("vectors/noise-own.json")) != nil
  }

  /// Those of the reference folder that are of our patterns.
  static func shared(_ name: String) throws -> [NoiseVector] {
    struct File: Decodable {
      struct Message: Decodable {
        var payload: String
        var ciphertext: String
      }
      struct Vector: Decodable {
        var protocol_name: String
        var init_prologue: String
        var init_ephemeral: String
        var resp_ephemeral: String
        var init_static: String?
        var resp_static: String?
        var init_psks: [String]?
        var handshake_hash: String
        var messages: [Message]
      }
      var vectors: [Vector]
    }
    let data = try SharedReference.data("vectors/\(name).json")
    return try JSONDecoder().decode(File.self, from: data).vectors.compactMap { file in
      guard let pattern = pattern(file.protocol_name) else { return nil }
      var keys = [
        "initiatorEphemeral": bytes(hex: file.init_ephemeral),
        "responderEphemeral": bytes(hex: file.resp_ephemeral),
      ]
      keys["initiatorStatic"] = file.init_static.map(bytes(hex:))
      keys["responderStatic"] = file.resp_static.map(bytes(hex:))
      keys["preshared"] = file.init_psks?.first.map(bytes(hex:))
      let steps = file.messages.map { step($0.payload, $0.ciphertext) }
      return NoiseVector(
        pattern: pattern, prologue: bytes(hex: file.init_prologue), keys: keys,
        handshake: Array(steps.prefix(2)), handshakeHash: bytes(hex: file.handshake_hash),
        transport: Array(steps.dropFirst(2)), rekeyed: nil)
    }
  }

  private static func pattern(_ name: String) -> NoisePattern? {
    NoisePattern.allCases.first { $0.protocolName == name }
  }

  private static func step(_ payload: String, _ message: String) -> Step {
    Step(payload: bytes(hex: payload), message: bytes(hex: message))
  }
}
