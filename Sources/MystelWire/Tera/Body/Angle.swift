/// A direction as packets state it: 1/32768 of half a turn.
///
/// Source: docs/protocol/tera.md#body
public struct Angle: Hashable, Sendable {
  /// The units of half a turn.
  static let unitsPerPi: Double = 32768

  /// The wire value, -32768...32767.
  public let raw: Int16

  /// A direction from its wire value.
  public init(raw: Int16) {
    self.raw = raw
  }

  /// The direction nearest to `radians`, whole turns taken off; nil for NaN, and from
  /// 2^48 units on, where a double no longer tells directions apart.
  public init?(radians: Double) {
    let units = radians / .pi * Self.unitsPerPi
    guard abs(units) < 0x1p48 else { return nil }
    // Rounded by hand: `rounded()` would make the library need libm.
    raw = Int16(truncatingIfNeeded: Int64(units + (units < 0 ? -0.5 : 0.5)))
  }

  /// The direction in radians, -π..<π.
  public var radians: Double { Double(raw) / Self.unitsPerPi * .pi }
}
