/// A version of the game's protocol: the number a client claims, and what is known of it.
///
/// Source: docs/protocol/tera.md#builds
public struct TeraBuild: Hashable, Sendable {
  /// A game version, 92.04 for instance.
  public struct Patch: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The part before the point.
    public let major: UInt8
    /// The part behind the point, two digits.
    public let minor: UInt8

    /// A game version from its parts.
    public init(major: UInt8, minor: UInt8) {
      self.major = major
      self.minor = minor
    }

    /// Older is smaller.
    public static func < (left: Patch, right: Patch) -> Bool {
      (left.major, left.minor) < (right.major, right.minor)
    }

    /// `92.04`.
    public var description: String { "\(major).\(minor < 10 ? "0" : "")\(minor)" }
  }

  /// Where a build was published.
  public enum Region: String, Hashable, Sendable {
    /// Europe.
    case europe
    /// Russia.
    case russia
    /// Taiwan.
    case taiwan
  }

  /// The opcode of C_CHECK_VERSION, the first packet of every client of every known build.
  public static let checkVersionOpcode: UInt16 = 19900
  /// The opcode of S_CHECK_VERSION, its answer, in every known build.
  public static let checkVersionAnswerOpcode: UInt16 = 19901

  /// The number that C_CHECK_VERSION carries at index 0.
  public let number: UInt32
  /// Where the build was published.
  public let region: Region
  /// The game version.
  public let patch: Patch
  /// The opcode of C_LOGIN_ARBITER, the packet that names the account.
  public let loginArbiterOpcode: UInt16

  /// The builds this project knows, oldest first.
  public static let all: [TeraBuild] = [
    TeraBuild(366226, .taiwan, Patch(major: 92, minor: 3), loginArbiter: 42188),
    TeraBuild(367078, .europe, Patch(major: 92, minor: 4), loginArbiter: 27184),
    TeraBuild(367080, .russia, Patch(major: 92, minor: 4), loginArbiter: 38025),
    TeraBuild(367081, .taiwan, Patch(major: 92, minor: 4), loginArbiter: 64460),
    TeraBuild(376012, .taiwan, Patch(major: 100, minor: 2), loginArbiter: 23285),
  ]

  /// The known build of that number.
  public static func known(_ number: UInt32) -> TeraBuild? {
    all.first { $0.number == number }
  }

  /// The width of skill ids in this build's packets.
  public var skillWidth: SkillID.Width { SkillID.Width(majorPatch: patch.major) }

  private init(_ number: UInt32, _ region: Region, _ patch: Patch, loginArbiter: UInt16) {
    self.number = number
    self.region = region
    self.patch = patch
    loginArbiterOpcode = loginArbiter
  }
}
