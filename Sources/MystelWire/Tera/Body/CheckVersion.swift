/// A C_CHECK_VERSION: the first packet of a client, which says what build it is.
///
/// Servers are known to trust its array blindly, before any login, so it is parsed more
/// strictly than any other packet. Source: docs/protocol/tera.md#builds
public struct CheckVersion: Equatable, Sendable {
  /// Why a packet is no C_CHECK_VERSION that a client would send.
  public enum Fault: UInt8, Error, CaseIterable, Sendable {
    /// The opcode is another one.
    case notCheckVersion
    /// The packet ends before its array reference.
    case tooShort
    /// The packet is longer than the longest array that is tolerated.
    case tooLong
    /// The array counts no element, or over 8.
    case countOutOfRange
    /// An element lies in the header, outside the packet or across another one, its links do
    /// not rise, or there are not as many as counted.
    case brokenArray
    /// An element has an index other than 0 or 1.
    case indexOutOfRange
    /// Two elements have the same index.
    case indexRepeated
    /// No element has the index 0.
    case buildMissing
  }

  private enum Field {
    static let versions = 4
    static let end = 8
  }

  private enum ElementField {
    static let index = 4
    static let value = 8
    static let end = 12
  }

  /// The most elements that are walked at all.
  public static let maximumCount = 8
  /// The longest packet that is looked at: the elements one after the other.
  public static let maximumBytes = Field.end + maximumCount * ElementField.end

  /// The build claimed: the value at index 0.
  public let build: UInt32
  /// The value at index 1, whose meaning is unknown; not every client sends one.
  public let second: UInt32?

  /// The claim of a client that is `build`.
  public init(build: UInt32, second: UInt32?) {
    self.build = build
    self.second = second
  }

  /// The claim in `packet`, or the first thing that is wrong with it.
  public static func parse(_ packet: PacketView) -> Result<CheckVersion, Fault> {
    guard packet.opcode == TeraBuild.checkVersionOpcode else { return .failure(.notCheckVersion) }
    guard packet.byteCount <= maximumBytes else { return .failure(.tooLong) }
    guard let reader = PacketReader(packet, fixedBytes: Field.end),
      let header = reader.arrayHeader(at: Field.versions)
    else { return .failure(.tooShort) }
    guard (1...maximumCount).contains(header.count) else { return .failure(.countOutOfRange) }
    switch reader.array(at: Field.versions, elementBytes: ElementField.end) {
    case .failure: return .failure(.brokenArray)
    case .success(let elements): return parse(elements)
    }
  }

  /// The packet of this claim.
  public func packet() -> [UInt8] {
    var writer = PacketWriter()
    let values = [build] + (second.map { [$0] } ?? [])
    writer.array(Array(values.enumerated())) { element, version in
      element.u32(UInt32(version.offset))
      element.u32(version.element)
    }
    return writer.encoded(opcode: TeraBuild.checkVersionOpcode)
  }

  private static func parse(_ elements: consuming ArrayElements) -> Result<CheckVersion, Fault> {
    var build: UInt32?
    var second: UInt32?
    while true {
      switch elements.next() {
      case .fault: return .failure(.brokenArray)
      case .end:
        guard let build else { return .failure(.buildMissing) }
        return .success(CheckVersion(build: build, second: second))
      case .element(let element):
        let value = element.u32(at: ElementField.value)
        switch element.i32(at: ElementField.index) {
        case 0:
          guard build == nil else { return .failure(.indexRepeated) }
          build = value
        case 1:
          guard second == nil else { return .failure(.indexRepeated) }
          second = value
        default: return .failure(.indexOutOfRange)
        }
      }
    }
  }
}
