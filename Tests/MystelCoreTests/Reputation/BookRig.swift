import MystelCore
import MystelWire
import Testing

/// A book with a clock of its own, for the length of one test.
struct BookRig {
  var book: ReputationBook
  var now: Int64 = 1_000_000_000
  private var lastSession: UInt64 = 1000

  init(
    mode: Configuration.Mode = .enforce, protected: [String] = [], scores: Int = 10_000,
    _ change: (inout ReputationSettings) -> Void = { _ in }
  ) {
    var settings = ReputationSettings()
    settings.mode = mode
    change(&settings)
    book = ReputationBook(
      settings: settings, protected: protected.compactMap { try? AddressPrefix(parsing: $0) },
      seed: 42, scores: scores)
  }

  /// Something before login.
  mutating func offend(_ address: IPAddress, _ signal: String = "keys_timeout", weight: Int = 20) {
    book.take(
      .incident(
        Incident(session: 1, client: address, signal: signal, weight: weight, isPreLogin: true)),
      now: now)
  }

  /// Something in the game.
  mutating func cheat(
    _ address: IPAddress, account: UInt64, _ signal: String, weight: Int = 30
  ) {
    book.take(
      .incident(
        Incident(
          session: 1, client: address, account: account, signal: signal, weight: weight,
          isPreLogin: false)),
      now: now)
  }

  /// Lets a player in. - Returns: the session.
  @discardableResult
  mutating func enter(_ address: IPAddress, account: UInt64) -> UInt64 {
    lastSession += 1
    book.take(.entered(session: lastSession, client: address, account: account), now: now)
    return lastSession
  }

  mutating func pass(_ seconds: Int64) {
    now += seconds
    book.expire(now: now)
  }

  func isRefused(_ address: IPAddress, account: UInt64? = nil) -> Bool {
    book.list(now: now).hit(client: address, account: account, isLetIn: account != nil) != nil
  }

  /// The bans in force, by target.
  var targets: [String] { book.bans.keys.map { "\($0)" }.sorted() }
}

func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }
