extension ProxyHeader {
  /// Which versions a listener takes.
  public enum Acceptance: Equatable, Sendable {
    case v1
    case v2
    case any

    func includes(_ version: Version) -> Bool {
      switch self {
      case .v1: version == .v1
      case .v2: version == .v2
      case .any: true
      }
    }
  }

  /// What the bytes received so far mean.
  public enum Progress: Equatable, Sendable {
    /// The header may still become valid. At least so many bytes are missing, never zero; look
    /// again at every arrival all the same, since a fault can show earlier.
    case needMore(atLeast: Int)
    /// The header is complete in the first `byteCount` bytes; what follows is payload.
    case header(ProxyHeader, byteCount: Int)
    /// No further byte can make this an acceptable header.
    case rejected(ProxyHeaderFault)
  }

  /// How the start of a stream compares with the PROXY signatures.
  public enum SignatureMatch: Equatable, Sendable {
    /// The stream does not start with a signature.
    case absent
    /// What there is could become a signature.
    case partial
    /// The stream starts with the signature of this version.
    case complete(Version)
  }

  static let v1Signature = Array("PROXY ".utf8)
  static let v2Signature: [UInt8] = [
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
  ]

  /// Parses the header at the start of a stream.
  ///
  /// A pure function of `bytes`, a prefix of the stream: however the stream was cut, the answer for
  /// the same bytes is the same. Reads no byte beyond the header, allocates nothing before the
  /// header is complete, and decides about a version 2 length as soon as the 16 fixed bytes are
  /// there.
  public static func parse(_ bytes: RawSpan, accepting acceptance: Acceptance) -> Progress {
    switch signature(of: bytes) {
    case .absent:
      return .rejected(.noSignature)
    case .partial:
      return .needMore(atLeast: missingAfterPartialSignature(bytes, acceptance))
    case .complete(let version):
      guard acceptance.includes(version) else { return .rejected(.versionNotAccepted) }
      do throws(ProxyHeaderFault) {
        switch version {
        case .v1: return try parseV1(bytes)
        case .v2: return try parseV2(bytes)
        }
      } catch {
        return .rejected(error)
      }
    }
  }

  /// Compares the start of a stream with both signatures.
  ///
  /// A listener that takes no header closes on `.complete`: the bytes would otherwise be read as
  /// a key. That is detection of a misconfigured proxy, never a reason to believe the header.
  public static func signature(of bytes: RawSpan) -> SignatureMatch {
    if let match = match(bytes, v1Signature, .v1) { return match }
    return match(bytes, v2Signature, .v2) ?? .absent
  }

  /// Nil where `bytes` differ from `signature`.
  private static func match(
    _ bytes: RawSpan, _ signature: [UInt8], _ version: Version
  ) -> SignatureMatch? {
    for (offset, expected) in signature.enumerated() {
      guard let octet = bytes.octet(at: offset) else { return .partial }
      guard octet == expected else { return nil }
    }
    return .complete(version)
  }

  private static func missingAfterPartialSignature(
    _ bytes: RawSpan, _ acceptance: Acceptance
  ) -> Int {
    let isV1 = bytes.octet(at: 0).map { $0 == v1Signature[0] } ?? (acceptance != .v2)
    guard acceptance.includes(isV1 ? .v1 : .v2) else {
      return (isV1 ? v1Signature : v2Signature).count - bytes.byteCount
    }
    return (isV1 ? shortestLineBytes : fixedByteCount) - bytes.byteCount
  }
}
