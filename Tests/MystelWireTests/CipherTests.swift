import Foundation
import MystelTesting
import MystelWire
import Testing

@Suite("TERA cipher")
struct CipherTests {
  @Test(
    "SHA-0 gives the published digests",
    arguments: [
      ("", "f96cea198ad1dd5617ac084a3d92c6107708c0ef"),
      ("abc", "0164b8a914cd2a5e74c4f7ff082c4d97f1edf880"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "d2516ee1acfa5baf33dfc1c471e438449ef134c8"
      ),
      (String(repeating: "a", count: 55), "0ff59f7cb9afc10d7abcdc9ab8c00e0e7b02034f"),
      (String(repeating: "a", count: 56), "f826f1db56ddb270e25f21a7a40c4163b51c47ff"),
      (String(repeating: "a", count: 680), "ba6a0c6a33137e6f2056714e9169cb7b24125f16"),
    ])
  func sha0(message: String, digest: String) {
    #expect(hex(SHA0.digest(of: Array(message.utf8))) == digest)
  }

  @Test("a key of any length but 128 is refused", arguments: [0, 1, 127, 129, 4096])
  func keyLength(count: Int) {
    #expect(SessionKey([UInt8](repeating: 1, count: count)) == nil)
  }

  @Test("counting keys give the known keystreams")
  func countingKeys() throws {
    let cipher = SessionCipher(keys: try countingSession(), schedule: .current)
    #expect(
      hex(keystream(cipher.toBackend, count: 32))
        == "25a7a7cb37f883294daa270bea35b1e4444c89e3dcfd13229b1da10acf199bc7")
    #expect(
      hex(keystream(cipher.toClient, count: 32))
        == "9b3ee6db6ad966d751b714d772bdb323068c9f69cbfaacd10a6e23922441e4d1")
    #expect(
      hex(Array(keystream(cipher.toBackend, count: 100_016).suffix(16)))
        == "85a901c5f94e58b34fe48614c0c3d2bf")
    #expect(
      hex(Array(keystream(cipher.toClient, count: 100_016).suffix(16)))
        == "515b388651036bfd4cccb7ed2cab6434")
  }

  @Test("random keys agree with the textbook form of the algorithm, both schedules")
  func textbook() throws {
    var random = SplitMix64(seed: 0x5eed_0001)
    for round in 0..<12 {
      let keys = try randomKeys(&random)
      let schedule: KeySchedule = round % 2 == 0 ? .current : .legacy
      let cipher = SessionCipher(keys: keys, schedule: schedule)
      let expected = TextbookCipher(keys: keys, schedule: schedule)
      #expect(keystream(cipher.toBackend, count: 30_000) == expected.toBackend.take(30_000))
      #expect(keystream(cipher.toClient, count: 30_000) == expected.toClient.take(30_000))
    }
  }

  @Test("any chunking gives the same bytes, on and off the cached period")
  func chunking() throws {
    var random = SplitMix64(seed: 0x5eed_0002)
    for _ in 0..<20 {
      var stream = SessionCipher(keys: try randomKeys(&random), schedule: .current).toClient
      let whole = keystream(stream, count: 60_000)
      var cursor = stream.origin
      var lagging = stream.origin
      var bytes: [UInt8] = []
      while bytes.count < whole.count {
        let count = min(Int(random.next(below: 400)), whole.count - bytes.count)
        var chunk = [UInt8](repeating: 0, count: count)
        stream.apply(to: &chunk, at: &cursor)
        bytes += chunk
        if random.next(below: 16) == 0 { lagging = cursor }
        if random.next(below: 8) == 0 { _ = stream.cachePeriod(for: &cursor, and: &lagging) }
      }
      #expect(bytes == whole)
    }
  }

  @Test("long runs give the same bytes, whatever the period, wherever they begin and end")
  func longRuns() throws {
    var random = SplitMix64(seed: 0x5eed_0005)
    var copies = 0
    for _ in 0..<60 {
      var stream = SessionCipher(keys: try randomKeys(&random), schedule: .current).toClient
      let whole = keystream(stream, count: 200_000)
      var cursor = stream.origin
      var position = 24_000 + Int(random.next(below: 4))
      stream.skip(position, at: &cursor)
      var other = stream.origin
      if stream.cachePeriod(for: &cursor, and: &other) { copies += 1 }
      while position < 150_000 {
        let count = Int(random.next(below: 40_000))
        let zeros = [UInt8](repeating: 0, count: count)
        var made = [UInt8](repeating: 0xaa, count: count)
        made.withUnsafeMutableBytes { stream.apply(from: zeros.span.bytes, to: $0, at: &cursor) }
        #expect(made.elementsEqual(whole[position..<position + count]))
        position += count
        // Not from where the run stopped, too.
        let skipped = Int(random.next(below: 50))
        stream.skip(skipped, at: &cursor)
        position += skipped
      }
    }
    // Both kinds were there.
    #expect(copies > 20 && copies < 60)
  }

  @Test("a copy of the period is kept for most keys, and never one longer than a kilobyte")
  func period() throws {
    var random = SplitMix64(seed: 0x5eed_0003)
    var found = 0
    for _ in 0..<100 {
      var stream = SessionCipher(keys: try randomKeys(&random), schedule: .current).toClient
      var cursor = stream.origin
      stream.skip(24_000, at: &cursor)
      var other = stream.origin
      if stream.cachePeriod(for: &cursor, and: &other) {
        found += 1
        let bytes = try #require(stream.cachedPeriodBytes)
        #expect(bytes >= 4 && bytes <= 1024)
      }
    }
    #expect(found > 60)
  }

  @Test("skipping is the same as enciphering and throwing away")
  func skipping() throws {
    var random = SplitMix64(seed: 0x5eed_0004)
    var stream = SessionCipher(keys: try randomKeys(&random), schedule: .current).toBackend
    let whole = keystream(stream, count: 50_000)
    for round in 0..<40 {
      var cursor = stream.origin
      var other = stream.origin
      let first = Int(random.next(below: 20_000))
      stream.skip(first, at: &cursor)
      if round == 20 { _ = stream.cachePeriod(for: &cursor, and: &other) }
      let second = Int(random.next(below: 20_000))
      stream.skip(second, at: &cursor)
      var bytes = [UInt8](repeating: 0, count: 33)
      stream.apply(to: &bytes, at: &cursor)
      #expect(bytes == Array(whole[first + second..<first + second + 33]))
    }
  }

  @Test(
    "the shared handshake vectors pass, the real capture among them",
    .enabled(if: SharedReference.exists))
  func sharedVectors() throws {
    let file = try JSONDecoder().decode(
      HandshakeVectors.self, from: SharedReference.data("tera/vectors/handshake.json"))
    #expect(file.vectors.count >= 5)
    var captures = 0
    for vector in file.vectors where vector.keystreamClientToServer != nil {
      let keys = try sessionKeys(vector)
      let schedule: KeySchedule = (vector.majorPatchVersion ?? 92) < 45 ? .legacy : .current
      let cipher = SessionCipher(keys: keys, schedule: schedule)
      for (stream, expected) in [
        (cipher.toBackend, vector.keystreamClientToServer),
        (cipher.toClient, vector.keystreamServerToClient),
      ] {
        let expected = try #require(expected)
        let bytes = keystream(stream, count: 100_016)
        if let first = expected.first32 { #expect(hex(Array(bytes[0..<32])) == first) }
        if let late = expected.at100000_100016 { #expect(hex(Array(bytes[100_000...])) == late) }
      }
      if let encrypted = vector.ciphertextClientToServer {
        captures += 1
        var text = bytes(hex: encrypted)
        var cursor = cipher.toBackend.origin
        cipher.toBackend.apply(to: &text, at: &cursor)
        #expect(hex(text) == vector.plaintextClientToServer)
      }
    }
    #expect(captures > 0)
  }
}

private struct HandshakeVectors: Decodable {
  struct Vector: Decodable {
    struct Stream: Decodable {
      var first32: String?
      var at100000_100016: String?
    }
    var name: String
    var majorPatchVersion: Int?
    var c1: String?
    var s1: String?
    var c2: String?
    var s2: String?
    var keystreamClientToServer: Stream?
    var keystreamServerToClient: Stream?
    var ciphertextClientToServer: String?
    var plaintextClientToServer: String?
  }
  var vectors: [Vector]
}

private func sessionKeys(_ vector: HandshakeVectors.Vector) throws -> SessionKeys {
  func key(_ text: String?) throws -> SessionKey {
    let text = try #require(text)
    return try #require(SessionKey(bytes(hex: text)))
  }
  return SessionKeys(
    client1: try key(vector.c1), server1: try key(vector.s1), client2: try key(vector.c2),
    server2: try key(vector.s2))
}

private func countingSession() throws -> SessionKeys {
  func key(_ byte: (Int) -> Int) throws -> SessionKey {
    let bytes = (0..<128).map { UInt8(truncatingIfNeeded: byte($0)) }
    return try #require(SessionKey(bytes))
  }
  return SessionKeys(
    client1: try key { $0 }, server1: try key { 255 - $0 }, client2: try key { 128 + $0 },
    server2: try key { 7 * $0 + 3 })
}

private func randomKeys(_ random: inout SplitMix64) throws -> SessionKeys {
  func key() throws -> SessionKey {
    let bytes = random.bytes(128)
    return try #require(SessionKey(bytes))
  }
  return SessionKeys(
    client1: try key(), server1: try key(), client2: try key(), server2: try key())
}

private func keystream(_ stream: Keystream, count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var cursor = stream.origin
  stream.apply(to: &bytes, at: &cursor)
  return bytes
}
