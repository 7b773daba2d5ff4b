#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads the bytes of a configuration file: a regular file, or a pipe such as `<(command)`.
enum ConfigurationFile {
  /// The text of a regular file of a directory, which must not be a pipe that never ends.
  ///
  /// - Parameter name: what a problem calls it.
  static func text(_ path: String, as name: String) -> Result<String, Problem> {
    func problem(_ complaint: Complaint, _ line: Int? = nil, _ column: Int? = nil) -> Problem {
      Problem(file: name, line: line, column: column, key: "", message: complaint.message)
    }
    switch read(path, onlyRegular: true) {
    case .failure(let complaint): return .failure(problem(complaint))
    case .success(let bytes):
      do throws(SourceText.Fault) {
        _ = try SourceText(bytes)
      } catch {
        return .failure(problem(error.complaint, error.line, error.column))
      }
      return .success(String(decoding: bytes, as: UTF8.self))
    }
  }

  /// Whether there is anything at all.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Why a file of a secret is none: others than its owner and group may read it.
  static func exposure(of path: String) -> Complaint? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & 0o007 != 0 else { return nil }
    return Complaint("can be read by everybody on this machine: chmod 600 it")
  }

  /// The whole file, or why it cannot be used. Reads no more than the largest source allowed.
  static func read(
    _ path: String, onlyRegular: Bool = false, most: Int = SourceText.maximumBytes
  ) -> Result<[UInt8], Complaint> {
    // Without waiting, so that nobody hangs on a pipe that has no other end.
    let flags = O_RDONLY | O_CLOEXEC | (onlyRegular ? O_NONBLOCK : 0)
    let descriptor = open(path, flags)
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
    guard !onlyRegular || before.st_mode & S_IFMT == S_IFREG else {
      return .failure(Complaint("is no regular file"))
    }
    var bytes: [UInt8] = []
    while bytes.count <= most {
      let (chunk, code) = readChunk(descriptor)
      guard code == 0 else {
        return .failure(Complaint("cannot be read: \(String(cString: strerror(code)))"))
      }
      if chunk.isEmpty { break }
      bytes += chunk
    }
    var after = stat()
    let isRegular = before.st_mode & S_IFMT == S_IFREG
    if isRegular, bytes.count <= most,
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
