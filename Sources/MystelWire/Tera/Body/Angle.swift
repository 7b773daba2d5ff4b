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

  /// The direction nearest to `radians`, whole turns taken off; nil if that is not finite.
  public init?(radians: Double) {
    guard radians.isFinite else { return nil }
    let turn = radians.truncatingRemainder(dividingBy: 2 * .pi)
    let units = (turn / .pi * Self.unitsPerPi).rounded()
    raw = Int16(truncatingIfNeeded: Int(units))
  }

  /// The direction in radians, -π..<π.
  public var radians: Double { Double(raw) / Self.unitsPerPi * .pi }
}
