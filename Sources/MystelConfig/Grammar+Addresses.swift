import MystelCore
import MystelWire

extension Grammar where Value == Configuration.Address {
  /// `IPv4:port`, `[IPv6]:port` or `host:port`. Names are checked for syntax only.
  static func address(ports: ClosedRange<UInt16>, isPeer: Bool) -> Grammar {
    let lowest = ports.lowerBound == 0 ? "[0-9]{1,5}" : "0*[1-9][0-9]{0,4}"
    return Grammar(
      type: "address",
      range: "`IPv4:port`, `\"[IPv6]:port\"` or `host:port`; port \(ports.lowerBound) to 65535",
      schema: .object([
        .init("type", "string"),
        .init("pattern", .string("^(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+):\(lowest)$")),
      ]),
      parse: { parseAddress($0.text, ports: ports, isPeer: isPeer) },
      print: { JSON.quote($0.description) })
  }
}

extension Grammar where Value == AddressPrefix {
  /// A network whose hosts are trusted: strict, because a slip here lets strangers in.
  static let network = Grammar(
    type: "network", range: "`ADDRESS/LENGTH` without host bits, or one address; not `/0`",
    schema: .object([
      .init("type", "string"), .init("pattern", "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"),
      .init("not", .object([.init("pattern", "/0$")])),
    ]),
    parse: { parseNetwork($0.text) },
    print: { JSON.quote($0.description) })
}

extension Grammar where Value == GenuineTraffic.Source {
  /// `all`, a network, or an account.
  static let genuine = Grammar(
    type: "network, account or `all`",
    range: "`ADDRESS/LENGTH` without host bits, one address, `account:ID`, or `all`",
    schema: .object([
      .init("type", "string"),
      .init("pattern", "^(all|account:[0-9]{1,20}|[0-9A-Fa-f:.]+(/[0-9]{1,3})?)$"),
      .init("not", .object([.init("pattern", "/0$")])),
    ]),
    parse: { scalar in
      let text = scalar.text
      if text == "all" { return .success(.everyone) }
      if text.hasPrefix("account:") {
        if let account = BanTarget(text) { return .success(.target(account)) }
        return .failure(Complaint("\(shown(text)) is no account: write account:500001"))
      }
      if text.hasSuffix("/0") {
        return .failure(Complaint("\(shown(text)) is everybody", meant: "all"))
      }
      guard text.contains(where: { $0 == "." || $0 == ":" }) else {
        return .failure(Complaint("\(shown(text)) is no network, no account and not `all`"))
      }
      return parseNetwork(text).map { .target(.network($0)) }
    },
    print: { source in
      switch source {
      case .everyone: "all"
      case .target(.network(let prefix)): JSON.quote(prefix.description)
      case .target(.account(let account)): "\"account:\(account)\""
      }
    })
}

extension Grammar where Value == Configuration.Listener.Build {
  /// `auto`, or one build number.
  static let build = Grammar(
    type: "number or `auto`", range: "1 to 4294967295",
    schema: orAuto(integerSchema(1...Int(UInt32.max))),
    parse: { scalar in
      if scalar.text == "auto" { return .success(.auto) }
      return parseInteger(scalar, in: 1...UInt32.max, word: "auto").map { .only($0) }
    },
    print: { build in
      switch build {
      case .auto: "auto"
      case .only(let number): String(number)
      }
    })
}

private func parseAddress(
  _ text: String, ports: ClosedRange<UInt16>, isPeer: Bool
) -> Result<Configuration.Address, Complaint> {
  if let bare = IPAddress(text) {
    let host = bare.family == .ipv6 ? "[\(bare)]" : "\(bare)"
    return .failure(Complaint("\(shown(text)) has no port", meant: "\"\(host):7801\""))
  }
  guard let colon = text.lastIndex(of: ":") else {
    return .failure(Complaint("\(shown(text)) has no port: write address:port"))
  }
  let host = text[..<colon]
  let portText = text[text.index(after: colon)...]
  guard !portText.isEmpty, portText.utf8.allSatisfy({ (48...57).contains($0) }) else {
    return .failure(Complaint("\(shown(text)) does not end in a port number"))
  }
  guard let port = UInt16(portText), ports.contains(port) else {
    return .failure(
      Complaint("port \(shown(String(portText))) is out of range: \(ports.lowerBound) to 65535"))
  }
  if host.hasPrefix("["), host.hasSuffix("]") {
    guard let address = IPAddress(host.dropFirst().dropLast()), address.family == .ipv6 else {
      return .failure(Complaint("\(shown(String(host))) is no IPv6 address in brackets"))
    }
    guard address.canonical.family == .ipv6 else {
      return .failure(
        Complaint(
          "\(shown(text)) is an IPv4 address in IPv6 form", meant: "\(address.canonical):\(port)"))
    }
    return usable(address, port, isPeer: isPeer)
  }
  if let address = IPAddress(host) {
    guard address.family == .ipv4 else {
      return .failure(
        Complaint("an IPv6 address needs brackets", meant: "\"[\(address)]:\(port)\""))
    }
    return usable(address, port, isPeer: isPeer)
  }
  return parseHostName(host).map { .name($0, port: port) }
}

/// An address that a socket can bind or connect to.
private func usable(
  _ address: IPAddress, _ port: UInt16, isPeer: Bool
) -> Result<Configuration.Address, Complaint> {
  let isWildcard = address.high == 0 && (address.ipv4Bits ?? UInt32(clamping: address.low)) == 0
  if isWildcard {
    guard isPeer else { return .success(.endpoint(Endpoint(address, port: port))) }
    return .failure(
      Complaint(
        "\(address) is no address to connect to",
        meant: address.family == .ipv4 ? "127.0.0.1:\(port)" : "\"[::1]:\(port)\""))
  }
  guard !address.isUnusableAsSource else {
    return .failure(Complaint("\(address) is a multicast or broadcast address"))
  }
  return .success(.endpoint(Endpoint(address, port: port)))
}

/// A DNS name in lower case: labels of letters, digits, `-` and `_`.
func parseHostName(_ host: Substring) -> Result<String, Complaint> {
  let labels = host.split(separator: ".", omittingEmptySubsequences: false)
  let isName =
    host.utf8.count <= 253
    && labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { byte in
          (97...122).contains(byte | 0x20) || (48...57).contains(byte) || byte == 45 || byte == 95
        }
    }
  guard isName else {
    return .failure(
      Complaint("\(shown(String(host))) is neither an address nor a host name"))
  }
  guard labels.last?.utf8.allSatisfy({ (48...57).contains($0) }) == false else {
    return .failure(Complaint("\(shown(String(host))) is no IPv4 address"))
  }
  return .success(host.lowercased())
}

private func parseNetwork(_ text: String) -> Result<AddressPrefix, Complaint> {
  do throws(AddressPrefix.ParseError) {
    let prefix = try AddressPrefix(parsing: text)
    guard prefix.length > 0 else {
      return .failure(
        Complaint("\(shown(text)) trusts every address: name the networks of your own proxies"))
    }
    return .success(prefix)
  } catch {
    switch error {
    case .malformed:
      return .failure(Complaint("\(shown(text)) is no network: write ADDRESS/LENGTH"))
    case .lengthOutOfRange:
      let longest = text.contains(":") ? 128 : 32
      return .failure(Complaint("\(shown(text)) has a length over \(longest)"))
    case .hostBitsSet(let meant):
      let host = text.prefix { $0 != "/" }
      let longest = meant.address.family == .ipv4 ? 32 : 128
      return .failure(
        Complaint(
          "\(shown(text)) has bits set beyond its length", meant: "\(meant) or \(host)/\(longest)"))
    case .ipv4Mapped:
      return .failure(
        Complaint(
          "\(shown(text)) is an IPv4 network in IPv6 form and would never match",
          meant: plainIPv4(text)))
    }
  }
}

/// `::ffff:10.0.0.0/104` as `10.0.0.0/8`, nil where it covers more than IPv4.
private func plainIPv4(_ text: String) -> String? {
  let parts = text.split(separator: "/")
  guard let host = parts.first, let address = IPAddress(host)?.canonical else { return nil }
  guard parts.count == 2 else { return "\(address)/32" }
  guard let length = UInt8(parts[1]), (97...128).contains(length) else { return nil }
  return AddressPrefix(containing: address, length: length - 96).description
}
