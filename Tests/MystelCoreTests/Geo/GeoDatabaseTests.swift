import Foundation
import MystelCore
import MystelTesting
import MystelWire
import Testing

/// The files are made by Tests/Geo/make.py with another writer, and read there by another reader.
@Suite("MaxMind DB files") struct GeoDatabaseTests {
  @Test("countries and systems are what another reader finds", arguments: [24, 28, 32])
  func agrees(bits: Int) throws {
    let countries = try GeoDatabase(file("country-\(bits).mmdb"))
    let systems = try GeoDatabase(file("asn.mmdb"))
    #expect(countries.type == "Test-Country")
    #expect(countries.buildSeconds == 1_790_000_000)
    var known = 0
    for line in try String(decoding: file("expected.txt"), as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: " ")
      let address = try #require(IPAddress(parts[0]))
      #expect(countries.country(of: address).map { "\($0)" } ?? "-" == parts[1], "\(line)")
      #expect(systems.system(of: address).map { "\($0)" } ?? "-" == parts[2], "\(line)")
      known += parts[1] == "-" ? 0 : 1
    }
    #expect(known > 400)
  }

  @Test("the names that smaller files use are understood")
  func lite() throws {
    let lite = try GeoDatabase(file("lite.mmdb"))
    #expect(lite.country(of: address("192.0.2.9")) == CountryCode("DE"))
    #expect(lite.system(of: address("192.0.2.9")) == 64500)
    #expect(lite.country(of: address("198.51.100.1")) == CountryCode("FR"))
    #expect(lite.country(of: address("203.0.113.1")) == CountryCode("US"))
    #expect(lite.system(of: address("203.0.113.1")) == nil)
    #expect(lite.country(of: address("2001:db8::1")) == nil)
    #expect(lite.country(of: address("::ffff:192.0.2.9")) == CountryCode("DE"))
  }

  @Test("a file that is cut off anywhere is refused or knows less, and never traps")
  func cutOff() throws {
    let bytes = try file("lite.mmdb")
    #expect(throws: GeoDatabase.Fault.self) { _ = try GeoDatabase([]) }
    let mark = Array("MaxMind.com".utf8)
    let description =
      try #require(
        bytes.indices.last { bytes[$0...].starts(with: mark) }) + mark.count
    for count in description..<bytes.count { ask(Array(bytes.prefix(count))) }
    for count in 0..<description {
      #expect(throws: GeoDatabase.Fault.self, "\(count)") {
        _ = try GeoDatabase(Array(bytes.prefix(count)))
      }
    }
    // From the front only what the description says is missing can tell.
    for count in 1..<bytes.count { ask(Array(bytes.dropFirst(count))) }
  }

  @Test("no changed byte makes a look-up trap or run on")
  func mutations() throws {
    for name in ["lite.mmdb", "country-24.mmdb", "country-28.mmdb", "asn.mmdb"] {
      let bytes = try file(name)
      var random = SplitMix64(seed: 11)
      for _ in 0..<100 {
        var broken = bytes
        for _ in 0..<(1 + random.next(below: 6)) {
          let tail = random.next(below: 2) == 0
          let place =
            tail
            ? broken.count - 1 - Int(random.next(below: 300))
            : Int(
              random.next(below: UInt64(broken.count)))
          broken[place] = UInt8(truncatingIfNeeded: random.next())
        }
        ask(broken)
      }
    }
  }

  @Test("a pointer to a pointer, and values that contain themselves, are nothing")
  func loops() throws {
    // One node; both of its records lead to the data's first byte.
    func database(_ data: [UInt8]) -> [UInt8] {
      [0, 0, 17, 0, 0, 17] + [UInt8](repeating: 0, count: 16) + data
        + [0xab, 0xcd, 0xef] + Array("MaxMind.com".utf8) + description
    }
    let key: [UInt8] = [0x47] + Array("country".utf8)
    let sound = try GeoDatabase(database([0xe1] + key + [0x42] + Array("DE".utf8)))
    #expect(sound.country(of: address("192.0.2.1")) == CountryCode("DE"))
    let broken: [[UInt8]] = [
      [0x20, 0x00],  // a pointer to itself
      [0x20, 0x02, 0x20, 0x00],  // two that lead to each other
      [0xe1] + key + [0x20, 0x00],  // a map whose value is the map
      [0xff, 0xff, 0xff, 0xff] + key,  // a map of sixteen million entries
      [0xe1, 0x5f, 0xff, 0xff, 0xff],  // a key that is longer than the file
      [0x3f, 0xff, 0xff, 0xff, 0xff],  // a pointer behind the end
      [UInt8](repeating: 0xe1, count: 4000),  // maps in maps
      Array([[UInt8]](repeating: [0x1f, 0x04, 0xff, 0xff, 0xff], count: 300).joined()),  // arrays
      [0x00, 0xff], [0x00], [],
    ]
    for data in broken {
      let made = try GeoDatabase(database(data))
      #expect(made.country(of: address("192.0.2.1")) == nil, "\(data.prefix(8))")
      #expect(made.system(of: address("192.0.2.1")) == nil, "\(data.prefix(8))")
    }
  }

  @Test("rules are asked in order, private addresses are in no country")
  func policy() throws {
    var rules = Configuration.GeoIP()
    rules.mode = .enforce
    rules.denyCountries = [try #require(CountryCode("de"))]
    rules.denyASNs = [64501]
    let lite = try GeoDatabase(file("lite.mmdb"))
    let denying = GeoPolicy(rules: rules, countries: lite, systems: lite)
    #expect(denying.refusal(of: address("192.0.2.1")) == .countryDenied)
    #expect(denying.refusal(of: address("198.51.100.1")) == .networkDenied)
    #expect(denying.refusal(of: address("203.0.113.1")) == nil)
    #expect(denying.refusal(of: address("8.8.8.8")) == nil)
    rules.denyCountries = []
    rules.denyASNs = []
    rules.allowCountries = [try #require(CountryCode("US"))]
    let allowing = GeoPolicy(rules: rules, countries: lite, systems: nil)
    #expect(allowing.refusal(of: address("203.0.113.1")) == nil)
    #expect(allowing.refusal(of: address("192.0.2.1")) == .countryDenied)
    #expect(allowing.refusal(of: address("8.8.8.8")) == .countryDenied)
    for inside in ["127.0.0.1", "10.1.2.3", "192.168.0.1", "::1", "fd00::1"] {
      #expect(allowing.refusal(of: address(inside)) == nil)
    }
    rules.mode = .off
    #expect(
      GeoPolicy(rules: rules, countries: lite, systems: nil).refusal(of: address("192.0.2.1"))
        == nil)
  }

  // MARK: Helpers

  private func ask(_ bytes: [UInt8]) {
    guard let database = try? GeoDatabase(bytes) else { return }
    for text in ["192.0.2.1", "198.51.100.200", "0.0.0.0", "255.255.255.255", "2001:db8::1"] {
      _ = database.country(of: address(text))
      _ = database.system(of: address(text))
    }
  }

  /// What a file says of itself: one node of 24-bit records, IPv4.
  private var description: [UInt8] {
    let members: [(String, [UInt8])] = [
      ("binary_format_major_version", [0xa1, 2]), ("node_count", [0xc1, 1]),
      ("record_size", [0xa1, 24]), ("ip_version", [0xa1, 4]),
    ]
    return [0xe0 | UInt8(members.count)]
      + members.flatMap { (name, value) -> [UInt8] in
        let length = name.utf8.count
        let head: [UInt8] =
          length < 29 ? [0x40 | UInt8(length)] : [0x5d, UInt8(length - 29)]
        return head + Array(name.utf8) + value
      }
  }

  private func file(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Geo")
    return Array(try Data(contentsOf: folder.appending(path: name)))
  }

  private func address(_ text: String) -> IPAddress {
    IPAddress(text) ?? IPAddress(ipv4: 0)
  }
}
