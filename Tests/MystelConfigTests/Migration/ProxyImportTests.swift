import MystelConfig
import MystelCore
import Testing

@Suite("Importing other proxies' configurations")
struct ProxyImportTests {
  /// As that program ships it.
  private let shipped = """
    {
        "servers": [
            {
                "listenIp": "0.0.0.0",
                "listenPort": 7801,
                "serverIp": "127.0.0.1",
                "serverPort": 7701,
                "name": "Tera Private",
                "serverId": 2800,
                "publisher": "GF",
                "language": "eu",
                "patchVersion": "100.02",
                "protocolVersion": 376012,
                "integrity": false
            }
        ]
    }
    """

  @Test("the shipped config.json of tera-proxy-server becomes a listener and a backend")
  func teraProxyServer() throws {
    let made = try read(shipped, .teraProxyServer)
    let loaded = try ConfigurationLoader.load(text: made.yaml, name: "made.yaml")
    let configuration = loaded.configuration
    #expect(loaded.warnings == [])
    #expect(configuration.listeners.map(\.name) == ["Tera-Private"])
    #expect(configuration.listeners.map(\.bind.description) == ["0.0.0.0:7801"])
    #expect(configuration.backends.map(\.address.description) == ["127.0.0.1:7701"])
    #expect(configuration.backends.map(\.builds) == [[376012]])
    #expect(configuration.backends.map(\.keySchedule) == [.current])
    for key in ["serverId", "publisher", "language", "patchVersion", "integrity"] {
      #expect(made.yaml.contains("#  - \(key): "), "\(key)")
    }
  }

  @Test("the shipped config.json of tera-server-proxy becomes a listener and a backend")
  func teraServerProxy() throws {
    let text = """
      {
      \t"localIp": "127.0.0.1",
      \t"localPort": 7801,
      \t"forwardIp": "192.168.0.15",
      \t"forwardPort": 7701,
      \t"webPort": 8080,
      \t"protocol": 367080,
      \t"logging": true,
      \t"hexy": false
      }
      """
    let made = try read(text, .teraServerProxy)
    let configuration = try ConfigurationLoader.load(text: made.yaml, name: "x").configuration
    #expect(configuration.listeners.map(\.name) == ["public"])
    #expect(configuration.listeners.map(\.bind.description) == ["127.0.0.1:7801"])
    #expect(configuration.backends.map(\.address.description) == ["192.168.0.15:7701"])
    #expect(configuration.backends.map(\.builds) == [[367080]])
    #expect(made.notes.contains { $0.contains("only this machine can connect") })
    #expect(configuration.management.http == nil)
    let uncommented = made.yaml.replacing("# management:", with: "management:")
      .replacing("#   http:", with: "  http:").replacing("#   online:", with: "  online:")
    let online = try ConfigurationLoader.load(text: uncommented, name: "x").configuration
    #expect(online.management.http?.description == "127.0.0.1:8080")
    #expect(online.management.showsOnline)
  }

  @Test("the older config.json of tera-server-proxy, by names, becomes one listener a name")
  func olderTeraServerProxy() throws {
    let text = """
      { "asura": { "localIp": "0.0.0.0", "localPort": 7801, "forwardIp": "world", "forwardPort": 1,
                   "protocol": 367080 },
        "no": { "localIp": "::", "localPort": 7802, "forwardIp": "::1", "forwardPort": 2,
                "protocol": 367081 } }
      """
    let made = try read(text, .teraServerProxy)
    let configuration = try ConfigurationLoader.load(text: made.yaml, name: "x").configuration
    #expect(configuration.listeners.map(\.name) == ["asura", "no"])
    #expect(configuration.listeners.map(\.backend) == ["arbiter", "arbiter-2"])
    #expect(configuration.listeners.map(\.bind.description) == ["0.0.0.0:7801", "[::]:7802"])
    #expect(configuration.backends.map(\.address.description) == ["world:1", "[::1]:2"])
  }

  @Test("servers at one address share a backend, and keep their builds apart")
  func sharedBackend() throws {
    let first = shipped.replacing("]\n}", with: "")
    let second = """
      , { "listenIp": "0.0.0.0", "listenPort": "7802", "serverIp": "127.0.0.1", "serverPort": "7701",
          "name": "Tera Private", "patchVersion": "92.04", "protocolVersion": 367081 } ] }
      """
    let made = try read(first + second, .teraProxyServer)
    let configuration = try ConfigurationLoader.load(text: made.yaml, name: "x").configuration
    #expect(configuration.listeners.map(\.name) == ["Tera-Private", "Tera-Private-2"])
    #expect(configuration.listeners.map(\.build) == [.only(376012), .only(367081)])
    #expect(configuration.backends.map(\.builds) == [[376012, 367081]])
  }

  @Test("an old patch gets the old key schedule")
  func legacy() throws {
    let made = try read(shipped.replacing("100.02", with: "44.03"), .teraProxyServer)
    let configuration = try ConfigurationLoader.load(text: made.yaml, name: "x").configuration
    #expect(configuration.backends.map(\.keySchedule) == [.legacy])
  }

  @Test("a build without a pack is named, with the command that makes one")
  func unknownBuild() throws {
    #expect(try read(shipped, .teraProxyServer).notes.allSatisfy { !$0.contains("build ") })
    let made = try read(shipped.replacing("376012", with: "380000"), .teraProxyServer)
    #expect(made.notes.contains { $0.contains("380000") && $0.contains("mystel packs import") })
    #expect(made.yaml.contains("# Before you use it:"))
  }

  @Test("keys that are not known are named, and cost nothing")
  func unknownKeys() throws {
    let text = shipped.replacing("\"name\"", with: "\"x\\ny\": 1, \"name\"")
    let made = try read(text, .teraProxyServer)
    #expect(made.yaml.contains("#  - x?y: not known to this import"))
  }

  @Test("a name of any characters makes a name that a listener may have, on one line")
  func names() throws {
    for name in [
      "\\n", "9 #: \\u0000 x", "Тера", "\\u2028\\ue000\\u00a0", "", "yes",
      String(repeating: "a", count: 200),
    ] {
      let made = try read(shipped.replacing("Tera Private", with: name), .teraProxyServer)
      #expect(
        try ConfigurationLoader.load(text: made.yaml, name: "x").configuration.listeners.count == 1)
    }
  }

  @Test(
    "what cannot be used is refused with its place and key",
    arguments: [
      ("{}", "config.json:1:1: servers: is missing"),
      ("[]", "config.json:1:1: must be an object"),
      ("{ \"servers\": [] }", "config.json:1:14: servers: must not be empty"),
      ("{ \"servers\": [1] }", "config.json:1:15: servers[0]: must be an object"),
      ("not json", "config.json:1:1: must be an object"),
      ("", "config.json"),
    ])
  func refused(_ text: String, _ beginning: String) {
    let problems = faults(text, .teraProxyServer)
    #expect(problems.first?.hasPrefix(beginning) == true, "\(problems)")
  }

  @Test("each missing or wrong value is named")
  func wrongValues() {
    let text = """
      { "localIp": "0.0.0.0", "localPort": 0, "forwardIp": "300.1.1.1", "forwardPort": 1,
        "protocol": "x" }
      """
    #expect(
      faults(text, .teraServerProxy) == [
        "config.json:1:38: localPort: port 0 is out of range: 1 to 65535",
        "config.json:1:54: forwardIp: 300.1.1.1 is no IPv4 address",
        "config.json:2:15: protocol: x is no build: a number such as 376012",
      ])
    #expect(
      faults("{ \"localIp\": \"0.0.0.0\" }", .teraServerProxy).map { String($0.dropFirst(17)) }
        == ["localPort: is missing", "forwardIp: is missing", "protocol: is missing"])
  }

  @Test("a configuration that would connect to itself is refused")
  func loop() {
    let text = shipped.replacing("7701", with: "7801")
    #expect(faults(text, .teraProxyServer).contains { $0.contains("would connect to itself") })
  }

  @Test("noise in the place of a file ends in problems or in a configuration, never in a trap")
  func noise() {
    var random = SplitMix64(state: 0x1a2b)
    for round in 0..<500 {
      var bytes = Array(shipped.utf8)
      for _ in 0..<(1 + Int(random.next() % 4)) {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      for program in ProxyImport.Program.allCases {
        do throws(ConfigurationProblems) {
          let made = try ProxyImport.read(bytes: bytes, name: "config.json", of: program)
          #expect(!made.yaml.isEmpty, "round \(round)")
        } catch {
          #expect(!error.problems.isEmpty, "round \(round)")
        }
      }
    }
  }

  private func read(_ text: String, _ program: ProxyImport.Program) throws -> ProxyImport {
    try ProxyImport.read(bytes: Array(text.utf8), name: "config.json", of: program)
  }

  private func faults(_ text: String, _ program: ProxyImport.Program) -> [String] {
    do throws(ConfigurationProblems) {
      _ = try ProxyImport.read(bytes: Array(text.utf8), name: "config.json", of: program)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }
}
