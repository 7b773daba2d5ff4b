/// The parts of a definition's file name: `NAME.VERSION[.PLATFORM].def`.
public struct DefinitionFileName: Equatable, Sendable {
  /// The packet that the definition is of.
  public var packet: String
  /// Higher is newer.
  public var version: Int
  /// `ps4` and the like; nil for all platforms.
  public var platform: String?

  /// The parts of `file`; nil for names of another form.
  public init?(_ file: String) {
    var parts = file.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.popLast() == "def", (2...3).contains(parts.count),
      let version = TextLines.number(parts[1], upTo: .max / 16),
      parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(TextLines.isWordByte) })
    else { return nil }
    packet = String(parts[0])
    self.version = version
    platform = parts.count == 3 ? String(parts[2]) : nil
  }
}
