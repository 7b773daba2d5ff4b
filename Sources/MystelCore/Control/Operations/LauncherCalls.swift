/// A launcher login, as tera-api tells it. What else it says is not kept.
package struct LauncherGrantOrder: Decodable, Sendable, Equatable {
  package var ip: String
  package var account: UInt64
  package var name: String
  package var seconds: Int64

  /// As long as tera-api's own default.
  package static let usualSeconds: Int64 = 1800
  private static let nameLength = 64

  private enum Key: CodingKey { case ip, accountId, name, ttlSeconds }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    ip = try fields.decode(String.self, forKey: .ip)
    // A number, or one in quotes: it comes from a program that does not always tell them apart.
    if let text = try? fields.decode(String.self, forKey: .accountId) {
      guard let number = UInt64(text) else {
        throw DecodingError.dataCorruptedError(
          forKey: .accountId, in: fields, debugDescription: "accountId is no account")
      }
      account = number
    } else {
      account = try fields.decode(UInt64.self, forKey: .accountId)
    }
    name = ListEntry.printable(
      String(try fields.decodeIfPresent(String.self, forKey: .name)?.prefix(Self.nameLength) ?? ""))
    seconds = try fields.decodeIfPresent(Int64.self, forKey: .ttlSeconds) ?? Self.usualSeconds
    guard seconds >= 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .ttlSeconds, in: fields, debugDescription: "ttlSeconds must be 1 or more")
    }
  }
}

/// An address whose launcher has logged in.
package struct LauncherGrantAnswer: Codable, Sendable, Equatable {
  package struct Login: Codable, Sendable, Equatable {
    package var account: UInt64
    package var name: String
    package var secondsLeft: Int64

    package init(account: UInt64, name: String, secondsLeft: Int64) {
      self.account = account
      self.name = name
      self.secondsLeft = secondsLeft
    }
  }

  /// An address of IPv4, a /64 of IPv6.
  package var target: BanTarget
  /// `push`, `pull` or `session`.
  package var origin: String
  package var secondsLeft: Int64
  package var logins: [Login]

  package init(_ grant: LauncherGrants.Grant, now: Instant) {
    func seconds(_ until: Instant) -> Int64 {
      until > now ? Int64(clamping: (until.nanoseconds - now.nanoseconds) / 1_000_000_000) : 0
    }
    target = .network(grant.host)
    origin = grant.origin.rawValue
    secondsLeft = seconds(grant.until)
    logins = grant.logins.map {
      Login(account: $0.account, name: $0.name, secondsLeft: seconds($0.until))
    }
  }
}

/// Grants that were taken back.
package struct LauncherRevokeAnswer: Codable, Sendable, Equatable {
  package var target: BanTarget
  package var count: Int

  package init(target: BanTarget, count: Int) {
    self.target = target
    self.count = count
  }
}
