import MystelWire

/// Who is in the game, by session and by address. As large as the number of sessions.
struct Presence: Sendable {
  /// One session's time in the game.
  struct Stay: Sendable, Equatable {
    var host: AddressPrefix
    var account: UInt64
    var since: Int64
    /// Whether something was found against the account meanwhile.
    var hasOffended = false
  }

  private var stays: [UInt64: Stay] = [:]
  /// Sessions of each account at each host.
  private var accounts: [AddressPrefix: [UInt64: Int]] = [:]
  /// Sessions in each network around hosts.
  private var crowds: [AddressPrefix: Int] = [:]
  /// The sessions of each account.
  private var sessions: [UInt64: Set<UInt64>] = [:]

  var count: Int { stays.count }

  mutating func enter(_ session: UInt64, host: AddressPrefix, account: UInt64, now: Int64) {
    if stays[session] != nil { _ = leave(session) }
    stays[session] = Stay(host: host, account: account, since: now)
    accounts[host, default: [:]][account, default: 0] += 1
    sessions[account, default: []].insert(session)
    for crowd in AddressKey.wider(than: host) { crowds[crowd, default: 0] += 1 }
  }

  /// - Returns: how long it was; nil for a session that was not in the game.
  mutating func leave(_ session: UInt64) -> Stay? {
    guard let stay = stays.removeValue(forKey: session) else { return nil }
    if let count = accounts[stay.host]?[stay.account] {
      accounts[stay.host]?[stay.account] = count > 1 ? count - 1 : nil
      if accounts[stay.host]?.isEmpty == true { accounts[stay.host] = nil }
    }
    sessions[stay.account]?.remove(session)
    if sessions[stay.account]?.isEmpty == true { sessions[stay.account] = nil }
    for crowd in AddressKey.wider(than: stay.host) {
      crowds[crowd] = crowds[crowd].flatMap { $0 > 1 ? $0 - 1 : nil }
    }
    return stay
  }

  /// Something was found against an account: the time so far earns it nothing.
  mutating func offended(_ account: UInt64, now: Int64) {
    for session in sessions[account] ?? [] {
      stays[session]?.since = now
      stays[session]?.hasOffended = true
    }
  }

  /// The accounts in the game at a host.
  func accounts(at host: AddressPrefix) -> some Collection<UInt64> { (accounts[host] ?? [:]).keys }

  /// The sessions in the game in a network around hosts: a /24, a /56 or a /48.
  func sessions(in crowd: AddressPrefix) -> Int { crowds[crowd] ?? 0 }
}
