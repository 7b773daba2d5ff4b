import MystelWire

/// The host of a `Host` header, without its port, in lower case.
struct HostName: Equatable {
  let name: String
  let isAddress: Bool

  /// Nil where there is none.
  init?(_ authority: String) {
    let text = authority.lowercased()
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      let inside = text[text.index(after: text.startIndex)..<end]
      guard let address = IPAddress(inside), address.family == .ipv6,
        HostName.isPort(text[text.index(after: end)...])
      else { return nil }
      (name, isAddress) = (String(inside), true)
      return
    }
    let host = text.prefix { $0 != ":" }
    guard !host.isEmpty, HostName.isPort(text[host.endIndex...]) else { return nil }
    name = String(host)
    isAddress = IPAddress(host) != nil
  }

  private static func isPort(_ text: Substring) -> Bool {
    guard text.first == ":" else { return text.isEmpty }
    return text.dropFirst().utf8.allSatisfy { (48...57).contains($0) }
  }
}
