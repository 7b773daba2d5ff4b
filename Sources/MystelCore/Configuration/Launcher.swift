import MystelWire

extension Configuration {
  /// Whether only who has logged in by the launcher may connect, and how that is known.
  package struct Launcher: Sendable, Equatable {
    /// What becomes of players whose grant cannot be asked for.
    package enum Unreachable: String, Sendable, CaseIterable {
      /// They play: a launcher's server that is down must not take the game down.
      case admit
      case refuse
    }

    package var mode = Mode.off
    /// What `POST /api/v1/launcher-grants` must show as `X-Api-Key`; nil takes no grants.
    package var key: SecretSource?
    /// Whether tera-api is asked for who has no grant.
    package var pulls = false
    /// How long ago a login may be that tera-api knows of. Default 30 min, as long as its own grants.
    package var pullAge = Duration.seconds(1800)
    package var unreachable = Unreachable.admit
    /// After a start grants are lost: for that long who has none plays, where none can be asked for.
    /// Default 30 min: by then the grants from before would be over.
    package var grace = Duration.seconds(1800)
    /// How long a player may come back without the launcher after his session. Default 10 min: a
    /// crash, a line that broke, the way back to the server list.
    package var comeBack = Duration.seconds(600)
    /// Networks that need no grant.
    package var exempt: [AddressPrefix] = []
    package init() {}
  }

  /// The tera-api of the game server, for what is asked of it and told to it.
  package struct TeraAPI: Sendable, Equatable {
    /// Of the Gateway API: `http://127.0.0.1:8040`.
    package var gateway: WebAddress?
    /// Of the Arbiter API: `http://127.0.0.1:8080`.
    package var arbiter: WebAddress?
    /// Sent as `X-Api-Key`.
    package var key: SecretSource?
    package var serverID: UInt32 = 2800
    package var timeout = Duration.seconds(2)
    /// Whether bans of accounts are told.
    package var bans = false
    /// Whether players whose session was ended are kicked.
    package var kicks = false
    /// Whether what rules act on is reported.
    package var reports = false
    package init() {}
  }
}

/// Where a secret stands. The configuration never holds one.
package enum SecretSource: Sendable, Hashable, CustomStringConvertible {
  case file(String)
  case variable(String)

  package var description: String {
    switch self {
    case .file(let path): "file:\(path)"
    case .variable(let name): "env:\(name)"
    }
  }
}

/// An `http` or `https` URL without anything behind its path.
package struct WebAddress: Sendable, Hashable, CustomStringConvertible {
  package let isEncrypted: Bool
  /// In lower case; an IPv6 address without brackets.
  package let host: String
  package let port: UInt16
  /// Empty, or from `/` on, without one at its end.
  package let path: String

  /// Nil for any other scheme, user names, spaces, queries and fragments.
  package init?(_ text: String, allowingQuery: Bool = false) {
    guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
      return nil
    }
    let scheme = text.prefix { $0 != ":" }.lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    isEncrypted = scheme == "https"
    let rest = text.dropFirst(scheme.count)
    guard rest.hasPrefix("://") else { return nil }
    let authority = rest.dropFirst(3).prefix { !"/?#".contains($0) }
    let path = rest.dropFirst(3 + authority.count)
    guard !authority.contains("@"), !authority.contains("\\"), !path.contains("#"),
      allowingQuery || !path.contains("?")
    else { return nil }
    guard let (host, port) = WebAddress.place(authority) else { return nil }
    self.host = host
    self.port = port ?? (isEncrypted ? 443 : 80)
    var trimmed = String(path)
    while trimmed.hasSuffix("/"), !allowingQuery { trimmed.removeLast() }
    self.path = trimmed
  }

  private static func place(_ authority: Substring) -> (host: String, port: UInt16?)? {
    var host = authority
    var port: UInt16?
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]"),
        let address = IPAddress(authority[authority.index(after: authority.startIndex)..<end]),
        address.family == .ipv6
      else { return nil }
      let after = authority[authority.index(after: end)...]
      guard after.isEmpty || after.hasPrefix(":") else { return nil }
      if !after.isEmpty {
        guard let number = WebAddress.port(after.dropFirst()) else { return nil }
        port = number
      }
      return ("\(address)", port)
    }
    if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      guard let number = WebAddress.port(authority[authority.index(after: colon)...]) else {
        return nil
      }
      port = number
    }
    let isName = { (byte: UInt8) in
      (97...122).contains(byte | 0x20) || (48...57).contains(byte) || [45, 46, 95].contains(byte)
    }
    guard (1...253).contains(host.utf8.count), host.utf8.allSatisfy(isName) else { return nil }
    return (host.lowercased(), port)
  }

  private static func port(_ digits: Substring) -> UInt16? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return UInt16(digits).flatMap { $0 > 0 ? $0 : nil }
  }

  /// Scheme, host and port: what may be logged of a URL whose path is a secret.
  package var origin: String {
    let shown = host.contains(":") ? "[\(host)]" : host
    let usual: UInt16 = isEncrypted ? 443 : 80
    return (isEncrypted ? "https://" : "http://") + shown + (port == usual ? "" : ":\(port)")
  }

  package var description: String { origin + path }

  /// Whether it stays on this machine.
  package var isLoopback: Bool {
    host == "localhost" || IPAddress(host[...])?.isLoopback ?? false
  }
}
