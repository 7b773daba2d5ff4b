import Foundation
import MystelTesting
import MystelWire
import Testing

/// The shared conformance set, where the machine has it. `expect` is the project's decision and is
/// demanded as it stands; what a case lists as also acceptable is not used.
@Suite("PROXY protocol conformance set", .enabled(if: ProxyVectors.isPresent))
struct ProxyProtocolVectorTests {
  @Test("Every wire case gives its result, and a rejection comes at its first possible byte")
  func wireCases() throws {
    let cases = try ProxyVectors.load().cases
    try #require(!cases.isEmpty)
    for wire in cases {
      let received = bytes(hex: wire.bytes_hex)
      let progress = ProxyHeader.parse(received)
      switch (wire.expect, progress) {
      case ("accept", .header(let header, let byteCount)):
        try check(header, byteCount, wire, received)
      case ("reject", .rejected(let fault)):
        #expect(fault.label == wire.reason, "\(wire.name)")
        #expect(firstProxyRejection(of: received)?.at == wire.reject_at, "\(wire.name)")
      case ("need_more", .needMore(let missing)):
        #expect(missing >= (wire.min_more ?? 1), "\(wire.name)")
      case (let expected, let found):
        Issue.record("\(wire.name): expected \(expected), found \(found)")
      }
      fuzzProxyHeader(received)
    }
  }

  @Test("Every wire case gives its result to a listener of its version only")
  func versions() throws {
    for wire in try ProxyVectors.load().cases where wire.expect == "accept" {
      let received = bytes(hex: wire.bytes_hex)
      let own: ProxyHeader.Acceptance = wire.version == 1 ? .v1 : .v2
      let other: ProxyHeader.Acceptance = wire.version == 1 ? .v2 : .v1
      #expect(
        ProxyHeader.parse(received, accepting: own) == ProxyHeader.parse(received), "\(wire.name)")
      #expect(
        ProxyHeader.parse(received, accepting: other).fault == .versionNotAccepted, "\(wire.name)")
    }
  }

  @Test("Every chunked stream gives its result at whatever cut")
  func streamCases() throws {
    let streams = try ProxyVectors.load().stream_cases
    try #require(!streams.isEmpty)
    for stream in streams {
      let received = bytes(hex: stream.bytes_hex)
      let answers = (0...received.count).map { ProxyHeader.parse(Array(received.prefix($0))) }
      let first = answers.first { if case .needMore = $0 { false } else { true } }
      if stream.expect == "accept" {
        guard case .header(_, let byteCount)? = first else {
          Issue.record("\(stream.name): \(String(describing: first))")
          continue
        }
        #expect(byteCount == stream.header_len, "\(stream.name)")
        for answer in answers.suffix(from: byteCount) {
          #expect(answer == first, "\(stream.name)")
        }
      } else {
        // FIN, RST and silence are the session's: the parser still waits.
        #expect(first == nil, "\(stream.name)")
      }
    }
  }

  @Test("Trust cases that are about prefixes: mapped peers match, unusable lists are errors")
  func trustCases() throws {
    let cases = try ProxyVectors.load().trust_cases
    try #require(!cases.isEmpty)
    for trust in cases where !["empty_trust_list", "trust_everyone_v4"].contains(trust.name) {
      let peer = try #require(IPAddress(trust.peer))
      let prefixes = trust.trusted.map { text in try? AddressPrefix(parsing: text) }
      switch trust.expect {
      case "config_error", "keep_previous_list":
        #expect(prefixes.contains(nil), "\(trust.name)")
      case "accept":
        #expect(prefixes.contains { $0?.contains(peer) == true }, "\(trust.name)")
      case "close_before_read":
        #expect(!prefixes.contains { $0?.contains(peer) == true }, "\(trust.name)")
      case _: continue
      }
    }
  }

  @Test("Every encode case is written byte for byte")
  func encodeCases() throws {
    let cases = try ProxyVectors.load().encode_cases
    try #require(!cases.isEmpty)
    for encode in cases {
      var tlvs: [ProxyTLV] = []
      if let id = encode.unique_id { tlvs.append(.uniqueID(bytes(hex: id))) }
      if let count = encode.tlv_bytes { tlvs.append(.noop(Array(repeating: 0, count: count))) }
      if encode.crc32c != nil { tlvs.append(.crc32c) }
      let version: ProxyHeader.Version = encode.version == 1 ? .v1 : .v2
      let header: ProxyHeader
      if let source = encode.src, let destination = encode.dst {
        header = ProxyHeader(
          version,
          endpoints: .init(
            source: try source.endpoint(), destination: try destination.endpoint()),
          tlvs: tlvs)
      } else {
        try #require(encode.command == "LOCAL", "\(encode.name)")
        header = .local(tlvs: tlvs)
      }
      if let hex = encode.bytes_hex {
        #expect(try header.encoded() == bytes(hex: hex), "\(encode.name)")
      } else {
        #expect(throws: ProxyHeaderEncodingError.self, "\(encode.name)") { try header.encoded() }
      }
    }
  }

  private func check(
    _ header: ProxyHeader, _ byteCount: Int, _ wire: ProxyVectors.Wire, _ received: [UInt8]
  ) throws {
    let name = wire.name
    #expect(byteCount == wire.header_len, "\(name)")
    #expect(
      Array(received.dropFirst(byteCount)) == bytes(hex: wire.payload_hex ?? ""),
      "\(name)")
    #expect(header.version == (wire.version == 1 ? .v1 : .v2), "\(name)")
    #expect(header.command == (wire.command == "LOCAL" ? .local : .proxy), "\(name)")
    #expect((header.endpoints == nil) == (wire.use == "real"), "\(name)")
    #expect(header.endpoints?.source == (try wire.src?.endpoint()), "\(name)")
    #expect(header.endpoints?.destination == (try wire.dst?.endpoint()), "\(name)")
    #expect(header.hasChecksum == (wire.crc32c?.present == true), "\(name)")

    let source = header.endpoints?.source.address
    if let canonical = wire.src_canonical {
      #expect(source?.canonical.description == canonical, "\(name)")
    }
    #expect(
      (source?.isLocallyScoped == true) == (wire.flags ?? []).contains("non_global_src"), "\(name)")

    let expected = (wire.tlvs ?? []).map { $0.tlv() }
    #expect(header.tlvs.count == expected.count, "\(name)")
    for (found, wanted) in zip(header.tlvs, expected) {
      // SSL is compared below, from the case's own reading of it.
      if case .ssl = found, wanted == nil { continue }
      #expect(found == wanted, "\(name)")
    }
    #expect((header.ssl == nil) == (wire.ssl == nil), "\(name)")
    if let ssl = wire.ssl {
      #expect(
        header.ssl
          == ProxySSL(
            client: ssl.client, verify: ssl.verify,
            subTLVs: ssl.sub_tlvs.map {
              ProxySSL.SubTLV(type: $0.type, value: bytes(hex: $0.value_hex))
            }), "\(name)")
    }
    for count in 0..<byteCount {
      guard case .needMore = ProxyHeader.parse(Array(received.prefix(count))) else {
        Issue.record("\(name): prefix \(count)")
        return
      }
    }
  }
}

/// The file's shape, with the file's own names.
enum ProxyVectors {
  struct File: Decodable {
    var cases: [Wire]
    var stream_cases: [Stream]
    var trust_cases: [Trust]
    var encode_cases: [Encode]
  }
  struct Wire: Decodable {
    var name, bytes_hex, expect: String
    var version: Int
    var header_len, reject_at, min_more: Int?
    var payload_hex, use, command, reason, src_canonical: String?
    var src, dst: Address?
    var tlvs: [Record]?
    var ssl: SSL?
    var crc32c: Checksum?
    var flags: [String]?
  }
  struct Stream: Decodable {
    var name, bytes_hex, expect: String
    var header_len: Int?
  }
  struct Trust: Decodable {
    var name, peer, expect: String
    var trusted: [String]
  }
  struct Encode: Decodable {
    var name: String
    var version: Int
    var bytes_hex, command, unique_id, crc32c: String?
    var tlv_bytes: Int?
    var src, dst: Address?
  }
  struct Checksum: Decodable { var present: Bool }
  struct SSL: Decodable {
    var client: UInt8
    var verify: UInt32
    var sub_tlvs: [Record]
  }
  struct Address: Decodable {
    var ip: String
    var port: UInt16

    func endpoint() throws -> Endpoint { Endpoint(try #require(IPAddress(ip)), port: port) }
  }
  struct Record: Decodable {
    var type: UInt8
    var value_hex: String

    /// Nil for SSL.
    func tlv() -> ProxyTLV? {
      let value = bytes(hex: value_hex)
      return switch type {
      case 1: .alpn(value)
      case 2: .authority(value)
      case 3: .crc32c
      case 4: .noop(value)
      case 5: .uniqueID(value)
      case 0x20: nil
      case 0x30: .netns(value)
      case _: .custom(type: type, value)
      }
    }
  }

  static var isPresent: Bool {
    FileManager.default.fileExists(
      atPath: SharedReference.root.appendingPathComponent(path).path)
  }

  static func load() throws -> File {
    try JSONDecoder().decode(File.self, from: SharedReference.data(path))
  }

  private static let path = "vectors/proxy-protocol.json"
}
