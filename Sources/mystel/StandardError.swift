#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard error, for messages and logs.
enum StandardError {
  /// Writes what can be written.
  ///
  /// Nobody may be there to read: the terminal is gone, the collector has died, the disk is full.
  /// That must not end the program, which carries players; so what cannot be written is dropped.
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while let start = rest.baseAddress, !rest.isEmpty {
        let written = systemWrite(STDERR_FILENO, start, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
      }
    }
  }
}

/// `write` under a name that no member of ours hides.
private let systemWrite = write(_:_:_:)
