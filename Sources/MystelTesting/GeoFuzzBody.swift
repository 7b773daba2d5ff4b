import MystelCore
import MystelWire

/// Reads arbitrary bytes as a MaxMind DB file and asks it for addresses, and checks that it says
/// the same of every spelling of one.
///
/// Traps on a violation, as a fuzz body must. The reader itself must never trap or run on.
package func fuzzGeo(_ bytes: [UInt8]) {
  guard let database = try? GeoDatabase(bytes) else { return }
  var random = SplitMix64(seed: UInt64(bytes.count))
  var addresses: [UInt32] = [0, 0xc000_0201, 0xc633_6401, .max]
  addresses.append(UInt32(truncatingIfNeeded: random.next()))
  for bits in addresses {
    let address = IPAddress(ipv4: bits)
    let mapped = IPAddress(ipv6High: 0, low: address.low)
    let country = database.country(of: address)
    precondition(country == database.country(of: mapped), "a mapped address is its IPv4 address")
    precondition(database.system(of: address) == database.system(of: mapped))
    precondition(country.map { "\($0)".utf8.count == 2 } ?? true, "a country has two letters")
  }
  for high in [0, 0x2001_0db8_0000_0000, random.next(), .max] {
    let address = IPAddress(ipv6High: high, low: random.next())
    _ = database.country(of: address)
    _ = database.system(of: address)
  }
}
