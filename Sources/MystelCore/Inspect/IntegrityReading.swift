import MystelWire

/// Whether a packet's body starts behind the opcode, or behind an integrity header: a count and a
/// hash of four bytes each. Source: docs/protocol/tera.md#integrity
enum IntegrityReading {
  case bare
  case stamped
  /// The bytes allow both, and speak for neither.
  case either

  /// How far the body is shifted.
  var shift: Int {
    switch self {
    case .bare, .either: 0
    case .stamped: PacketView.integrityHeaderBytes - PacketView.headerBytes
    }
  }

  /// How a packet is to be read.
  ///
  /// Where the pack leaves it open, the reading counts in which every byte has its place: headers
  /// look like references by chance, and by intent.
  @inline(__always)
  static func of(
    _ bytes: UnsafeRawBufferPointer, _ start: UnsafeRawPointer,
    _ entry: UnsafePointer<PacketEntry>, _ tables: UnsafePointer<BuildTables>,
    _ findings: inout FindingBuffer
  ) -> IntegrityReading {
    switch entry.pointee.integrity {
    case .absent: return .bare
    case .required: return .stamped
    case .possible: return ofEither(bytes, start, entry, tables, &findings)
    }
  }

  @inline(never)
  private static func ofEither(
    _ bytes: UnsafeRawBufferPointer, _ start: UnsafeRawPointer,
    _ entry: UnsafePointer<PacketEntry>, _ tables: UnsafePointer<BuildTables>,
    _ findings: inout FindingBuffer
  ) -> IntegrityReading {
    guard entry.pointee.hasLayout else { return .bare }
    var stamped = PacketWalk(
      bytes, bytes: start, build: tables, shift: IntegrityReading.stamped.shift)
    guard stamped.probe(entry, findings: &findings) else { return .bare }
    var bare = PacketWalk(bytes, bytes: start, build: tables, shift: 0)
    guard bare.probe(entry, findings: &findings) else {
      // A bare packet whose first data is in place is one that was broken further on.
      return !stamped.isExact && startsInPlace(start, entry) ? .bare : .stamped
    }
    switch (bare.isExact, stamped.isExact) {
    case (true, false): return .bare
    case (false, true): return .stamped
    case (true, true), (false, false): return .either
    }
  }

  /// Whether the first reference leads to where the fixed part of a bare packet ends, as it does
  /// in every one that a client wrote.
  private static func startsInPlace(
    _ start: UnsafeRawPointer, _ entry: UnsafePointer<PacketEntry>
  ) -> Bool {
    let place = Int(entry.pointee.firstOffset)
    // Safety: the reference lies in the fixed part, which the probes found inside the packet.
    return place > 0
      && start.loadUnaligned(fromByteOffset: place, as: UInt16.self) == entry.pointee.fixedEnd
  }
}
