import Crypto

/// How many handshakes an event loop takes on: what they cost is many times what anything else of a
/// connection costs.
///
/// While there is plenty of time everybody is served. When half of it is used up, newcomers have to
/// bring a cookie, which costs them a round trip from the address that they claim; when all is,
/// nobody is served until time passes. Confined to its loop.
package final class TunnelDoor {
  package enum Answer: Equatable, Sendable {
    case comeIn
    case bringCookie
    case tooMany
  }

  /// Handshakes a second.
  package static let usualRate = 1000

  private let rate: UInt64
  private var credit: UInt64
  private var filledAt: UInt64
  private let jar: CookieJar
  /// Handshakes that were begun.
  package private(set) var handshakes: UInt64 = 0

  /// - Parameters:
  ///   - secret: 32 random bytes of this door.
  ///   - now: nanoseconds of a clock that never goes back.
  package init(rate: Int = TunnelDoor.usualRate, secret: SymmetricKey, now: UInt64) {
    self.rate = UInt64(max(1, rate))
    credit = self.rate * TunnelDoor.unit
    filledAt = now
    jar = CookieJar(secret: secret)
  }

  private static let unit: UInt64 = 1_000_000_000

  /// Asks for one handshake.
  func ask(cookie: [UInt8], source: [UInt8], now: UInt64) -> Answer {
    fill(now: now)
    guard credit >= TunnelDoor.unit else { return .tooMany }
    if credit < rate * TunnelDoor.unit / 2,
      !jar.isValid(cookie, source: source, now: now)
    {
      return .bringCookie
    }
    credit -= TunnelDoor.unit
    handshakes += 1
    return .comeIn
  }

  func cookie(source: [UInt8], now: UInt64) -> [UInt8] {
    jar.cookie(source: source, epoch: jar.epoch(now))
  }

  private func fill(now: UInt64) {
    guard now > filledAt else { return }
    let (gained, overflow) = (now - filledAt).multipliedReportingOverflow(by: rate)
    let full = rate * TunnelDoor.unit
    credit = overflow ? full : min(full, credit + min(gained, full))
    filledAt = now
  }
}

/// Cookies that nobody has to remember: a hash, under a secret of this process, of where a peer is
/// and of when that was. Only this process's own clock counts.
package struct CookieJar {
  /// A cookie is good for the window it was made in and for the next.
  package static let windowNanoseconds: UInt64 = 120_000_000_000

  private let secret: SymmetricKey

  package init(secret: SymmetricKey) { self.secret = secret }

  package func epoch(_ now: UInt64) -> UInt64 { now / CookieJar.windowNanoseconds }

  package func cookie(source: [UInt8], epoch: UInt64) -> [UInt8] {
    Array(code(source, epoch).finalize())
  }

  package func isValid(_ cookie: [UInt8], source: [UInt8], now: UInt64) -> Bool {
    let epoch = epoch(now)
    return [epoch, epoch &- 1].contains { epoch in
      // Compared in constant time by swift-crypto.
      code(source, epoch).finalize() == cookie
    }
  }

  private func code(_ source: [UInt8], _ epoch: UInt64) -> HMAC<SHA256> {
    var code = HMAC<SHA256>(key: secret)
    code.update(data: Array("mystel tunnel cookie".utf8))
    withUnsafeBytes(of: epoch.bigEndian) { code.update(data: $0) }
    code.update(data: source)
    return code
  }
}
