import MystelCore

extension Grammar where Value == WebAddress? {
  /// The beginning of URLs, or nothing.
  static let webAddressOrEmpty = Grammar(
    type: "URL", range: "`http://` or `https://`, without a query; or empty",
    schema: .object([
      .init("type", "string"), .init("pattern", "^(https?://[!-~]+)?$"),
    ]),
    parse: { scalar in
      guard !scalar.text.isEmpty else { return .success(nil) }
      guard let address = WebAddress(scalar.text) else {
        return .failure(
          Complaint("\(shown(scalar.text)) is no URL: write http://127.0.0.1:8040"))
      }
      return .success(address)
    },
    print: { JSON.quote($0?.description ?? "") })
}

extension Grammar where Value == SecretSource? {
  /// Where a secret stands, or nothing.
  static let secret = Grammar(
    type: "secret", range: "`file:/a/path`, `env:VARIABLE`, or empty",
    schema: .object([
      .init("type", "string"), .init("pattern", "^(file:/.+|env:[A-Za-z_][A-Za-z0-9_]*)?$"),
    ]),
    parse: { scalar in
      guard !scalar.text.isEmpty else { return .success(nil) }
      guard let source = secretSource(scalar.text) else {
        // Not shown: it may be the secret itself.
        return .failure(
          Complaint(
            """
            says where a secret stands, and is none itself: write file:/a/path, of a file that only its \
            owner may read, or env:VARIABLE
            """))
      }
      return .success(source)
    },
    print: { JSON.quote($0?.description ?? "") })
}

extension Grammar where Value == Configuration.Webhook.Place {
  /// A URL, or where one stands.
  static let webhookPlace = Grammar(
    type: "URL or secret",
    range: "`http://` or `https://`; `file:/a/path` or `env:VARIABLE` where the URL is a secret",
    schema: .object([
      .init("type", "string"),
      .init("pattern", "^(https?://[!-~]+|file:/.+|env:[A-Za-z_][A-Za-z0-9_]*)$"),
    ]),
    parse: { scalar in
      if let source = secretSource(scalar.text) { return .success(.secret(source)) }
      guard let address = WebAddress(scalar.text, allowingQuery: true) else {
        return .failure(
          Complaint("is no URL: write https://example.org/path, or file:/a/path of one"))
      }
      guard !isTokenHost(address.host) else {
        return .failure(
          Complaint(
            """
            whoever knows a URL of \(address.host) can use it: put it into a file that only its owner \
            may read, and write file:/a/path here
            """))
      }
      return .success(.address(address))
    },
    print: { place in
      switch place {
      case .address(let address): JSON.quote(address.description)
      case .secret(let source): JSON.quote(source.description)
      }
    })
}

extension Grammar where Value == String {
  /// Text of one or more lines, as long as a message may be.
  static let template = Grammar(
    type: "text", range: "up to 2000 characters, or empty",
    schema: .object([.init("type", "string"), .init("maxLength", .integer(2000))]),
    parse: { scalar in
      guard scalar.text.unicodeScalars.count <= 2000 else {
        return .failure(Complaint("is longer than 2000 characters"))
      }
      return .success(scalar.text)
    },
    print: { JSON.quote($0) })
}

/// Services whose URLs carry the right to use them.
private func isTokenHost(_ host: String) -> Bool {
  ["discord.com", "discordapp.com", "hooks.slack.com", "api.telegram.org"].contains {
    host == $0 || host.hasSuffix("." + $0)
  }
}

private func secretSource(_ text: String) -> SecretSource? {
  if text.hasPrefix("file:/"), text.utf8.count > 6 { return .file(String(text.dropFirst(5))) }
  guard text.hasPrefix("env:") else { return nil }
  let name = text.dropFirst(4)
  let isLetter = { (byte: UInt8) in (97...122).contains(byte | 0x20) || byte == 95 }
  guard let first = name.utf8.first, isLetter(first),
    name.utf8.allSatisfy({ isLetter($0) || (48...57).contains($0) })
  else { return nil }
  return .variable(String(name))
}
