import MystelWire

/// Whose traffic an operator declares genuine: what a running gateway learns from.
package struct GenuineTraffic: Sendable, Equatable {
  /// One entry of `inspection.calibration.genuine`.
  package enum Source: Sendable, Hashable {
    case everyone
    /// An address or network, or an account that the server names.
    case target(BanTarget)
  }

  /// Whether nobody is declared genuine.
  package let isEmpty: Bool
  private let isEverybody: Bool
  private let networks: [AddressPrefix]
  private let accounts: Set<UInt64>

  package init(_ sources: [Source] = []) {
    var (networks, accounts): ([AddressPrefix], Set<UInt64>) = ([], [])
    for case .target(let target) in sources {
      switch target {
      case .network(let prefix): networks.append(prefix)
      case .account(let account): accounts.insert(account)
      }
    }
    isEmpty = sources.isEmpty
    isEverybody = sources.contains(.everyone)
    (self.networks, self.accounts) = (networks, accounts)
  }

  /// - Parameter account: nil before the server has named it.
  package func contains(_ client: IPAddress, account: UInt64?) -> Bool {
    isEverybody || account.map(accounts.contains) ?? false
      || networks.contains { $0.contains(client) }
  }
}
