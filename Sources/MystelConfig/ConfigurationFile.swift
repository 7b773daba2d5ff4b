#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads the bytes of a configuration file: a regular file, or a pipe such as `<(command)`.
enum ConfigurationFile {
  /// The whole file, or why it cannot be used. Reads no more than the largest source allowed.
  static func read(_ path: String) -> Result<[UInt8], Complaint> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      return .failure(Complaint("cannot be opened: \(reason)"))
    }
    defer { close(descriptor) }
    var before = stat()
    guard fstat(descriptor, &before) == 0 else {
      return .failure(Complaint("cannot be examined: \(String(cString: strerror(errno)))"))
    }
    guard before.st_mode & S_IFMT != S_IFDIR else {
      return .failure(Complaint("is a directory, not a file"))
    }
    var bytes: [UInt8] = []
    while bytes.count <= SourceText.maximumBytes {
      let (chunk, code) = readChunk(descriptor)
      guard code == 0 else {
        return .failure(Complaint("cannot be read: \(String(cString: strerror(code)))"))
      }
      if chunk.isEmpty { break }
      bytes += chunk
    }
    var after = stat()
    let isRegular = before.st_mode & S_IFMT == S_IFREG
    if isRegular, bytes.count <= SourceText.maximumBytes,
      fstat(descriptor, &after) != 0 || after.st_size != off_t(bytes.count)
        || after.st_size != before.st_size
    {
      return .failure(Complaint("changed while it was read: write it elsewhere, then rename it"))
    }
    return .success(bytes)
  }

  /// The next bytes, empty at the end, and the error number, 0 for none.
  private static func readChunk(_ descriptor: Int32) -> (bytes: [UInt8], code: Int32) {
    var code: Int32 = 0
    let chunk = [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
      var result = 0
      repeat {
        #if canImport(Glibc)
          result = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
          result = Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
          result = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
      } while result < 0 && errno == EINTR
      code = result < 0 ? errno : 0
      count = max(0, result)
    }
    return (chunk, code)
  }
}
