/// Received bytes that wait for their next turn, in memory of their own.
package struct WaitingBytes {
  private var bytes: [UInt8]
  /// What lies before it has been taken.
  private var start = 0

  package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = Array(bytes) }

  package init() { bytes = [] }

  package mutating func append(_ more: UnsafeRawBufferPointer) {
    if start > bytes.count / 2 {
      bytes.removeFirst(start)
      start = 0
    }
    bytes.append(contentsOf: more)
  }

  /// The same without what has been taken of it.
  package func dropping(_ count: Int) -> WaitingBytes {
    var rest = self
    rest.start = min(bytes.count, start + max(0, count))
    return rest
  }

  package func withUnsafeBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
  }
}
