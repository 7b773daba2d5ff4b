/// The three generators of one direction, unrolled for reading: never written after `init`.
///
/// Each segment repeats its first `overhang` entries at its end, so that a run of steps needs no
/// wrap-around test; the carry bits stand beside it as three 64-bit words.
final class KeystreamTable: Sendable {
  static let sizes = (first: 55, second: 57, third: 58)
  private static let taps = (first: 31, second: 50, third: 39)
  /// Steps between two wrap-arounds: five table look-ups of three steps.
  private static let stepsPerRun = 15
  private static let overhang = stepsPerRun
  private static let bases = (first: 0, second: 55 + overhang, third: 55 + 57 + 2 * overhang)

  // Arrays, whose spans are taken without copying what they span.
  private let sums: [UInt32]
  private let firstCarries: UInt64
  private let secondCarries: UInt64
  private let thirdCarries: UInt64

  init(expansion: KeyExpansion) {
    var sums = [UInt32](repeating: 0, count: 55 + 57 + 58 + 3 * KeystreamTable.overhang)
    func fill(words: Int, size: Int, tap: Int, base: Int) -> UInt64 {
      var carries: UInt64 = 0
      for index in 0..<size {
        let left = expansion[words + index]
        let right = expansion[words + (index + tap) % size]
        let (sum, carry) = left.addingReportingOverflow(right)
        sums[base + index] = sum
        carries |= carry ? 1 << UInt64(index) : 0
      }
      for index in 0..<KeystreamTable.overhang { sums[base + size + index] = sums[base + index] }
      return carries
    }
    let (sizes, taps, bases) = (KeystreamTable.sizes, KeystreamTable.taps, KeystreamTable.bases)
    firstCarries = fill(words: 0, size: sizes.first, tap: taps.first, base: bases.first)
    secondCarries = fill(words: 55, size: sizes.second, tap: taps.second, base: bases.second)
    thirdCarries = fill(words: 112, size: sizes.third, tap: taps.third, base: bases.third)
    self.sums = sums
  }

  /// The keystream word the cursor stands on.
  func word(at cursor: Keystream.Cursor) -> UInt32 {
    let bases = KeystreamTable.bases
    return sums[bases.first + Int(cursor.first)] ^ sums[bases.second + Int(cursor.second)]
      ^ sums[bases.third + Int(cursor.third)]
  }

  /// Moves the cursor to the next word.
  func step(_ cursor: inout Keystream.Cursor) {
    let first = firstCarries >> UInt64(cursor.first) & 1
    let second = secondCarries >> UInt64(cursor.second) & 1
    let third = thirdCarries >> UInt64(cursor.third) & 1
    let majority = first & second | third & (first | second)
    cursor.first = KeystreamTable.advance(cursor.first, by: 1 ^ first ^ majority, size: 55)
    cursor.second = KeystreamTable.advance(cursor.second, by: 1 ^ second ^ majority, size: 57)
    cursor.third = KeystreamTable.advance(cursor.third, by: 1 ^ third ^ majority, size: 58)
  }

  private static func advance(_ index: UInt8, by steps: UInt64, size: UInt8) -> UInt8 {
    let next = index &+ UInt8(truncatingIfNeeded: steps)
    return next >= size ? next &- size : next
  }

  func skip(_ count: Int, at cursor: inout Keystream.Cursor) {
    let bytes = count + Int(cursor.usedBytes)
    for _ in 0..<bytes / 4 { step(&cursor) }
    cursor.usedBytes = UInt8(bytes % 4)
  }

  /// XORs `count` bytes and moves the cursor. Source and destination may be the same memory.
  // Safety: the caller vouches for `count` readable and writable bytes; table indices stay below
  // size + overhang because a run makes at most `overhang` steps from an index below size.
  func exclusiveOr(
    from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, count: Int,
    at cursor: inout Keystream.Cursor
  ) {
    var at = 0
    while cursor.usedBytes != 0 && at < count {
      let byte = UInt8(truncatingIfNeeded: word(at: cursor) >> (8 * UInt32(cursor.usedBytes)))
      destination.storeBytes(
        of: source.load(fromByteOffset: at, as: UInt8.self) ^ byte, toByteOffset: at,
        as: UInt8.self)
      at += 1
      if cursor.usedBytes == 3 { step(&cursor) }
      cursor.usedBytes = (cursor.usedBytes + 1) & 3
    }
    let wholeWords = (count - at) / 4
    if wholeWords > 0 {
      exclusiveOrWords(
        from: source + at, to: destination + at, count: wholeWords, at: &cursor)
      at += wholeWords * 4
    }
    if at < count {
      var rest = word(at: cursor)
      cursor.usedBytes = UInt8(count - at)
      while at < count {
        destination.storeBytes(
          of: source.load(fromByteOffset: at, as: UInt8.self) ^ UInt8(truncatingIfNeeded: rest),
          toByteOffset: at, as: UInt8.self)
        rest >>= 8
        at += 1
      }
    }
  }

  /// The block path: three words a look-up, no branch on the carries.
  ///
  /// The next three carries of each generator (nine bits) decide how far each one has moved after
  /// one, two and three steps; `steps` holds the answer for all 512 cases, two bits a number.
  private func exclusiveOrWords(
    from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer, count: Int,
    at cursor: inout Keystream.Cursor
  ) {
    var source = source
    var destination = destination
    var left = count
    var (i, j, k) = (Int(cursor.first), Int(cursor.second), Int(cursor.third))
    let (carries1, carries2, carries3) = (firstCarries, secondCarries, thirdCarries)
    let (sums, allSteps) = (sums, KeystreamTable.steps)
    let (table, steps) = (sums.span, allSteps.span)
    let (base2, base3) = (KeystreamTable.bases.second, KeystreamTable.bases.third)

    @inline(__always)
    func put(_ i: Int, _ j: Int, _ k: Int) {
      let word =
        table[unchecked: i] ^ table[unchecked: base2 &+ j] ^ table[unchecked: base3 &+ k]
      let value = source.loadUnaligned(as: UInt32.self) ^ word.littleEndian
      destination.storeBytes(of: value, as: UInt32.self)
      source += 4
      destination += 4
    }

    while left >= 3 {
      var window1 = carries1 >> UInt64(i) | carries1 << UInt64(55 &- i)
      var window2 = (carries2 >> UInt64(j) | carries2 << UInt64(57 &- j)) << 3
      var window3 = (carries3 >> UInt64(k) | carries3 << UInt64(58 &- k)) << 6
      var rounds = min(left / 3, KeystreamTable.stepsPerRun / 3)
      left &-= rounds &* 3
      while rounds > 0 {
        let index = Int(truncatingIfNeeded: window1 & 7 | window2 & 0x38 | window3 & 0x1c0)
        let entry = Int(truncatingIfNeeded: steps[unchecked: index])
        put(i, j, k)
        put(i &+ (entry & 3), j &+ (entry &>> 2 & 3), k &+ (entry &>> 4 & 3))
        put(i &+ (entry &>> 6 & 3), j &+ (entry &>> 8 & 3), k &+ (entry &>> 10 & 3))
        let (di, dj, dk) = (entry &>> 12 & 3, entry &>> 14 & 3, entry &>> 16 & 3)
        i &+= di
        j &+= dj
        k &+= dk
        window1 &>>= UInt64(truncatingIfNeeded: di)
        window2 &>>= UInt64(truncatingIfNeeded: dj)
        window3 &>>= UInt64(truncatingIfNeeded: dk)
        rounds &-= 1
      }
      if i >= 55 { i &-= 55 }
      if j >= 57 { j &-= 57 }
      if k >= 58 { k &-= 58 }
    }
    cursor.first = UInt8(truncatingIfNeeded: i)
    cursor.second = UInt8(truncatingIfNeeded: j)
    cursor.third = UInt8(truncatingIfNeeded: k)
    while left > 0 {
      put(Int(cursor.first), Int(cursor.second), Int(cursor.third))
      step(&cursor)
      left &-= 1
    }
  }

  /// For each 9-bit window: where the generators stand after one, two and three steps.
  private static let steps: [UInt32] = {
    var table = [UInt32](repeating: 0, count: 512)
    for index in 0..<512 {
      var moved: InlineArray<3, UInt32> = [0, 0, 0]
      var entry: UInt32 = 0
      for round in 0..<3 {
        var ones: UInt32 = 0
        var carries: InlineArray<3, UInt32> = [0, 0, 0]
        for generator in 0..<3 {
          let window = UInt32(truncatingIfNeeded: index >> (3 * generator)) & 7
          carries[generator] = window >> moved[generator] & 1
          ones += carries[generator]
        }
        let majority: UInt32 = ones >= 2 ? 1 : 0
        for generator in 0..<3 where carries[generator] == majority {
          moved[generator] += 1
        }
        for generator in 0..<3 {
          entry |= moved[generator] << UInt32(6 * round + 2 * generator)
        }
      }
      table[index] = entry
    }
    return table
  }()
}
