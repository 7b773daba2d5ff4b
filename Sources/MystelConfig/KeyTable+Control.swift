import MystelCore

extension KeyTable {
  static var controlRows: [Row<Document>] {
    [
      .scalar(
        "control.socket", \.configuration.control.socket, .controlSocket,
        """
        The Unix socket that `mystel status`, `sessions`, `bans` and the like speak to; its owner and \
        root are heard. `auto` is `/run/mystel/control.sock` for root and services, else \
        `$XDG_RUNTIME_DIR/mystel/control.sock`. Read at the start only.
        """
      ).inFileOnly().atStart()
    ]
  }
}

extension Grammar where Value == Configuration.Control.Socket {
  static let controlSocket = Grammar(
    type: "path, `auto` or `off`", range: "from `/` on",
    schema: .object([
      .init(
        "anyOf",
        .array([
          .object([.init("enum", .array(["auto", "off", .bool(false)]))]),
          .object([.init("type", "string"), .init("pattern", "^/.+$")]),
        ]))
    ]),
    parse: { scalar in
      if scalar.text == "auto" { return .success(.auto) }
      if scalar.isPlain
        ? ["off", "no", "false"].contains(scalar.text.lowercased())
        : scalar.text == "off"
      {
        return .success(.off)
      }
      guard scalar.text.hasPrefix("/"), scalar.text.utf8.count > 1 else {
        return .failure(Complaint("\(shown(scalar.text)) must begin with /, or be auto or off"))
      }
      guard scalar.text.utf8.count <= 96 else {
        return .failure(
          Complaint("is longer than the 96 bytes that the path of a socket may have"))
      }
      return .success(.path(scalar.text))
    },
    print: { socket in
      switch socket {
      case .auto: "auto"
      case .off: "off"
      case .path(let path): JSON.quote(path)
      }
    })
}
