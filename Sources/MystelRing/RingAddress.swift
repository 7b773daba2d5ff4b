#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where to connect to, as the kernel wants it.
package struct RingAddress {
  // First: the operation is given a pointer to the whole.
  private var storage = sockaddr_storage()
  private(set) var length: socklen_t

  /// A copy of a socket address; cut where it is longer than any can be.
  package init(_ address: UnsafePointer<sockaddr>, length: Int) {
    let count = min(max(0, length), MemoryLayout<sockaddr_storage>.size)
    self.length = socklen_t(count)
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: count))
    }
  }
}
