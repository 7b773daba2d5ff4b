import HTTPTypes
import Hummingbird
import Synchronization

/// Keeps what a response writes.
final class BodyCollector: ResponseBodyWriter, Sendable {
  /// The reader hangs up once he has seen what he wanted.
  struct HungUp: Error {}

  private let bytes = Mutex<[UInt8]>([])
  private let wanted: String?
  private let seen: @Sendable (String) -> Void

  /// - Parameters:
  ///   - wanted: what the reader waits for; nil for the end.
  ///   - seen: told everything that was written so far, after each write.
  init(wanted: String? = nil, seen: @escaping @Sendable (String) -> Void = { _ in }) {
    self.wanted = wanted
    self.seen = seen
  }

  var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

  func write(_ buffer: ByteBuffer) async throws {
    bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
    seen(text)
    if let wanted, text.contains(wanted) { throw HungUp() }
  }

  func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
