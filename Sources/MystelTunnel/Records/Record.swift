/// The form of a record. Source: docs/protocol/tunnel.md#records.
///
/// A record is a *cell* of fixed size and, where that is too small, a *tail*, each sealed with a tag
/// of its own. The cell says how long the tail is, so a length is authentic before it is believed.
package enum Record {
  package enum Kind: UInt8, Sendable {
    /// Bytes of the session; none where the record is only there to be seen.
    case data = 0
    /// The initiator's first record: the handshake was no replay.
    case open = 1
    /// The sender's next record is sealed with its next key.
    case rekey = 2
    /// The sender has no more to say.
    case end = 3
  }

  /// Plaintext of the cell: the head, then the first bytes of the content.
  package static let cellBytes = 128
  /// The kind, the bytes of the content, and those of the tail, two each, high byte first.
  static let headBytes = 5
  /// Content that needs no tail.
  static let cellRoom = cellBytes - headBytes
  /// Plaintext of the longest record, cell and tail together.
  package static let mostBytes = 16_384
  static let mostTail = mostBytes - cellBytes
  package static let mostContent = cellRoom + mostTail
}

/// When a sender has to take its next key. A receiver holds it to the first two.
package struct RekeyLimits: Sendable {
  /// Records under one key, the one included that announces the next.
  package var records: UInt64 = 1 << 20
  /// Plaintext under one key.
  package var bytes: UInt64 = 1 << 30
  package var nanoseconds: UInt64 = 600_000_000_000

  package init() {}
}

/// What a sender adds so that lengths, or even times, tell less.
package enum TunnelPadding: Sendable, Equatable {
  /// Nothing but the cell's fixed size.
  case none
  /// Tails of whole blocks.
  case block(bytes: Int)
  /// One record of one size at a time, whether there is anything to say or not.
  case constantRate(bytes: Int, everyNanoseconds: UInt64)

  package static let usualBlock = TunnelPadding.block(bytes: 256)
  package static let usualRate = TunnelPadding.constantRate(
    bytes: 1024, everyNanoseconds: 50_000_000)

  /// The tail of a record with this much content.
  func tailBytes(content: Int) -> Int {
    let needed = max(0, content - Record.cellRoom)
    switch self {
    case .none: return needed
    case .block(let bytes):
      guard bytes > 1 else { return needed }
      let blocks = (needed + bytes - 1) / bytes
      return max(needed, min(blocks * bytes, Record.mostTail))
    case .constantRate: return max(needed, min(room - Record.cellRoom, Record.mostTail))
    }
  }

  /// The most content that one record takes.
  var room: Int {
    guard case .constantRate(let bytes, _) = self else { return Record.mostContent }
    return max(Record.cellRoom, min(bytes, Record.mostContent))
  }
}
