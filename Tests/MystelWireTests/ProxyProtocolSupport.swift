import MystelWire

/// Hand-made PROXY header bytes, independent of the emitter under test.
enum ProxyBytes {
  static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]
  /// 203.0.113.7:51234 to 198.51.100.10:10001.
  static let tcp4Block: [UInt8] = [203, 0, 113, 7, 198, 51, 100, 10, 0xc8, 0x22, 0x27, 0x11]
  /// [2001:db8:1:2::7]:51234 to [2001:db8:ffff::10]:10001.
  static let tcp6Block: [UInt8] =
    [0x20, 1, 0x0d, 0xb8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7]
    + [0x20, 1, 0x0d, 0xb8, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10]
    + [0xc8, 0x22, 0x27, 0x11]
  static let line = "PROXY TCP4 203.0.113.7 198.51.100.10 51234 10001\r\n"

  /// A version 2 header whose length field is right, unless another is claimed.
  static func v2(
    command: UInt8 = 0x21, family: UInt8 = 0x11, _ block: [UInt8], claiming length: Int? = nil
  ) -> [UInt8] {
    let length = length ?? block.count
    return signature + [command, family, UInt8(length >> 8 & 255), UInt8(length & 255)] + block
  }

  /// A TCP over IPv4 header with TLVs.
  static func tcp4(_ tlvs: [UInt8]...) -> [UInt8] {
    v2(tcp4Block + tlvs.joined())
  }

  static func tlv(_ type: UInt8, _ value: [UInt8], claiming length: Int? = nil) -> [UInt8] {
    let length = length ?? value.count
    return [type, UInt8(length >> 8 & 255), UInt8(length & 255)] + value
  }

  static func v1(_ fields: String) -> [UInt8] {
    Array("PROXY \(fields)\r\n".utf8)
  }
}

extension ProxyHeader {
  /// 203.0.113.7:51234 to 198.51.100.10:10001, as `ProxyBytes.tcp4Block` says.
  static let sampleTCP4 = Endpoints(
    source: Endpoint(IPAddress(ipv4: 0xcb00_7107), port: 51234),
    destination: Endpoint(IPAddress(ipv4: 0xc633_640a), port: 10001))

  /// [2001:db8:1:2::7]:51234 to [2001:db8:ffff::10]:10001, as `ProxyBytes.tcp6Block` says.
  static let sampleTCP6 = Endpoints(
    source: Endpoint(
      IPAddress(ipv6High: 0x2001_0db8_0001_0002, low: 7), port: 51234),
    destination: Endpoint(
      IPAddress(ipv6High: 0x2001_0db8_ffff_0000, low: 0x10), port: 10001))

  static func parse(_ bytes: [UInt8], accepting acceptance: Acceptance = .any) -> Progress {
    parse(bytes.span.bytes, accepting: acceptance)
  }
}

extension ProxyHeader.Progress {
  var fault: ProxyHeaderFault? {
    guard case .rejected(let fault) = self else { return nil }
    return fault
  }

  var header: ProxyHeader? {
    guard case .header(let header, _) = self else { return nil }
    return header
  }
}

/// The smallest prefix of `bytes` that is rejected, and why; nil if none is.
func firstProxyRejection(
  of bytes: [UInt8], accepting acceptance: ProxyHeader.Acceptance = .any
) -> (at: Int, fault: ProxyHeaderFault)? {
  for count in 0...bytes.count {
    let prefix = Array(bytes.prefix(count))
    if let fault = ProxyHeader.parse(prefix, accepting: acceptance).fault { return (count, fault) }
  }
  return nil
}
