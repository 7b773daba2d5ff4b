/// What a layout file says of one packet.
public struct PacketDeclaration: Equatable, Sendable {
  /// The packet's name.
  public var name: String
  /// The phases in which a client may send it, as written; empty for packets of servers.
  public var phases: [String]
  /// The whole packet's length in bytes, where it is limited.
  public var lengths: ClosedRange<Int>?
  /// What one such packet costs the server, in movement packets.
  public var cost: Int
  /// Whether one more of the same, right behind the first, changes nothing.
  public var isIdempotent: Bool
  /// Nil where the body is unknown (`opaque`).
  public var layout: PacketLayout?
  /// Where it stands in its file.
  public var line: Int

  /// A declaration from its parts.
  public init(
    name: String, phases: [String] = [], lengths: ClosedRange<Int>? = nil, cost: Int = 1,
    isIdempotent: Bool = false, layout: PacketLayout? = nil, line: Int = 0
  ) {
    self.name = name
    self.phases = phases
    self.lengths = lengths
    self.cost = cost
    self.isIdempotent = isIdempotent
    self.layout = layout
    self.line = line
  }
}
