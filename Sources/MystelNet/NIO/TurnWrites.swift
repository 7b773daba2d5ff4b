import MystelCore
import NIOCore

/// The small writes of one turn of an event loop, made one after the other at its end.
///
/// Reading everything first and writing everything then costs the kernel less than taking turns:
/// the receivers are woken once for many messages. Confined to its loop.
final class TurnWrites {
  /// Bytes of a write that is worth a copy to wait for the end of the turn.
  static let longest = 4096
  private static let mostBytes = 256 * 1024

  private var bytes = ScratchBuffer()
  private var writes: [(leg: NIOLeg, end: Int)] = []
  private let loop: any EventLoop

  init(loop: any EventLoop) { self.loop = loop }

  func add(_ more: UnsafeRawBufferPointer, to leg: NIOLeg) {
    if writes.isEmpty { loop.assumeIsolated().execute { [self] in flush() } }
    bytes.append(RawSpan(_unsafeBytes: more))
    if let last = writes.last, last.leg === leg {
      writes[writes.count - 1].end = bytes.count
    } else {
      writes.append((leg, bytes.count))
    }
    if bytes.count > TurnWrites.mostBytes { flush() }
  }

  /// Makes the writes now; none of them calls anybody back before it returns.
  func flush() {
    var start = 0
    for (leg, end) in writes {
      leg.sendNow(UnsafeRawBufferPointer(rebasing: bytes.unsafeBytes[start..<end]))
      start = end
    }
    writes.removeAll(keepingCapacity: writes.capacity <= 4096)
    bytes.removeAll()
  }
}
