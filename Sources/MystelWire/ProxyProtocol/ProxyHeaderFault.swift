/// Why bytes are no acceptable PROXY header. Closed; labels are metric labels.
///
/// Raw values are stable; new faults take new numbers.
/// Source: docs/protocol/proxy-protocol.md#faults
public enum ProxyHeaderFault: UInt8, CaseIterable, Error {
  // Either version.
  case noSignature = 1
  case versionNotAccepted = 2
  case sourceNotUnicast = 3

  // Version 2.
  case badVersion = 20
  case badCommand = 21
  case badFamilyTransport = 22
  case headerTooLarge = 23
  case addressBlockTooShort = 24

  // TLVs.
  case tooManyTLVs = 40
  case tlvOverflow = 41
  case tlvTrailingBytes = 42
  case uniqueIDTooLong = 43
  case authorityTooLong = 44
  case checksumBadLength = 45
  case checksumDuplicate = 46
  case checksumMismatch = 47
  case sslTooShort = 48
  case sslSubTLVOverflow = 49
  case sslNesting = 50

  // Version 1.
  case lineTooLong = 60
  case badLineEnd = 61
  case badByte = 62
  case badFields = 63
  case badProtocol = 64
  case badAddress = 65
  case badPort = 66

  /// The metric label.
  public var label: String {
    switch self {
    case .noSignature: "no_signature"
    case .versionNotAccepted: "version_not_accepted"
    case .sourceNotUnicast: "src_not_unicast"
    case .badVersion: "bad_version"
    case .badCommand: "bad_command"
    case .badFamilyTransport: "bad_family_transport"
    case .headerTooLarge: "header_too_large"
    case .addressBlockTooShort: "address_block_too_short"
    case .tooManyTLVs: "too_many_tlvs"
    case .tlvOverflow: "tlv_overflow"
    case .tlvTrailingBytes: "tlv_trailing_bytes"
    case .uniqueIDTooLong: "tlv_unique_id_too_long"
    case .authorityTooLong: "tlv_authority_too_long"
    case .checksumBadLength: "crc32c_bad_length"
    case .checksumDuplicate: "crc32c_duplicate"
    case .checksumMismatch: "crc32c_mismatch"
    case .sslTooShort: "ssl_tlv_too_short"
    case .sslSubTLVOverflow: "ssl_sub_tlv_overflow"
    case .sslNesting: "ssl_nesting"
    case .lineTooLong: "v1_line_too_long"
    case .badLineEnd: "bad_line_end"
    case .badByte: "bad_v1_byte"
    case .badFields: "bad_v1_fields"
    case .badProtocol: "bad_v1_protocol"
    case .badAddress: "bad_v1_address"
    case .badPort: "bad_v1_port"
    }
  }
}
