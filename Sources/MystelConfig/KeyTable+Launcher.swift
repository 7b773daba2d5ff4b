import MystelCore

extension KeyTable {
  private static let launcherDay = Duration.seconds(86_400)

  static var launcherSections: [Table<Document>.Section] {
    [
      .init(
        path: "launcher",
        reason: """
          Whether only who has logged in by the launcher may connect. tera-api tells of logins, or is \
          asked. See integrate-with-tera-api.md.
          """),
      .init(
        path: "tera_api",
        reason: """
          The tera-api of the game server: where it is, and what it is told. Nothing by default. See \
          integrate-with-tera-api.md.
          """),
    ]
  }

  static var launcherRows: [Row<Document>] {
    [
      .scalar(
        "launcher.mode", \.configuration.launcher.mode, .choice(),
        "`shadow` counts whom it would refuse, `enforce` refuses them."),
      .scalar(
        "launcher.key", \.configuration.launcher.key, .secret,
        """
        What must come with a launcher's grant, as `X-Api-Key`. Empty takes no grants. Grants are kept \
        in every mode.
        """
      ).inFileOnly(),
      .scalar(
        "launcher.pull", \.configuration.launcher.pulls, .flag,
        "Asks tera-api (`tera_api.gateway`) about addresses that have no grant."),
      .scalar(
        "launcher.pull_age", \.configuration.launcher.pullAge,
        .duration(.seconds(60)...launcherDay),
        "How long ago a login may be when tera-api is asked."),
      .scalar(
        "launcher.unreachable", \.configuration.launcher.unreachable, .choice(),
        """
        What becomes of players when tera-api does not answer: `admit` keeps the game open while it is \
        down, `refuse` keeps everybody out who has no grant.
        """),
      .scalar(
        "launcher.grace", \.configuration.launcher.grace, .duration(.seconds(1)...launcherDay),
        """
        Grants are lost when the gateway stops. For that long after a start everybody plays; with `pull` \
        all but those about whom tera-api does not answer, with `unreachable: refuse`.
        """),
      .scalar(
        "launcher.come_back", \.configuration.launcher.comeBack,
        .duration(.seconds(1)...launcherDay),
        "How long a player may come back after his session without a new grant."),
      .list(
        "launcher.exempt", \.configuration.launcher.exempt, of: .network, atMost: 256,
        "Networks that need no grant."),
    ]
  }

  static var teraAPIRows: [Row<Document>] {
    [
      .scalar(
        "tera_api.gateway", \.configuration.teraAPI.gateway, .webAddressOrEmpty,
        "Its Gateway API, such as http://127.0.0.1:8040."
      ).inFileOnly(),
      .scalar(
        "tera_api.arbiter", \.configuration.teraAPI.arbiter, .webAddressOrEmpty,
        "Its Arbiter API, such as http://127.0.0.1:8080; for `reports`."
      ).inFileOnly(),
      .scalar(
        "tera_api.key", \.configuration.teraAPI.key, .secret,
        "What it is shown as `X-Api-Key`: the same as its API_GATEWAY_PROXY_SECRET."
      ).inFileOnly(),
      .scalar(
        "tera_api.server_id", \.configuration.teraAPI.serverID, .integer(1...UInt32.max),
        "The game server's number."),
      .scalar(
        "tera_api.timeout", \.configuration.teraAPI.timeout,
        .duration(.milliseconds(100)...Duration.seconds(30)), "For its answer."),
      .scalar(
        "tera_api.bans", \.configuration.teraAPI.bans, .flag,
        """
        Tells it of bans of accounts (BanAccountByUserNo). It has no call to lift one: a ban that is \
        lifted here must be lifted there by hand.
        """),
      .scalar(
        "tera_api.kicks", \.configuration.teraAPI.kicks, .flag,
        "Has players kicked whose session the gateway has ended (KickAccountByUserNo)."),
      .scalar(
        "tera_api.reports", \.configuration.teraAPI.reports, .flag,
        "Reports what rules act on, once an account and rule in ten minutes (report_cheater)."),
    ]
  }

  static var webhookRows: [Row<Document>] {
    [
      .optionalRecords(
        "webhooks", \.configuration.webhooks, of: webhook, atMost: 16,
        "Programs elsewhere that are told what happens, by HTTP. See webhooks.md."
      ).inFileOnly()
    ]
  }

  static let webhook = Table<Configuration.Webhook>(
    prototype: Configuration.Webhook(name: "", place: .secret(.variable(""))),
    sections: [],
    rows: [
      .scalar("name", \.name, .name, required: "name: discord", "What logs and metrics call it."),
      .scalar(
        "url", \.place, .webhookPlace, required: "url: file:/etc/mystel/discord.url",
        "Where messages go. The URLs of Discord, Slack and Telegram are secrets: in a file."),
      .list(
        "events", \.events, of: .choice(), atMost: GatewayEvent.Kind.allCases.count,
        "What it is told of. Empty: bans, backends that are down or up again, attacks."),
      .scalar(
        "format", \.format, .choice(),
        "`json` is the event as it is, `discord` a message of Discord, `text` one line."),
      .scalar(
        "template", \.template, .template,
        "What is said instead, in Mustache: `{{kind}}`, `{{text}}`, and the fields of the event."),
      .scalar(
        "secret", \.secret, .secret,
        "Signs messages: `X-Mystel-Signature` is the HMAC-SHA256 of the time and the body."),
      .scalar(
        "timeout", \.timeout, .duration(.milliseconds(100)...Duration.seconds(30)),
        "For the answer, per try."),
      .scalar(
        "retries", \.retries, .integer(0...10),
        "Tries after the first, 1 s, 2 s, 4 s and so on later, a minute at most."),
    ])
}

extension CrossChecks {
  func launcher(_ findings: inout Findings) {
    let (launcher, api) = (configuration.launcher, configuration.teraAPI)
    func report(_ message: String, _ key: String) {
      guard findings.isSound(key) else { return }
      findings.report(Complaint(message), at: key, findings.origin(of: key))
    }
    if launcher.mode != .off, launcher.key == nil, !launcher.pulls,
      findings.isSound("launcher.key"), findings.isSound("launcher.pull")
    {
      report(
        "nobody could have a grant: set launcher.key, so that tera-api can tell of logins, or launcher.pull",
        "launcher.mode")
    }
    if launcher.key != nil, configuration.management.http == nil,
      findings.isSound("management.http")
    {
      let message = "grants come over HTTP: set management.http, such as 127.0.0.1:5080"
      if configuration.management.socket == .off {
        report(message, "launcher.key")
      } else if findings.isSound("launcher.key") {
        findings.warn(
          Complaint(message), at: "launcher.key", findings.origin(of: "launcher.key"))
      }
    }
    if launcher.pulls, api.timeout >= configuration.timeouts.keys,
      findings.isSound("tera_api.timeout"), findings.isSound("timeouts.keys")
    {
      report(
        "must be shorter than timeouts.keys, which ends a session that waits for the answer",
        "tera_api.timeout")
    }
    let isGatewayKnown = !findings.isSound("tera_api.gateway") || api.gateway != nil
    for (wants, key) in [
      (launcher.pulls, "launcher.pull"), (api.bans, "tera_api.bans"), (api.kicks, "tera_api.kicks"),
    ] where wants && !isGatewayKnown {
      report("needs tera_api.gateway, such as http://127.0.0.1:8040", key)
    }
    if api.reports, api.arbiter == nil, findings.isSound("tera_api.arbiter") {
      report("needs tera_api.arbiter, such as http://127.0.0.1:8080", "tera_api.reports")
    }
    for (key, address) in [("tera_api.gateway", api.gateway), ("tera_api.arbiter", api.arbiter)] {
      guard let address, !address.isLoopback, !address.isEncrypted, findings.isSound(key) else {
        continue
      }
      findings.warn(
        Complaint(
          "\(address.origin) is another machine, and the key crosses the network in the clear"),
        at: key, findings.origin(of: key))
    }
    webhookNames(&findings)
  }

  private func webhookNames(_ findings: inout Findings) {
    var names: Set<String> = []
    for (index, webhook) in configuration.webhooks.enumerated() {
      let key = "webhooks[\(index)].name"
      guard findings.isSound(key), !names.insert(webhook.name).inserted else { continue }
      findings.report(
        Complaint("there is another webhook \(webhook.name)"), at: key, findings.origin(of: key))
    }
  }
}
