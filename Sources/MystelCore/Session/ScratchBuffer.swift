/// Growing memory that one worker reuses for every session: filled, handed on, emptied.
package struct ScratchBuffer: ~Copyable {
  private var storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  package private(set) var count = 0

  package init() {}

  deinit { storage.deallocate() }

  package var isEmpty: Bool { count == 0 }

  /// Forgets the content; keeps the memory unless it has grown past `keeping` bytes.
  package mutating func removeAll(keeping: Int = 256 * 1024) {
    count = 0
    if storage.count > keeping {
      storage.deallocate()
      storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
  }

  /// Makes room for `additional` bytes and returns that room; `commit` makes them content.
  ///
  /// The room is valid until the next mutating call.
  package mutating func room(_ additional: Int) -> UnsafeMutableRawBufferPointer {
    let needed = count + additional
    if needed > storage.count {
      let grown = UnsafeMutableRawBufferPointer.allocate(
        byteCount: max(needed, storage.count * 2, 4096), alignment: 16)
      grown.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[0..<count]))
      storage.deallocate()
      storage = grown
    }
    return UnsafeMutableRawBufferPointer(rebasing: storage[count..<needed])
  }

  /// Counts `bytes` of the last room as content.
  package mutating func commit(_ bytes: Int) {
    precondition(bytes >= 0 && count + bytes <= storage.count, "scratch: commit beyond the room")
    count += bytes
  }

  /// Forgets what lies behind the first `bytes` bytes.
  package mutating func cut(to bytes: Int) { count = max(0, min(bytes, count)) }

  package mutating func append(_ bytes: RawSpan) {
    let target = room(bytes.byteCount)
    bytes.withUnsafeBytes { target.copyMemory(from: $0) }
    count += bytes.byteCount
  }

  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    room(bytes.count).copyMemory(from: bytes)
    count += bytes.count
  }

  package mutating func append(_ bytes: [UInt8]) { append(bytes.span.bytes) }

  /// The content, to be changed in place.
  // Safety: valid until the next mutating call.
  package var mutableBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: storage[0..<count])
  }

  /// The content, as a view.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      // Safety: `count` bytes are initialised, and the borrow keeps the memory alive.
      _overrideLifetime(RawSpan(_unsafeBytes: unsafeBytes), borrowing: self)
    }
  }

  /// The content, as a pointer.
  // Safety: valid until the next mutating call.
  package var unsafeBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: storage[0..<count])
  }
}
