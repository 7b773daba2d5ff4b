import Foundation
import MystelConfig
import MystelCore
import Testing

@Suite("Launcher, tera-api and webhooks in the configuration")
struct OutwardConfigurationTests {
  private let text = """
    management: { http: 127.0.0.1:5080, online: true }
    launcher:
      mode: enforce
      key: file:/etc/mystel/launcher.key
      pull: true
      pull_age: 1h
      unreachable: refuse
      grace: 5m
      come_back: 3m
      exempt: [192.0.2.0/24]
    tera_api:
      gateway: http://127.0.0.1:8040/
      arbiter: http://127.0.0.1:8080
      key: env:TERA_API_KEY
      server_id: 2801
      timeout: 1s
      bans: true
      kicks: true
      reports: true
    webhooks:
      - name: discord
        url: file:/etc/mystel/discord.url
        events: [ban_added, attack]
        format: discord
        template: "{{text}} \\n"
        secret: env:HOOK_SECRET
        timeout: 3s
        retries: 0
      - name: site
        url: https://example.org/hook?id=1

    """

  @Test("every key reaches its field, and the resolved YAML loads to the same")
  func everyKey() throws {
    let configuration = try ConfigurationLoader.load(text: text + minimal, name: "x").configuration
    let (launcher, api) = (configuration.launcher, configuration.teraAPI)
    #expect(launcher.mode == .enforce && launcher.key == .file("/etc/mystel/launcher.key"))
    #expect(launcher.pulls && launcher.pullAge == .seconds(3600))
    #expect(launcher.unreachable == .refuse && launcher.grace == .seconds(300))
    #expect(launcher.comeBack == .seconds(180) && launcher.exempt.count == 1)
    #expect(api.gateway?.description == "http://127.0.0.1:8040")
    #expect(api.arbiter?.port == 8080 && api.key == .variable("TERA_API_KEY"))
    #expect(api.serverID == 2801 && api.timeout == .seconds(1))
    #expect(api.bans && api.kicks && api.reports)
    #expect(configuration.management.showsOnline)
    let hooks = configuration.webhooks
    #expect(hooks.map(\.name) == ["discord", "site"])
    #expect(hooks[0].place == .secret(.file("/etc/mystel/discord.url")))
    #expect(hooks[0].kinds == [.banAdded, .attack] && hooks[0].format == .discord)
    #expect(hooks[0].template == "{{text}} \n" && hooks[0].secret == .variable("HOOK_SECRET"))
    #expect(hooks[0].timeout == .seconds(3) && hooks[0].retries == 0)
    #expect(hooks[1].kinds == Set(Configuration.Webhook.usual))
    let again = try ConfigurationLoader.load(text: resolvedYAML(configuration), name: "y")
    #expect(again.configuration == configuration)
  }

  @Test("nothing of it is on unless it is asked for")
  func usual() throws {
    let configuration = try ConfigurationLoader.load(text: minimal, name: "x").configuration
    #expect(configuration.launcher.mode == .off && configuration.webhooks.isEmpty)
    #expect(!configuration.teraAPI.bans && !configuration.teraAPI.kicks)
    #expect(!configuration.teraAPI.reports && !configuration.management.showsOnline)
    #expect(
      try Secrets.load(configuration, environment: [:]) == Secrets())
  }

  @Test(
    "what cannot work is refused, with what to write",
    arguments: [
      ("launcher: { mode: enforce }", "launcher.mode: nobody could have a grant"),
      (
        "launcher: { mode: off, key: env:K }\nmanagement: { socket: off }",
        "launcher.key: grants come over HTTP"
      ),
      ("launcher: { pull: true }", "launcher.pull: needs tera_api.gateway"),
      ("tera_api: { bans: true }", "tera_api.bans: needs tera_api.gateway"),
      ("tera_api: { kicks: true }", "tera_api.kicks: needs tera_api.gateway"),
      ("tera_api: { reports: true }", "tera_api.reports: needs tera_api.arbiter"),
      ("tera_api: { gateway: 127.0.0.1:8040 }", "tera_api.gateway: 127.0.0.1:8040 is no URL"),
      ("tera_api: { key: hunter2hunter2 }", "tera_api.key: says where a secret stands"),
      ("webhooks: [{ name: a, url: ftp://x }]", "webhooks[0].url: is no URL"),
      (
        "webhooks: [{ name: a, url: \"https://discord.com/api/webhooks/1/x\" }]",
        "webhooks[0].url: whoever knows a URL of discord.com can use it"
      ),
      ("webhooks: [{ name: a }]", "webhooks[0].url: is missing"),
      (
        "webhooks: [{ name: a, url: http://h }, { name: a, url: http://h }]",
        "webhooks[1].name: there is another webhook a"
      ),
      ("webhooks: [{ name: a, url: http://h, events: [bans] }]", "webhooks[0].events[0]: must be"),
    ])
  func refused(_ text: String, _ complaint: String) {
    let found = problems(text + "\n" + minimal)
    #expect(found.contains { $0.contains(complaint) }, "\(found)")
    // A secret that stands in the wrong place is not printed as well.
    #expect(!found.contains { $0.contains("hunter2") || $0.contains("/1/x") })
  }

  @Test("a key that crosses the network in the clear is warned of")
  func clear() throws {
    let loaded = try ConfigurationLoader.load(
      text: "tera_api: { gateway: \"http://10.0.0.9:8040\" }\n" + minimal, name: "x")
    #expect(loaded.warnings.contains { "\($0)".contains("in the clear") })
  }

  // MARK: Secrets

  @Test("a secret is read from a file that only its owner may read, or from the environment")
  func secrets() throws {
    let folder = try TemporaryFolder()
    let key = String(repeating: "k", count: 32)
    let path = try secretFile(folder, "\(key)\n", 0o600)
    var configuration = Configuration(listeners: [], backends: [])
    configuration.launcher.key = .file(path)
    configuration.teraAPI.key = .variable("K")
    let secrets = try Secrets.load(configuration, environment: ["K": "x"])
    #expect(secrets["launcher.key"]?.text == key)
    #expect(secrets["tera_api.key"]?.text == "x")
    #expect(!"\(secrets) \(String(reflecting: secrets))".contains(key))
    var dumped = ""
    dump(secrets, to: &dumped)
    #expect(!dumped.contains(key))
  }

  @Test(
    "a secret that everybody may read, is short, empty, missing or of two lines is none",
    arguments: [
      (String(repeating: "k", count: 32), 0o644, "can be read by everybody"),
      ("short", 0o600, "is shorter than 22"), ("\n", 0o600, "is empty"),
      (String(repeating: "k\n", count: 32), 0o600, "one line"),
      (String(repeating: "k", count: 5000), 0o600, "longer"),
    ])
  func unusable(_ content: String, _ mode: Int, _ complaint: String) throws {
    let folder = try TemporaryFolder()
    var configuration = Configuration(listeners: [], backends: [])
    configuration.launcher.key = .file(try secretFile(folder, content, mode))
    let found = faults(configuration)
    #expect(found.count == 1 && found[0].contains(complaint), "\(found)")
    #expect(!found.contains { $0.contains("kkk") })
  }

  @Test("each secret that is missing is named with its key")
  func missing() throws {
    var configuration = Configuration(listeners: [], backends: [])
    configuration.launcher.key = .variable("NONE")
    configuration.teraAPI.key = .file("/nowhere/key")
    configuration.webhooks = [.init(name: "a", place: .secret(.variable("URL")))]
    let found = faults(configuration, ["URL": "not a url"])
    #expect(found.count == 3)
    #expect(found.contains { $0.contains("launcher.key: env:NONE is not set") })
    #expect(found.contains { $0.contains("tera_api.key: file:/nowhere/key") })
    #expect(found.contains { $0.contains("webhooks[0].url: env:URL holds no http") })
  }

  private func secretFile(_ folder: TemporaryFolder, _ text: String, _ mode: Int) throws -> String {
    try folder.write(Array(text.utf8), to: "key")
    let path = folder.path + "/key"
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  private func faults(
    _ configuration: Configuration, _ environment: [String: String] = [:]
  ) -> [String] {
    do throws(ConfigurationProblems) {
      _ = try Secrets.load(configuration, environment: environment)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }
}
