import Foundation
import MystelWire

/// Bytes and readings that the tests of packet bodies share.
enum BodyBytes {
  /// The bytes of `text`, white space ignored.
  static func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { index in
      UInt8(digits[index] << 4 | digits[index + 1])
    }
  }

  /// A packet of opcode 0x1234 whose body is `words`, each little-endian.
  static func packet(_ words: UInt16..., then bytes: [UInt8] = []) -> [UInt8] {
    let byteCount = UInt16(4 + words.count * 2 + bytes.count)
    return ([byteCount, 0x1234] + words).flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] } + bytes
  }

  /// Bytes are no packet, or a packet is shorter than its fixed part.
  struct Unreadable: Error {}

  /// Whether `bytes` are exactly one packet.
  static func isPacket(_ bytes: [UInt8]) -> Bool {
    guard let packet = PacketView(bytes.span.bytes) else { return false }
    return packet.byteCount == bytes.count
  }

  /// The view that `#require` cannot carry.
  @_lifetime(copy bytes)
  static func view(_ bytes: RawSpan) throws -> PacketView {
    guard let view = PacketView(bytes) else { throw Unreadable() }
    return view
  }

  /// The reader that `#require` cannot carry.
  @_lifetime(copy packet)
  static func reader(_ packet: PacketView, fixedBytes: Int) throws -> PacketReader {
    guard let reader = PacketReader(packet, fixedBytes: fixedBytes) else { throw Unreadable() }
    return reader
  }

  /// The text at `offset` of the level whose fixed part is `fixedBytes`.
  static func string(
    _ packet: [UInt8], fixedBytes: Int = 6, at offset: Int = 4
  ) -> Result<String, BodyFault>? {
    guard let view = PacketView(packet.span.bytes),
      let reader = PacketReader(view, fixedBytes: fixedBytes)
    else { return nil }
    switch reader.string(at: offset) {
    case .success(let text): return .success(String(text))
    case .failure(let fault): return .failure(fault)
    }
  }

  /// The bytes at `offset` of the level whose fixed part is `fixedBytes`.
  static func bytes(
    _ packet: [UInt8], fixedBytes: Int = 8, at offset: Int = 4
  ) -> Result<[UInt8], BodyFault>? {
    guard let view = PacketView(packet.span.bytes),
      let reader = PacketReader(view, fixedBytes: fixedBytes)
    else { return nil }
    switch reader.bytes(at: offset) {
    case .success(let data):
      return .success(copy(data))
    case .failure(let fault): return .failure(fault)
    }
  }

  /// The bytes of a span as an array.
  static func copy(_ span: RawSpan) -> [UInt8] {
    (0..<span.byteCount).map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
  }

  /// Where the walk of an array went, and what stopped it.
  struct Walk: Equatable {
    var starts: [Int] = []
    var fault: BodyFault?
  }

  /// Walks the array at offset 4, the fixed part being 8 bytes.
  static func walk(_ packet: [UInt8], elementBytes: Int) -> Walk? {
    guard let view = PacketView(packet.span.bytes),
      let reader = PacketReader(view, fixedBytes: 8)
    else { return nil }
    switch reader.array(at: 4, elementBytes: elementBytes) {
    case .failure(let fault): return Walk(fault: fault)
    case .success(var elements):
      var walk = Walk()
      while true {
        switch elements.next() {
        case .end: return walk
        case .fault(let fault):
          walk.fault = fault
          return walk
        case .element(let element): walk.starts.append(element.start)
        }
      }
    }
  }
}

/// The reference folder beside the repository, where there is one.
enum BodyShared {
  static let folder: URL? = {
    let repository = URL(filePath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let named = ProcessInfo.processInfo.environment["MYSTEL_SHARED"]
    let folder =
      named.map { URL(filePath: $0) }
      ?? repository.deletingLastPathComponent().appending(path: "shared")
    let marker = folder.appending(path: "tera").path
    return FileManager.default.fileExists(atPath: marker) ? folder : nil
  }()

  static var isPresent: Bool { folder != nil }
}
