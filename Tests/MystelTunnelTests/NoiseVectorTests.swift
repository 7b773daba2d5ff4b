import MystelTesting
import MystelTunnel
import Testing

/// Handshakes of other implementations, byte for byte, in both roles.
@Suite struct NoiseVectorTests {
  @Test("Our own vectors, made by another implementation, are met byte for byte in both roles")
  func ownVectors() throws {
    let vectors = try NoiseVector.own()
    #expect(vectors.count == 9)
    for vector in vectors { try check(vector) }
  }

  @Test(
    "The shared vectors of our three patterns are met byte for byte in both roles",
    .enabled(if: NoiseVector.sharedExist),
    arguments: ["noise-own", "noise-public"])
  func sharedVectors(file: String) throws {
    let vectors = try NoiseVector.shared(file)
    #expect(vectors.count >= 3)
    #expect(Set(vectors.map(\.pattern)) == Set(NoisePattern.allCases))
    for vector in vectors { try check(vector) }
  }

  @Test("A changed bit in any byte of a handshake message is refused, and nothing is read")
  func changedMessages() throws {
    for vector in try NoiseVector.own() {
      for (index, step) in vector.handshake.enumerated() {
        for place in step.message.indices {
          var message = step.message
          message[place] ^= 1
          let failure = failure(of: vector, at: index, reading: message)
          #expect(failure != nil, "\(vector.pattern) message \(index) byte \(place)")
        }
        for length in step.message.indices {
          let failure = failure(
            of: vector, at: index, reading: Array(step.message.prefix(length)))
          #expect(failure != nil, "\(vector.pattern) message \(index) cut to \(length)")
        }
      }
    }
  }

  @Test("Another prologue, another pinned key and another secret are refused")
  func otherParameters() throws {
    for vector in try NoiseVector.own() {
      var other = vector
      other.prologue.append(0)
      #expect(failure(of: other, at: 0, reading: vector.handshake[0].message) != nil)
      other = vector
      for name in ["responderStatic", "preshared"] where other.keys[name] != nil {
        other.keys[name]?[0] ^= 8
      }
      #expect(failure(of: other, at: 0, reading: vector.handshake[0].message) != nil)
    }
  }

  @Test("K1: every key of low order is refused before anything is made of it", arguments: lowOrder)
  func weakKeys(text: String) throws {
    for vector in try NoiseVector.own() where vector.pattern != .nnpsk0 {
      let message = bytes(hex: text) + vector.handshake[0].message.dropFirst(32)
      #expect(failure(of: vector, at: 0, reading: message) == .weakKey)
    }
    for vector in try NoiseVector.own() {
      let message = bytes(hex: text) + vector.handshake[1].message.dropFirst(32)
      #expect(failure(of: vector, at: 1, reading: message) == .weakKey)
    }
  }

  @Test("A handshake goes no further than its two messages, and gives no keys before")
  func steps() throws {
    let vector = try #require(try NoiseVector.own().first)
    #expect(throws: TunnelFault.malformed) {
      _ = try vector.side(.initiator).split().handshakeHash
    }
    var initiator = vector.side(.initiator)
    var responder = vector.side(.responder)
    let hello = try initiator.write(random: vector.random(.initiator))
    _ = try responder.read(hello)
    _ = try initiator.read(try responder.write(random: vector.random(.responder)))
    #expect(initiator.isComplete && responder.isComplete)
    #expect((try? responder.read(hello)) == nil)
    #expect((try? responder.write(random: vector.random(.responder))) == nil)
  }

  /// The points whose multiples are few: whoever sends one knows what would be agreed on.
  static let lowOrder = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    // The same with the highest bit set, which is ignored.
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000080",
  ]

  // MARK: Helpers

  private func check(_ vector: NoiseVector) throws {
    var initiator = vector.side(.initiator)
    var responder = vector.side(.responder)
    let (hello, answer) = (vector.handshake[0], vector.handshake[1])
    let first = try initiator.write(payload: hello.payload, random: vector.random(.initiator))
    #expect(first == hello.message)
    let heard = try responder.read(hello.message)
    #expect(heard == hello.payload)
    let second = try responder.write(payload: answer.payload, random: vector.random(.responder))
    #expect(second == answer.message)
    let answered = try initiator.read(answer.message)
    #expect(answered == answer.payload)

    let keys = try initiator.split()
    let others = try responder.split()
    #expect(keys.handshakeHash == vector.handshakeHash)
    #expect(others.handshakeHash == vector.handshakeHash)
    #expect(keys.fromInitiator == others.fromInitiator)
    #expect(keys.fromResponder == others.fromResponder)
    try checkTransport(vector, keys)
  }

  private func checkTransport(_ vector: NoiseVector, _ keys: borrowing NoiseKeys) throws {
    for (side, key) in [keys.fromInitiator, keys.fromResponder].enumerated() {
      var sealer = CipherState(key: key)
      var opener = CipherState(key: key)
      for (index, step) in vector.transport.enumerated() where index % 2 == side {
        var sealed: [UInt8] = []
        try sealer.seal(step.payload.span.bytes, into: &sealed)
        #expect(sealed == step.message)
        var opened: [UInt8] = []
        try opener.open(step.message.span.bytes, into: &opened)
        #expect(opened == step.payload)
      }
      guard side == 0, let rekeyed = vector.rekeyed else { continue }
      try opener.rekey()
      var opened: [UInt8] = []
      try opener.open(rekeyed.span.bytes, into: &opened)
      #expect(opened == Array("after rekey".utf8))
    }
  }

  /// What comes of a message in the place of the one at `index`.
  private func failure(
    of vector: NoiseVector, at index: Int, reading message: [UInt8]
  ) -> TunnelFault? {
    var initiator = vector.side(.initiator)
    var responder = vector.side(.responder)
    do throws(TunnelFault) {
      let hello = try initiator.write(
        payload: vector.handshake[0].payload, random: vector.random(.initiator))
      if index == 0 {
        _ = try responder.read(message)
      } else {
        _ = try responder.read(hello)
        _ = try initiator.read(message)
      }
      return nil
    } catch {
      return error
    }
  }
}
