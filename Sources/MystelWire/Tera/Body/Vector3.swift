/// A point or a direction in the world, in the game's length units.
public struct Vector3: Hashable, Sendable {
  /// What a vector takes on the wire: three floats.
  public static let byteCount = 12
  /// The origin.
  public static let zero = Vector3(x: 0, y: 0, z: 0)

  /// The first component.
  public var x: Float
  /// The second component.
  public var y: Float
  /// The third component: the height of a point.
  public var z: Float

  /// A vector from its components.
  public init(x: Float, y: Float, z: Float) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// Whether no component is NaN or infinite.
  public var isFinite: Bool { x.isFinite && y.isFinite && z.isFinite }
}

/// Three angles as packets state them: floats that hold units of an `Angle`.
public struct AngleVector: Hashable, Sendable {
  /// The wire values, in units of 1/32768 of half a turn.
  public let raw: Vector3

  /// Three angles from their wire values.
  public init(raw: Vector3) {
    self.raw = raw
  }

  /// The angles in radians.
  public var radians: Vector3 {
    let scale = Float.pi / Float(Angle.unitsPerPi)
    return Vector3(x: raw.x * scale, y: raw.y * scale, z: raw.z * scale)
  }
}
