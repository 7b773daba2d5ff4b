/// Where somebody stands, in world units, and which way they look.
package struct SimPlace: Sendable, Equatable {
  package var x: Float
  package var y: Float
  package var z: Float
  /// 32768 units are half a turn.
  package var heading: Int16

  package init(x: Float, y: Float, z: Float, heading: Int16 = 0) {
    self.x = x
    self.y = y
    self.z = z
    self.heading = heading
  }

  /// Where the simulated town's square is.
  static let square = SimPlace(x: -38_638, y: -15_855, z: 517, heading: 23_649)

  /// A step of `distance` units, straight ahead and on level ground.
  func ahead(_ distance: Float) -> SimPlace {
    let (sine, cosine) = SimPlace.circle(heading)
    var place = self
    place.x += cosine * distance
    place.y += sine * distance
    return place
  }

  /// Somewhere within `radius` units in both directions.
  func near(_ radius: Float, random: inout SimRandom) -> SimPlace {
    SimPlace(
      x: x + random.fraction(in: -radius...radius), y: y + random.fraction(in: -radius...radius),
      z: z, heading: random.number(in: Int16.min...Int16.max))
  }

  /// Sine and cosine of a heading, to about one percent: a parabola a half turn. The simulation
  /// needs the same bits on every machine more than it needs a true circle.
  private static func circle(_ heading: Int16) -> (sine: Float, cosine: Float) {
    func sine(_ units: Int16) -> Float {
      let turn = Float(units) / 32_768
      let parabola = 4 * turn * (1 - abs(turn))
      return 0.225 * (parabola * abs(parabola) - parabola) + parabola
    }
    return (sine(heading), sine(heading &+ 16_384))
  }
}
