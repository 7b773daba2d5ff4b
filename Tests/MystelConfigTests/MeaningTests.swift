import MystelConfig
import MystelCore
import MystelWire
import Testing

@Suite("What a configuration means")
struct MeaningTests {
  @Test("a minimal file gets the defaults of Core")
  func defaults() throws {
    let loaded = try ConfigurationLoader.load(text: minimal, name: "mystel.yaml")
    let expected = Configuration(
      listeners: [
        .init(
          name: "public", bind: .endpoint(Endpoint(IPAddress(ipv4: 0), port: 7801)),
          backend: "arbiter")
      ],
      backends: [
        .init(
          name: "arbiter",
          address: .endpoint(Endpoint(IPAddress(ipv4: 0x7f00_0001), port: 7701)),
          builds: [367081])
      ])
    #expect(loaded.configuration == expected)
    #expect(loaded.warnings == [])
  }

  @Test("every key reaches its field")
  func everyKey() throws {
    let text = """
      version: 1
      workers: 3
      log: { level: debug, format: json }
      limits:
        { sessions: 9000, queue_bytes: 1MiB, half_open_per_backend: 12, client_packet_bytes: 9000B }
      timeouts:
        proxy_header: 4s
        keys: 11s
        first_packet: 12s
        packet: 13s
        idle: 2h
        queue_full: 14s
        client_half_close: 15s
        backend_half_close: 16s
        backend_connect: 1700ms
        backend_hello: 18s
        health_check: 19s
        drain: 3m
      reputation:
        mode: enforce
        store: /var/lib/x.db
        threshold: 250
        shared_accounts: 9
        half_life: 2h
        ban_time: 3m
        longest_ban: 48h
        recidivism: 72h
        manual_ban_time: 24h
        trust_after: 30h
        allow: [198.51.100.0/24]
        deny: ["2001:db8::/32"]
        protected: [192.0.2.9]
        geoip:
          mode: shadow
          database: /a.mmdb
          asn_database: /b.mmdb
          deny_countries: [de]
          allow_countries: ["NO", FR]
          deny_asns: [64500]
      control: { socket: /run/x.sock }
      management:
        socket: off
        http: 0.0.0.0:9180
        exposed: true
        require_audit: true
        tls: { certificate: /etc/c.pem, key: /etc/k.pem }
        hosts: [GW.example]
        tokens: /var/lib/t.json
      listeners:
        - name: a
          bind: "[::1]:1"
          game: none
          backend: b
          proxy_protocol: { accept: any, trusted: [10.0.0.0/8, "2001:db8::/32"] }
      backends:
        - name: b
          address: World.Example:2
          builds: [1, 2]
          proxy_protocol: v2
          source_address: transparent
          key_schedule: legacy
      """
    var expected = Configuration(
      workers: 3, log: .init(level: .debug, format: .json),
      listeners: [
        .init(
          name: "a", bind: .endpoint(Endpoint(IPAddress(ipv6High: 0, low: 1), port: 1)),
          game: .none, backend: "b",
          proxyProtocol: .init(
            mode: .any,
            trusted: [
              AddressPrefix(containing: IPAddress(ipv4: 10 << 24), length: 8),
              AddressPrefix(
                containing: IPAddress(ipv6High: 0x2001_0db8_0000_0000, low: 0), length: 32),
            ]))
      ],
      backends: [
        .init(
          name: "b", address: .name("world.example", port: 2), builds: [1, 2], proxyProtocol: .v2,
          sourceAddress: .transparent, keySchedule: .legacy)
      ])
    expected.limits.sessions = 9000
    expected.limits.queueBytes = 1 << 20
    expected.limits.halfOpenPerBackend = 12
    expected.limits.clientPacketBytes = 9000
    expected.timeouts.proxyHeader = .seconds(4)
    expected.timeouts.keys = .seconds(11)
    expected.timeouts.firstPacket = .seconds(12)
    expected.timeouts.packet = .seconds(13)
    expected.timeouts.idle = .seconds(7200)
    expected.timeouts.queueFull = .seconds(14)
    expected.timeouts.clientHalfClose = .seconds(15)
    expected.timeouts.backendHalfClose = .seconds(16)
    expected.timeouts.backendConnect = .milliseconds(1700)
    expected.timeouts.backendHello = .seconds(18)
    expected.timeouts.healthCheck = .seconds(19)
    expected.timeouts.drain = .seconds(180)
    expected.reputation.mode = .enforce
    expected.reputation.storePath = "/var/lib/x.db"
    expected.reputation.threshold = 250
    expected.reputation.sharedAccounts = 9
    expected.reputation.halfLife = .seconds(7200)
    expected.reputation.banTime = .seconds(180)
    expected.reputation.longestBan = .seconds(48 * 3600)
    expected.reputation.recidivism = .seconds(72 * 3600)
    expected.reputation.manualBanTime = .seconds(24 * 3600)
    expected.reputation.trustAfter = .seconds(30 * 3600)
    expected.reputation.allow = [try AddressPrefix(parsing: "198.51.100.0/24")]
    expected.reputation.deny = [try AddressPrefix(parsing: "2001:db8::/32")]
    expected.reputation.protected = [try AddressPrefix(parsing: "192.0.2.9")]
    expected.geoip.mode = .shadow
    expected.geoip.database = "/a.mmdb"
    expected.geoip.asnDatabase = "/b.mmdb"
    expected.geoip.denyCountries = ["DE"].compactMap { CountryCode($0) }
    expected.geoip.allowCountries = ["NO", "FR"].compactMap { CountryCode($0) }
    expected.geoip.denyASNs = [64500]
    expected.control.socket = .path("/run/x.sock")
    expected.management.socket = .off
    expected.management.http = .endpoint(Endpoint(IPAddress(ipv4: 0), port: 9180))
    expected.management.isExposed = true
    expected.management.requiresAudit = true
    expected.management.certificatePath = "/etc/c.pem"
    expected.management.keyPath = "/etc/k.pem"
    expected.management.tokensPath = "/var/lib/t.json"
    expected.management.hosts = ["gw.example"]
    let loaded = try ConfigurationLoader.load(text: text, name: "mystel.yaml")
    #expect(loaded.configuration == expected)
    let again = try ConfigurationLoader.load(text: resolvedYAML(expected), name: "resolved.yaml")
    #expect(again.configuration == expected)
  }

  @Test(
    "every spelling of a plain off is off, where the key takes off",
    arguments: ["off", "Off", "OFF", "no", "No", "NO", "false", "False", "FALSE", "\"off\""])
  func off(_ spelling: String) throws {
    let text = minimal.replacing(
      "backend: arbiter", with: "backend: arbiter\n    proxy_protocol: { accept: \(spelling) }"
    )
    .replacing("builds: [367081]", with: "builds: [367081]\n    proxy_protocol: \(spelling)")
    let configuration = try ConfigurationLoader.load(text: text, name: "mystel.yaml").configuration
    #expect(configuration.listeners.first?.proxyProtocol.mode == .off)
    #expect(configuration.backends.first?.proxyProtocol == .off)
  }

  @Test("a quoted no or false is not off")
  func quotedNo() {
    for spelling in ["\"no\"", "'false'"] {
      let text = minimal + "    proxy_protocol: \(spelling)\n"
      #expect(problems(text).count == 1, "\(spelling)")
    }
  }

  @Test("lines and columns count from 1, columns in Unicode scalars, with any line break")
  func places() {
    for lineBreak in ["\n", "\r\n", "\r"] {
      let text = ["version: 1", "# ü", "log: { format: json, \"levél\": 1 }"]
        .joined(separator: lineBreak)
      #expect(problems(text).contains { $0.hasPrefix("mystel.yaml:3:22: log.levél: unknown key") })
    }
    #expect(
      problems("version: 1\n\"é😀\": 1\nlog: { x: 1 }\n").contains {
        $0.hasPrefix("mystel.yaml:3:8:")
      })
    #expect(
      problems("version: 1\nlog: { \"é😀\": 1, x: 1 }\n").contains {
        $0.hasPrefix("mystel.yaml:2:17: log.x")
      })
  }
}
