import MystelWire

/// An address that went on for ten seconds although it was refused: what the reputation is told of
/// the limits of addresses.
package struct AddressFlood: Equatable, Sendable {
  /// Of a /64 of IPv6, its first address.
  package var client: IPAddress
  /// By which limit it was refused last.
  package var reason: Reason
  /// Whether somebody has played from there lately: then it weighs half.
  package var isKnown: Bool

  package init(client: IPAddress, reason: Reason, isKnown: Bool) {
    self.client = client
    self.reason = reason
    self.isKnown = isKnown
  }

  /// What it weighs: an address that is blocked sends five times its rate. Ten seconds of a crowd
  /// behind one address that comes back at once must not be a ban; minutes of it are no crowd's.
  package var weight: Int { (reason == .addressBlocked ? 20 : 10) / (isKnown ? 2 : 1) }
}

/// Floods that nobody has been told of yet.
package struct AddressFloods: Sendable {
  /// The most that wait; of a flood from more addresses a part is told.
  static let most = 1024
  private var waiting: [AddressFlood] = []

  mutating func add(_ client: IPAddress, _ reason: Reason, isKnown: Bool) {
    guard waiting.count < Self.most else { return }
    waiting.append(AddressFlood(client: client, reason: reason, isKnown: isKnown))
  }

  /// Those since this was last called.
  package mutating func take() -> [AddressFlood] {
    defer { waiting = [] }
    return waiting
  }
}

extension Incident {
  /// An address went on although it was refused. Its sessions are not looked at, so it has none.
  package init(_ flood: AddressFlood, evidence: Evidence? = nil, seconds: Int64) {
    self.init(
      session: 0, client: flood.client, signal: flood.reason.label, weight: flood.weight,
      isPreLogin: true, evidence: evidence?.id, seconds: seconds)
    ending = evidence
  }
}

/// Refusals of one address within ten seconds, in 16 bits of its slot: eight for which ten seconds,
/// and eight for how many.
enum AddressStrikes {
  static let periodNanoseconds: UInt64 = 10_000_000_000
  /// Refusals within the period that are no player's trying again.
  static let least = 20

  /// Counts one. - Returns: true once in a period, when there are enough.
  static func add(to strikes: inout UInt16, now: UInt64) -> Bool {
    let period = UInt16(truncatingIfNeeded: now / periodNanoseconds & 0xff) << 8
    let count = strikes & 0xff00 == period ? strikes & 0xff : 0
    strikes = period | min(count + 1, 0xff)
    return count + 1 == least
  }
}
