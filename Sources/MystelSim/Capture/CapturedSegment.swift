import MystelWire

/// One TCP segment, taken out of a captured frame.
struct CapturedSegment {
  var source: Endpoint
  var destination: Endpoint
  var sequence: UInt32
  var flags: Flags
  /// What was captured of the payload.
  var payload: ArraySlice<UInt8>
  /// How many of its last bytes were cut off when capturing.
  var missing: Int

  struct Flags: OptionSet {
    let rawValue: Int
    static let fin = Flags(rawValue: 1)
    static let syn = Flags(rawValue: 2)
    static let reset = Flags(rawValue: 4)
    static let acknowledgement = Flags(rawValue: 16)
  }
}

/// What is in a captured frame.
enum CapturedFrame {
  case segment(CapturedSegment)
  /// A fragment of an IP packet, which is not put together.
  case fragment
  /// No TCP, or not enough of it to say whose it is.
  case other
  /// A link layer whose header is not known.
  case unknownLink(Int)

  /// The link layers that are read. Source: https://www.tcpdump.org/linktypes.html
  private enum Link {
    static let null = 0, ethernet = 1, cooked = 113, cooked2 = 276, loop = 108
    /// Plain IP; numbers differ among systems.
    static let raw = [12, 14, 101, 228, 229]
  }

  private static let tags = [0x8100, 0x88a8, 0x9100]
  private static let mostTags = 4
  private static let mostExtensions = 8

  init(_ record: CaptureReader.Record) {
    let frame = CaptureWords(bytes: record.bytes)
    let end = record.originalCount
    switch record.link {
    case Link.ethernet: self = .other(frame, type: 12, end)
    case Link.cooked: self = .other(frame, type: 14, end)
    case Link.cooked2: self = .other(frame, type: 0, behind: 20, end)
    case Link.null, Link.loop: self = .internet(frame, 4, end)
    case let link where Link.raw.contains(link): self = .internet(frame, 0, end)
    default: self = .unknownLink(record.link)
    }
  }

  /// What is behind an EtherType and the VLAN tags that may follow it.
  private static func other(
    _ frame: CaptureWords, type place: Int, behind header: Int? = nil, _ end: Int
  ) -> Self {
    var type = frame.u16(place)
    var at = header ?? place + 2
    for _ in 0..<mostTags {
      guard let tag = type, tags.contains(tag) else { break }
      type = frame.u16(at + 2)
      at += 4
    }
    return type == 0x0800 || type == 0x86dd ? internet(frame, at, end) : .other
  }

  private static func internet(_ frame: CaptureWords, _ at: Int, _ end: Int) -> Self {
    switch frame.u8(at).map({ $0 >> 4 }) {
    case 4: version4(frame, at, end)
    case 6: version6(frame, at, end)
    default: .other
    }
  }

  private static func version4(_ frame: CaptureWords, _ at: Int, _ end: Int) -> Self {
    guard let first = frame.u8(at), let total = frame.u16(at + 2), let part = frame.u16(at + 6),
      let kind = frame.u8(at + 9), let source = frame.u32(at + 12),
      let destination = frame.u32(at + 16), first & 15 >= 5
    else { return .other }
    guard kind == 6 else { return .other }
    // More fragments follow, or this is not the first.
    guard part & 0x3fff == 0 else { return .fragment }
    // Captured before the network card cut it, a long packet may say 0.
    return segment(
      frame, at + (first & 15) * 4, total == 0 ? end : at + total,
      IPAddress(ipv4: source), IPAddress(ipv4: destination))
  }

  private static func version6(_ frame: CaptureWords, _ at: Int, _ end: Int) -> Self {
    guard let count = frame.u16(at + 4), var kind = frame.u8(at + 6),
      let source = frame.address(at + 8), let destination = frame.address(at + 24)
    else { return .other }
    var header = at + 40
    for _ in 0..<mostExtensions {
      guard let next = frame.u8(header), let length = frame.u8(header + 1) else { return .other }
      switch kind {
      case 0, 43, 60: header += 8 + length * 8
      case 51: header += 8 + length * 4
      case 44:
        // A whole packet may be called a fragment too.
        guard frame.u16(header + 2).map({ $0 & 0xfff9 }) == 0 else { return .fragment }
        header += 8
      case 6:
        return segment(
          frame, header, count == 0 ? end : at + 40 + count, source, destination)
      default: return .other
      }
      kind = next
    }
    return .other
  }

  private static func segment(
    _ frame: CaptureWords, _ at: Int, _ end: Int, _ source: IPAddress, _ destination: IPAddress
  ) -> Self {
    guard let from = frame.u16(at), let to = frame.u16(at + 2), let sequence = frame.u32(at + 4),
      let offset = frame.u8(at + 12), let flags = frame.u8(at + 13)
    else { return .other }
    let start = at + (offset >> 4) * 4
    guard offset >> 4 >= 5, start <= end else { return .other }
    let kept = start..<max(start, min(end, frame.bytes.count))
    let payload = kept.isEmpty ? [] : frame.bytes[kept]
    return .segment(
      CapturedSegment(
        source: Endpoint(source, port: UInt16(from)),
        destination: Endpoint(destination, port: UInt16(to)), sequence: sequence,
        flags: .init(rawValue: flags), payload: payload, missing: end - start - payload.count))
  }
}

extension CaptureWords {
  /// An IPv6 address.
  fileprivate func address(_ at: Int) -> IPAddress? {
    guard let high = u64(at), let low = u64(at + 8) else { return nil }
    return IPAddress(ipv6High: high, low: low)
  }
}
