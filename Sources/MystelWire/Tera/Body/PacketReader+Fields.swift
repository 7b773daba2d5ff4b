/// The fixed fields of a level: nil where any byte would lie outside its fixed part.
extension PacketReader {
  /// One byte.
  public func u8(at offset: Int) -> UInt8? { packet.u8(at: place(offset, 1)) }
  /// Two bytes, unsigned.
  public func u16(at offset: Int) -> UInt16? { packet.u16(at: place(offset, 2)) }
  /// Four bytes, unsigned.
  public func u32(at offset: Int) -> UInt32? { packet.u32(at: place(offset, 4)) }
  /// Eight bytes, unsigned.
  public func u64(at offset: Int) -> UInt64? { packet.u64(at: place(offset, 8)) }
  /// Two bytes, two's complement.
  public func i16(at offset: Int) -> Int16? { packet.i16(at: place(offset, 2)) }
  /// Four bytes, two's complement.
  public func i32(at offset: Int) -> Int32? { packet.i32(at: place(offset, 4)) }
  /// Eight bytes, two's complement.
  public func i64(at offset: Int) -> Int64? { packet.i64(at: place(offset, 8)) }
  /// Four bytes, IEEE 754; any bit pattern.
  public func f32(at offset: Int) -> Float? { packet.f32(at: place(offset, 4)) }
  /// Eight bytes, IEEE 754; any bit pattern.
  public func f64(at offset: Int) -> Double? { packet.f64(at: place(offset, 8)) }
  /// One byte; every value but zero is true.
  public func bool(at offset: Int) -> Bool? { packet.bool(at: place(offset, 1)) }

  /// A skill id of the width that the patch uses.
  public func skill(at offset: Int, width: SkillID.Width) -> SkillID? {
    switch width {
    case .wide: u64(at: offset).map(SkillID.init(wide:))
    case .narrow: u32(at: offset).map(SkillID.init(narrow:))
    }
  }

  /// A direction in two bytes.
  public func angle(at offset: Int) -> Angle? { i16(at: offset).map(Angle.init(raw:)) }

  /// A point or a direction in three floats, whatever their values.
  public func vector(at offset: Int) -> Vector3? {
    let first = place(offset, Vector3.byteCount)
    guard let x = packet.f32(at: first), let y = packet.f32(at: first + 4),
      let z = packet.f32(at: first + 8)
    else { return nil }
    return Vector3(x: x, y: y, z: z)
  }

  /// Three angles in three floats, each in units of an `Angle`.
  public func angleVector(at offset: Int) -> AngleVector? {
    vector(at: offset).map(AngleVector.init(raw:))
  }

  /// The eight raw bytes of an appearance; the first is the lowest.
  public func appearance(at offset: Int) -> UInt64? { u64(at: offset) }

  /// The absolute offset of a field, or -1, where nothing can be read.
  private func place(_ offset: Int, _ fieldBytes: Int) -> Int {
    guard offset >= 0, offset <= fixedEnd - start - fieldBytes else { return -1 }
    return start + offset
  }
}
