#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a store cannot be used.
package enum StoreFault: Error, Equatable, CustomStringConvertible {
  /// It was written by a later version of the program.
  case newerVersion
  /// SQLite finds it damaged.
  case damaged(String)
  /// A call of the system failed.
  case system(String, errno: CInt)
  /// There is none open.
  case closed

  package var description: String {
    switch self {
    case .newerVersion: "it was written by a later version of Mystel"
    case .damaged(let what): "it is damaged: \(what)"
    case .system(let call, let number): "\(call): \(String(cString: strerror(number)))"
    case .closed: "it is not open"
    }
  }
}

/// The files of a store: the database, its write-ahead log, the copy beside it.
enum StoreDisk {
  /// Identifies a file beyond its name.
  struct Identity: Equatable, Sendable {
    var device: UInt64
    var number: UInt64
  }

  static func identity(_ path: String) -> Identity? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
  }

  static func size(_ path: String) -> Int64? {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : nil
  }

  /// Makes an empty file that only its owner reads, and its directory where that is missing. One that
  /// is there is made private.
  ///
  /// - Throws: `StoreFault.system`.
  static func create(_ path: String) throws(StoreFault) {
    let directory = directory(of: path)
    if mkdir(directory, 0o700) != 0, errno != EEXIST {
      throw .system("mkdir \(directory)", errno: errno)
    }
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw .system("open \(path)", errno: errno) }
    _ = fchmod(descriptor, 0o600)
    close(descriptor)
  }

  static func remove(_ path: String) {
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
  }

  /// Puts a complete file in the place of another, so that after a power cut one of them is there.
  ///
  /// - Throws: `StoreFault.system`.
  static func replace(_ path: String, with new: String) throws(StoreFault) {
    try sync(new)
    guard rename(new, path) == 0 else { throw .system("rename \(new)", errno: errno) }
    try sync(directory(of: path))
  }

  /// Puts a database aside, log and all. - Returns: its new name; nil where it could not be moved.
  static func quarantine(_ path: String, at seconds: Int64) -> String? {
    for number in 0..<100 {
      let aside = "\(path).quarantine-\(seconds)" + (number == 0 ? "" : "-\(number)")
      guard identity(aside) == nil else { continue }
      guard rename(path, aside) == 0 else { return nil }
      for suffix in ["-wal", "-shm"] { rename(path + suffix, aside + suffix) }
      return aside
    }
    return nil
  }

  private static func sync(_ path: String) throws(StoreFault) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open \(path)", errno: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system("fsync \(path)", errno: errno) }
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
