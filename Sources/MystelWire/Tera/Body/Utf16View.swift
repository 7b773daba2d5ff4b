/// Text as it stands in a packet: UTF-16LE code units, the NUL left out, not yet decoded.
///
/// Any units may stand in it, lone surrogates too. It may start at an odd offset.
public struct Utf16View: ~Escapable {
  /// The units' bytes: an even number.
  public let bytes: RawSpan

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) {
    self.bytes = bytes
  }

  /// The number of UTF-16 units: 0...32763.
  public var unitCount: Int { bytes.byteCount / 2 }

  /// Whether there is no text.
  public var isEmpty: Bool { bytes.isEmpty }

  /// The unit at `index`; nil outside the text.
  public func unit(at index: Int) -> UInt16? {
    guard index >= 0, index < unitCount else { return nil }
    // Safety: the guard keeps both bytes of the unit inside the span.
    let raw = bytes.unsafeLoadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
    return UInt16(littleEndian: raw)
  }

  /// A decoder at the start of the text.
  public var scalars: Utf16Scalars {
    @_lifetime(copy self)
    get { Utf16Scalars(self) }
  }

  /// Whether every surrogate is one half of a pair.
  public var isWellFormed: Bool {
    var scalars = scalars
    while scalars.next() != nil {}
    return scalars.loneSurrogates == 0
  }
}

/// Decodes a text one Unicode scalar at a time, without allocating.
public struct Utf16Scalars: ~Escapable {
  private let text: Utf16View
  private var index = 0
  /// How many surrogates without their other half were met, and given as U+FFFD.
  public private(set) var loneSurrogates = 0

  @_lifetime(copy text)
  init(_ text: Utf16View) {
    self.text = text
  }

  /// The next scalar; nil at the end.
  public mutating func next() -> Unicode.Scalar? {
    guard let unit = text.unit(at: index) else { return nil }
    index += 1
    if let scalar = Unicode.Scalar(unit) { return scalar }
    if UTF16.isLeadSurrogate(unit), let trail = text.unit(at: index),
      UTF16.isTrailSurrogate(trail)
    {
      index += 1
      let value = 0x1_0000 + (UInt32(unit) & 0x3ff) << 10 + UInt32(trail) & 0x3ff
      return Unicode.Scalar(value)
    }
    loneSurrogates += 1
    return "\u{fffd}"
  }
}

extension String {
  /// The text, decoded; a lone surrogate becomes U+FFFD.
  public init(_ text: Utf16View) {
    self.init()
    var scalars = text.scalars
    while let scalar = scalars.next() { unicodeScalars.append(scalar) }
  }
}
