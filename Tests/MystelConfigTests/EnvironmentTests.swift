import MystelConfig
import MystelCore
import Testing

@Suite("MYSTEL_ variables")
struct EnvironmentTests {
  private let lists = [
    "MYSTEL_LISTENERS":
      #"[{"name":"public","bind":"127.0.0.1:7801","backend":"arbiter","proxy_protocol":{"accept":"v1","trusted":["10.0.0.0/8"]}}]"#,
    "MYSTEL_BACKENDS": #"[{"name":"arbiter","address":"127.0.0.1:7701","builds":[367081]}]"#,
  ]

  @Test("a variable wins over the file, and leaves the other keys of its section")
  func overrides() throws {
    let text = "workers: 2\nlimits: { sessions: 5, half_open_per_backend: 3 }\n" + minimal
    let configuration = try ConfigurationLoader.load(
      text: text, name: "mystel.yaml",
      environment: [
        "MYSTEL_WORKERS": "auto", "MYSTEL_LIMITS_SESSIONS": "70", "MYSTEL_LOG_LEVEL": "error",
        "MYSTEL_TIMEOUTS_IDLE": "90s", "PATH": "/bin", "mystel_workers": "9",
      ]
    ).configuration
    #expect(configuration.workers == nil)
    #expect(configuration.limits.sessions == 70)
    #expect(configuration.limits.halfOpenPerBackend == 3)
    #expect(configuration.log.level == .error)
    #expect(configuration.timeouts.idle == .seconds(90))
  }

  @Test("a list variable replaces the whole list of the file")
  func wholeList() throws {
    let configuration = try ConfigurationLoader.load(
      text: minimal, name: "mystel.yaml",
      environment: ["MYSTEL_LISTENERS": lists["MYSTEL_LISTENERS"] ?? ""]
    ).configuration
    #expect(configuration.listeners.map(\.proxyProtocol.mode) == [.v1])
    #expect(configuration.listeners.map(\.bind.description) == ["127.0.0.1:7801"])
  }

  @Test("without a file the environment alone is a configuration")
  func alone() throws {
    let loaded = try ConfigurationLoader.load(path: nil, environment: lists)
    #expect(loaded.configuration.backends.map(\.builds) == [[367081]])
    #expect(loaded.warnings == [])
  }

  @Test("without a file and without lists, all three are reported missing")
  func nothing() {
    let report = CheckReport(path: nil, environment: ["HOME": "/root"])
    #expect(
      report.diagnostics == """
        environment: no file was named: write --config FILE, or set MYSTEL_CONFIG
        environment: listeners: is missing: write a list of { name, bind, backend }
        environment: backends: is missing: write a list of { name, address, builds }

        """)
    #expect(report.status == 78)
  }

  @Test(
    "a problem names the variable, not a place in a file",
    arguments: [
      (
        "MYSTEL_WORKERS", "0",
        "MYSTEL_WORKERS: workers: 0 is out of range: 1 to 1024, or auto; did you mean auto?"
      ),
      ("MYSTEL_WORKERS", "", "MYSTEL_WORKERS: workers: is empty: unset it, or give it a value"),
      ("MYSTEL_WORKERS", "~", "MYSTEL_WORKERS: workers: has no value"),
      ("MYSTEL_WORKER", "1", "MYSTEL_WORKER: unknown variable; did you mean MYSTEL_WORKERS?"),
      ("MYSTEL_CONFIGS", "1", "MYSTEL_CONFIGS: unknown variable; did you mean MYSTEL_CONFIG?"),
      (
        "MYSTEL_LISTENERS_0_BIND", "x",
        "MYSTEL_LISTENERS_0_BIND: unknown variable: a list is given whole, as JSON; did you mean MYSTEL_LISTENERS?"
      ),
      (
        "MYSTEL_BACKEND_ADDRESS", "x",
        "MYSTEL_BACKEND_ADDRESS: unknown variable: a list is given whole, as JSON; did you mean MYSTEL_BACKENDS?"
      ),
      (
        "MYSTEL_TIMEOUTS_IDLE", "5",
        "MYSTEL_TIMEOUTS_IDLE: timeouts.idle: 5 has no unit (ms, s, m, h); did you mean 5s?"
      ),
      (
        "MYSTEL_BACKENDS", "[{\"name\":\"arbiter\",\"address\":\"x\",\"builds\":[1]}]",
        "MYSTEL_BACKENDS: backends[0].address: x has no port: write address:port"
      ),
      (
        "MYSTEL_BACKENDS", "[{\"name\":\"arbiter\",\"adress\":\"a:1\",\"builds\":[1]}]",
        "MYSTEL_BACKENDS: backends[0].adress: unknown key; did you mean address?"
      ),
      ("MYSTEL_BACKENDS", "arbiter", "MYSTEL_BACKENDS: backends: must be a list, not arbiter"),
      (
        "MYSTEL_BACKENDS",
        "[{\"name\":\"arbiter\",\"name\":\"b\",\"address\":\"a:1\",\"builds\":[1]}]",
        "MYSTEL_BACKENDS: backends[0].name: duplicate key"
      ),
    ])
  func named(_ name: String, _ value: String, _ expected: String) {
    #expect(problems(minimal, environment: [name: value]) == [expected])
  }

  @Test("a variable that resembles none of ours is warned of: it may be somebody else's")
  func foreign() throws {
    let loaded = try ConfigurationLoader.load(
      text: minimal, name: "file", environment: ["MYSTEL_ZZZZZZZZZZZZZ": "1"])
    #expect(loaded.warnings.map(\.description).contains("MYSTEL_ZZZZZZZZZZZZZ: unknown variable"))
  }

  @Test("a broken list in a variable is one problem")
  func brokenJSON() {
    let found = problems(minimal, environment: ["MYSTEL_LISTENERS": #"[{"name":"#])
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("MYSTEL_LISTENERS: listeners: is not YAML") == true)
  }

  @Test("variables that are no configuration are left alone")
  func others() {
    #expect(problems(minimal, environment: ["MYSTEL_SHARED": "/x", "MYSTEL_CONFIG": "/y"]) == [])
  }

  @Test("problems of the file come before those of the environment")
  func order() {
    let found = problems(
      "workers: 0\n" + minimal, environment: ["MYSTEL_LOG_LEVEL": "loud", "MYSTEL_WORKER": "1"])
    #expect(found.count == 3)
    #expect(found.first?.hasPrefix("mystel.yaml:1:10:") == true)
  }

  @Test("every variable of the reference is known, and no two keys share one")
  func everyVariable() {
    let variables = KeyTable.keys.compactMap(\.variable)
    #expect(variables.count >= 20)
    #expect(Set(variables).count == variables.count)
    for variable in variables {
      let found = problems(minimal, environment: [variable: "&"])
      #expect(found.contains { $0.hasPrefix(variable) }, "\(variable)")
      #expect(!found.contains { $0.contains("unknown variable") }, "\(variable)")
    }
  }
}
