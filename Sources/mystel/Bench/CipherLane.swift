import MystelWire

/// The same stream twice: Mystel's, at a position, and the reference's at the same position.
struct CipherStream {
  let own: Keystream
  let cursor: Keystream.Cursor
  let reference: ReferenceKeystream

  /// The stream further on.
  func settled(after count: Int) -> CipherStream {
    var (cursor, reference) = (cursor, reference)
    var bytes = [UInt8](repeating: 0, count: count)
    own.apply(to: &bytes, at: &cursor)
    reference.apply(to: &bytes)
    return CipherStream(own: own, cursor: cursor, reference: reference)
  }

  /// The stream with its period in a cache; nil where it has none that is short enough.
  var cached: CipherStream? {
    var (own, cursor) = (own, cursor)
    var other = cursor
    guard own.cachePeriod(for: &cursor, and: &other) else { return nil }
    return CipherStream(own: own, cursor: cursor, reference: reference)
  }
}

/// One implementation on many streams, and the speed it reached in each run.
struct CipherLane {
  enum Implementation { case plain, own }

  let name: String
  /// The part of the streams that is measured.
  let part: String
  var count: Int { streams.count }
  /// MB a second, of each run.
  private(set) var speeds: [Double] = []
  /// A sum over all bytes of the last run that depends on their order.
  private(set) var digest: UInt64 = 0
  private let implementation: Implementation
  private let streams: [CipherStream]

  init(
    _ name: String, _ implementation: Implementation, on part: String, _ streams: [CipherStream]
  ) {
    self.name = name
    self.implementation = implementation
    self.part = part
    self.streams = streams
  }

  /// Enciphers zeros: a piece of each stream, then the next piece of each.
  mutating func measure(chunkBytes: Int, chunks: Int) {
    var references = streams.map(\.reference)
    let keystreams = streams.map(\.own)
    var cursors = streams.map(\.cursor)
    var pieces = streams.map { _ in [UInt8](repeating: 0, count: chunkBytes) }
    var nanoseconds: UInt64 = 0
    digest = 0
    for _ in 0..<chunks {
      let start = Machine.now()
      switch implementation {
      case .plain:
        for index in pieces.indices { references[index].apply(to: &pieces[index]) }
      case .own:
        for index in pieces.indices {
          keystreams[index].apply(to: &pieces[index], at: &cursors[index])
        }
      }
      nanoseconds += Machine.now() - start
      // A piece is enciphered on top of the one before: a wrong byte stays wrong.
      for piece in pieces {
        for byte in piece { digest = digest &* 0x100_0000_01b3 ^ UInt64(byte) }
      }
    }
    let bytes = streams.count * chunkBytes * chunks
    speeds.append(Double(bytes) / Double(max(1, nanoseconds)) * 1000)
  }
}
