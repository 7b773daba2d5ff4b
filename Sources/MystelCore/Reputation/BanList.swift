import MystelWire

/// Who is banned at one moment: what the acceptor and the workers look into.
///
/// Immutable and shared; replaced whole when a ban comes, goes or expires. A look-up is a binary
/// search and allocates nothing.
package final class BanList: Sendable {
  /// A ban that an address or account meets.
  package struct Hit: Sendable, Equatable {
    /// In `bans`.
    package var place: Int
    package var scope: Ban.Scope
  }

  package static let empty = BanList(bans: [], allowed: [], protected: [])

  package let bans: [Ban]
  package let allowed: [AddressPrefix]
  private let denyTable: PrefixTable
  /// Of bans for everyone alone: a longer one for newcomers hides none of them from players in the game.
  private let everyoneTable: PrefixTable
  private let allowTable: PrefixTable
  private let protectedTable: PrefixTable
  /// Sorted, with the place of each in `bans`.
  private let accounts: [UInt64]
  private let accountPlaces: [UInt32]

  /// - Parameters:
  ///   - bans: those in force.
  ///   - allowed: networks whose addresses a wider ban does not meet. Of ban and permission the
  ///     longer prefix counts, and the ban where they are equal.
  ///   - protected: what is never banned, whatever `bans` says.
  package init(bans: [Ban], allowed: [AddressPrefix], protected: [AddressPrefix]) {
    self.bans = bans
    self.allowed = allowed
    var networks: [(prefix: AddressPrefix, value: UInt32)] = []
    var accounts: [(account: UInt64, place: UInt32)] = []
    for (place, ban) in bans.enumerated() {
      switch ban.target {
      case .network(let prefix): networks.append((prefix, UInt32(place)))
      case .account(let account): accounts.append((account, UInt32(place)))
      }
    }
    denyTable = PrefixTable(networks)
    everyoneTable = PrefixTable(networks.filter { bans[Int($0.value)].scope == .everyone })
    allowTable = PrefixTable(allowed.map { ($0, 0) })
    protectedTable = PrefixTable(protected.map { ($0, 0) })
    accounts.sort { $0.account < $1.account }
    self.accounts = accounts.map(\.account)
    accountPlaces = accounts.map(\.place)
  }

  package var isEmpty: Bool { bans.isEmpty }

  /// The ban that an address meets. The allow-list is looked at only after a hit, so that nobody
  /// pays for it in a flood.
  package func hit(_ address: IPAddress) -> Hit? { hit(address, in: denyTable) }

  private func hit(_ address: IPAddress, in table: PrefixTable) -> Hit? {
    guard let denied = table.longestMatch(address) else { return nil }
    if let allowed = allowTable.longestMatch(address), allowed.length > denied.length {
      return nil
    }
    guard protectedTable.longestMatch(address) == nil else { return nil }
    let place = Int(denied.value)
    return Hit(place: place, scope: bans[place].scope)
  }

  /// The ban that an account meets.
  package func hit(account: UInt64) -> Hit? {
    var low = 0
    var high = accounts.count
    while low < high {
      let middle = (low + high) / 2
      if accounts[middle] < account { low = middle + 1 } else { high = middle }
    }
    guard low < accounts.count, accounts[low] == account else { return nil }
    let place = Int(accountPlaces[low])
    return Hit(place: place, scope: bans[place].scope)
  }

  /// The ban that a session meets: one that was let in only bans that are for everyone.
  package func hit(client: IPAddress, account: UInt64?, isLetIn: Bool) -> Hit? {
    if let account, let hit = hit(account: account) { return hit }
    return hit(client, in: isLetIn ? everyoneTable : denyTable)
  }
}
