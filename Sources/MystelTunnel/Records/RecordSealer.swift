import Crypto

/// The sending direction of a tunnel: content becomes sealed records, and keys are replaced in time.
struct RecordSealer: ~Copyable {
  private var cipher: CipherState
  private let limits: RekeyLimits
  private let padding: TunnelPadding
  private var records: UInt64 = 0
  private var bytes: UInt64 = 0
  private var keyedAt: UInt64

  /// - Parameter now: nanoseconds of a clock that never goes back.
  init(key: SymmetricKey, padding: TunnelPadding, limits: RekeyLimits, now: UInt64) {
    cipher = CipherState(key: key)
    self.limits = limits
    self.padding = padding
    keyedAt = now
  }

  /// Appends all of `content`, in as many records as it needs, to `output`.
  ///
  /// - Throws: `rekeyOverdue` where no number is left.
  mutating func data(
    _ content: RawSpan, now: UInt64, into output: inout [UInt8]
  ) throws(TunnelFault) {
    var start = 0
    while start < content.byteCount {
      let end = min(content.byteCount, start + padding.room)
      try record(.data, content.extracting(start..<end), now: now, into: &output)
      start = end
    }
  }

  /// Appends one record, and before it the announcement of the next key where that is due.
  mutating func record(
    _ kind: Record.Kind, _ content: RawSpan, now: UInt64, into output: inout [UInt8]
  ) throws(TunnelFault) {
    if isKeyWornOut(now: now) { try rekey(now: now, into: &output) }
    try seal(kind, content, into: &output)
  }

  mutating func rekey(now: UInt64, into output: inout [UInt8]) throws(TunnelFault) {
    try seal(.rekey, RawSpan(), into: &output)
    try cipher.rekey()
    (records, bytes, keyedAt) = (0, 0, now)
  }

  /// Whether this key seals one more announcement and nothing else.
  private func isKeyWornOut(now: UInt64) -> Bool {
    guard records > 0 else { return false }
    return records + 2 > limits.records || bytes + 2 * UInt64(Record.mostBytes) > limits.bytes
      || now > keyedAt && now - keyedAt >= limits.nanoseconds
  }

  private mutating func seal(
    _ kind: Record.Kind, _ content: RawSpan, into output: inout [UInt8]
  ) throws(TunnelFault) {
    let count = content.byteCount
    let tailBytes = padding.tailBytes(content: count)
    let inCell = min(count, Record.cellRoom)
    var cell: [UInt8] = []
    cell.reserveCapacity(Record.cellBytes)
    cell.append(kind.rawValue)
    cell.append(bigEndian: UInt16(truncatingIfNeeded: count))
    cell.append(bigEndian: UInt16(truncatingIfNeeded: tailBytes))
    cell.append(content.extracting(first: inCell))
    cell.append(contentsOf: repeatElement(0, count: Record.cellBytes - cell.count))
    try cipher.seal(cell.span.bytes, into: &output)
    records += 1
    bytes += UInt64(Record.cellBytes + tailBytes)
    guard tailBytes > 0 else { return }
    let rest = content.extracting(inCell..<count)
    guard rest.byteCount < tailBytes else { return try cipher.seal(rest, into: &output) }
    var tail: [UInt8] = []
    tail.reserveCapacity(tailBytes)
    tail.append(rest)
    tail.append(contentsOf: repeatElement(0, count: tailBytes - tail.count))
    try cipher.seal(tail.span.bytes, into: &output)
  }
}

extension [UInt8] {
  mutating func append(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { append(contentsOf: $0) }
  }

  mutating func append(bigEndian number: UInt16) {
    append(UInt8(number >> 8))
    append(UInt8(number & 255))
  }
}
