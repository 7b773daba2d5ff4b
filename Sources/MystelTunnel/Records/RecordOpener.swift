import Crypto

/// The receiving direction of a tunnel: bytes become records, whole and authentic or not at all.
struct RecordOpener: ~Copyable {
  /// A cell whose tail is still to come.
  private struct Begun {
    var kind: Record.Kind
    var contentBytes: Int
    var tailBytes: Int
    /// What of the content was in the cell.
    var content: [UInt8]
  }

  private var cipher: CipherState
  private let limits: RekeyLimits
  /// What was received of a cell or tail that is not whole.
  private var carry: [UInt8] = []
  private var begun: Begun?
  private var records: UInt64 = 0
  private var bytes: UInt64 = 0
  /// Whether the peer has still to say that the handshake was no replay.
  private var awaitsOpen: Bool
  private(set) var hasEnded = false
  /// Whole records, whatever their key.
  private(set) var recordsOpened: UInt64 = 0
  /// Those among them that had no content.
  private(set) var emptyRecords: UInt64 = 0

  init(key: SymmetricKey, awaitsOpen: Bool, limits: RekeyLimits) {
    cipher = CipherState(key: key)
    self.awaitsOpen = awaitsOpen
    self.limits = limits
  }

  /// Whether a record has begun that is not whole.
  var isInsideRecord: Bool { !carry.isEmpty || begun != nil }
  /// Whether the peer's first record is still to come.
  var isAwaitingOpen: Bool { awaitsOpen }

  /// Takes bytes at whatever cut, and puts what whole records hold into `output`.
  ///
  /// - Throws: what is wrong. What came before stays in `output`, nothing after it is ever read.
  mutating func receive(
    _ received: RawSpan, into output: inout TunnelOutput
  ) throws(TunnelFault) {
    guard !carry.isEmpty else {
      let used = try open(received, into: &output)
      carry.append(received.extracting(used..<received.byteCount))
      return
    }
    var joined: [UInt8] = []
    swap(&joined, &carry)
    joined.append(received)
    let used = try open(joined.span.bytes, into: &output)
    joined.removeFirst(used)
    // Memory is kept for the rest of a record alone.
    if !joined.isEmpty { swap(&joined, &carry) }
  }

  /// - Returns: how many bytes were used up.
  private mutating func open(
    _ received: RawSpan, into output: inout TunnelOutput
  ) throws(TunnelFault) -> Int {
    var used = 0
    while true {
      let wanted = (begun?.tailBytes ?? Record.cellBytes) + CipherState.tagBytes
      guard received.byteCount - used >= wanted else { return used }
      let sealed = received.extracting(used..<(used + wanted))
      used += wanted
      if let cell = begun {
        begun = nil
        try finish(cell, sealed, into: &output)
      } else {
        try start(sealed, into: &output)
      }
    }
  }

  private mutating func start(
    _ sealed: RawSpan, into output: inout TunnelOutput
  ) throws(TunnelFault) {
    var cell: [UInt8] = []
    cell.reserveCapacity(Record.cellBytes)
    try cipher.open(sealed, into: &cell)
    guard cell.count == Record.cellBytes, let kind = Record.Kind(rawValue: cell[0]) else {
      throw .recordMalformed
    }
    let contentBytes = Int(cell[1]) << 8 | Int(cell[2])
    let tailBytes = Int(cell[3]) << 8 | Int(cell[4])
    guard tailBytes <= Record.mostTail, contentBytes <= Record.cellRoom + tailBytes else {
      throw .recordMalformed
    }
    try count(kind, tailBytes: tailBytes)
    guard !hasEnded, awaitsOpen == (kind == .open) else { throw .recordMalformed }
    guard contentBytes == 0 || kind == .data else { throw .recordMalformed }
    let inCell = min(contentBytes, Record.cellRoom)
    let content = cell[Record.headBytes..<(Record.headBytes + inCell)]
    guard tailBytes == 0 else {
      begun = Begun(
        kind: kind, contentBytes: contentBytes, tailBytes: tailBytes, content: Array(content))
      return
    }
    try complete(kind, content, into: &output)
  }

  private mutating func finish(
    _ cell: Begun, _ sealed: RawSpan, into output: inout TunnelOutput
  ) throws(TunnelFault) {
    var content = cell.content
    content.reserveCapacity(cell.content.count + cell.tailBytes)
    try cipher.open(sealed, into: &content)
    content.removeLast(max(0, content.count - cell.contentBytes))
    try complete(cell.kind, content[...], into: &output)
  }

  private mutating func complete(
    _ kind: Record.Kind, _ content: ArraySlice<UInt8>, into output: inout TunnelOutput
  ) throws(TunnelFault) {
    recordsOpened += 1
    if content.isEmpty { emptyRecords += 1 }
    switch kind {
    case .data: output.plain += content
    case .open:
      awaitsOpen = false
      output.hasOpened = true
    case .rekey:
      try cipher.rekey()
      (records, bytes) = (0, 0)

    case .end:
      hasEnded = true
      output.hasEnded = true
    }
  }

  /// Counts a record against the limits of its key.
  private mutating func count(_ kind: Record.Kind, tailBytes: Int) throws(TunnelFault) {
    records += 1
    bytes += UInt64(Record.cellBytes + tailBytes)
    guard records <= limits.records, bytes <= limits.bytes else { throw .rekeyOverdue }
  }
}
