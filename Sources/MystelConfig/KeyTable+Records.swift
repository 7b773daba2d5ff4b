import MystelCore
import MystelWire

extension KeyTable {
  /// A build number is 32 bits in the packet that carries it.
  private static let buildNumbers: ClosedRange<UInt32> = 1...UInt32.max

  static let listener = Table<Configuration.Listener>(
    prototype: Configuration.Listener(name: "", bind: .name("", port: 0), backend: ""),
    sections: [
      .init(
        path: "proxy_protocol",
        reason: "Whether connections begin with a PROXY protocol header, and from whom.",
        rules: trustRules),
      tunnelSection,
    ],
    rows: [
      .scalar(
        "name", \.name, .name, required: "name: public",
        "What logs and metrics call it."),
      .scalar(
        "bind", \.bind, .address(ports: 0...65535, isPeer: false),
        required: "bind: 0.0.0.0:7801",
        """
        Where players connect; `"[::]:port"` is for players of both families. Port 0 lets the \
        kernel choose one, which is for tests.
        """),
      .scalar(
        "game", \.game, .choice(),
        "The protocol spoken here. `none` carries opaque bytes under the same limits."),
      .scalar(
        "build", \.build, .build,
        "`auto` admits any build that the backend lists, a number only that one of them."),
      .scalar(
        "unknown_build", \.unknownBuild, .choice(),
        """
        What becomes of clients of a build that is not listed, or that no pack describes: `refuse` \
        closes them, `frame-only` carries them with nothing checked but framing.
        """),
      .scalar(
        "backend", \.backend, .name, required: "backend: and the name of a backend",
        "The name of the backend that sessions go to."),
      .scalar(
        "weak_keys", \.weakKeys, .choice(),
        """
        Sessions whose client sends a key of 128 equal bytes, as scanners do and no game client \
        was seen to: `shadow` counts them, `enforce` closes them.
        """),
      .scalar(
        "split_key_probe", \.splitKeyProbe, .flag,
        """
        Gives clients the server's first key in two halves: relays of tools that want it in one piece \
        never connect. Not tried on a genuine client; another proxy in front may be such a relay too.
        """),
      .scalar(
        "proxy_protocol.accept", \.proxyProtocol.mode, .choice(),
        """
        The header that every connection must begin with. With `off` there is none: presence is \
        never guessed, because a guess lets a player claim any address.
        """),
      .list(
        "proxy_protocol.trusted", \.proxyProtocol.trusted, of: .network, atMost: 1024,
        """
        The networks that may connect where a header is required; others are closed. Required \
        unless `accept` is `off`, and an error with `off`.
        """),
    ] + tunnelRows,
    rules: [
      .init(
        "if",
        .object([
          .init("properties", .object([.init("game", .object([.init("const", "none")]))])),
          .init("required", .array(["game"])),
        ])),
      .init(
        "then",
        .object([
          .init("properties", .object([.init("build", .object([.init("const", "auto")]))]))
        ])),
    ])

  static let backend = Table<Configuration.Backend>(
    prototype: Configuration.Backend(name: "", address: .name("", port: 0)),
    sections: [backendTunnelSection],
    rows: [
      .scalar(
        "name", \.name, .name, required: "name: arbiter",
        "What listeners, logs and metrics call it."),
      .scalar(
        "address", \.address, .address(ports: 1...65535, isPeer: true),
        required: "address: 127.0.0.1:7701",
        "Where the game server listens."),
      .list(
        "builds", \.builds, of: .integer(buildNumbers), atMost: 64,
        """
        Exactly the client builds that this server speaks; a client that claims another is \
        refused. Required for a backend of a `game: tera` listener.
        """),
      .scalar(
        "proxy_protocol", \.proxyProtocol, .choice(),
        "The PROXY header that the server expects, with the player's address in it."),
      .scalar(
        "source_address", \.sourceAddress, .choice(),
        """
        Whose address the server sees. `transparent` shows the player's own (Linux `IP_TRANSPARENT`, \
        `CAP_NET_ADMIN`, listener and backend of one address family), for servers that cannot be \
        changed.
        """),
      .scalar(
        "key_schedule", \.keySchedule, .choice(),
        "How session keys are mixed: `current` from major patch 45 on, `legacy` before."),
    ] + backendTunnelRows)

  /// A header is required from somebody, or from nobody.
  private static var trustRules: [JSON.Member] {
    [
      .init(
        "if",
        .object([
          .init(
            "properties",
            .object([.init("accept", .object([.init("enum", .array(["v1", "v2", "any"]))]))])),
          .init("required", .array(["accept"])),
        ])),
      .init(
        "then",
        .object([
          .init(
            "properties", .object([.init("trusted", .object([.init("minItems", .integer(1))]))])),
          .init("required", .array(["trusted"])),
        ])),
      .init(
        "else",
        .object([
          .init(
            "properties", .object([.init("trusted", .object([.init("maxItems", .integer(0))]))]))
        ])),
    ]
  }
}
