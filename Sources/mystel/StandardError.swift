#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard error, for messages; and the writing of logs.
enum StandardError {
  /// Writes what can be written.
  ///
  /// Nobody may be there to read: the terminal is gone, the collector has died, the disk is full.
  /// That must not end the program, which carries players; so what cannot be written is dropped.
  ///
  /// - Returns: whether all of it was written.
  @discardableResult
  static func write(_ text: String, to descriptor: CInt = STDERR_FILENO) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, !rest.isEmpty {
        let written = systemWrite(descriptor, start, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
      }
      return true
    }
  }
}

/// `write` under a name that no member of ours hides.
private let systemWrite = write(_:_:_:)
