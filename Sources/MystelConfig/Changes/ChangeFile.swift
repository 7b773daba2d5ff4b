import Foundation
import MystelCore

/// The file of a `ChangeBook`: its owner's alone, and always whole.
package struct ChangeFile: Sendable {
  package let path: String
  private var fresh: String { path + ".new" }

  package init(path: String) { self.path = path }

  /// Where changes are kept: in the file that the configuration names, or in the directory that systemd
  /// keeps for the service; nil for memory.
  package static func place(
    _ configuration: Configuration.Management, _ environment: [String: String]
  ) -> String? {
    if let path = configuration.changesPath { return path }
    let directories = environment["STATE_DIRECTORY"]?.split(separator: ":")
    return directories?.first.map { $0 + "/changes.json" }
  }

  /// The book; an empty one where there is no file yet.
  ///
  /// - Throws: why it cannot be used.
  package func read() throws(ChangeBook.Fault) -> ChangeBook {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT else { throw fault("cannot be examined: \(reason)") }
      return ChangeBook()
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw fault("is no regular file") }
    guard status.st_mode & 0o077 == 0 else {
      throw fault("others than its owner may open it: chmod 600 it")
    }
    switch ConfigurationFile.read(path, onlyRegular: true, most: ChangeBook.mostBytes) {
    case .failure(let complaint): throw fault(complaint.message)
    case .success(let bytes):
      guard bytes.count <= ChangeBook.mostBytes else { throw fault("is too large") }
      do throws(ChangeBook.Fault) {
        return try ChangeBook(data: Data(bytes))
      } catch {
        throw fault("\(error)")
      }
    }
  }

  /// Writes a book beside the file, on the disk. It is nothing until it is committed.
  ///
  /// - Throws: `ChangeBook.Fault`; nothing is left behind.
  package func prepare(_ book: inout ChangeBook) throws(ChangeBook.Fault) {
    guard let data = try? book.data() else { throw fault("cannot be written as JSON") }
    unlink(fresh)
    let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw fault("cannot be written: \(reason)") }
    var written = 0
    let isWhole = data.withUnsafeBytes { bytes in
      while written < bytes.count {
        // Safety: what is left of the bytes lies behind the base.
        let rest = bytes.baseAddress?.advanced(by: written)
        let count = write(descriptor, rest, bytes.count - written)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        written += count
      }
      return fsync(descriptor) == 0
    }
    let cause = reason
    close(descriptor)
    guard isWhole else {
      discard()
      throw fault("cannot be written: \(cause)")
    }
  }

  /// Takes back what was prepared.
  package func discard() { unlink(fresh) }

  /// Puts what was prepared in the file's place.
  ///
  /// - Parameter keepsOld: whether the old file is left beside it, as one that could not be used.
  /// - Throws: `ChangeBook.Fault`; the old file then stands.
  package func commit(keepsOld: Bool) throws(ChangeBook.Fault) {
    if keepsOld { rename(path, path + ".set-aside") }
    guard rename(fresh, path) == 0 else {
      let cause = reason
      discard()
      throw fault("cannot be written: \(cause)")
    }
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
  }

  private var reason: String { String(cString: strerror(errno)) }

  private func fault(_ message: String) -> ChangeBook.Fault {
    ChangeBook.Fault("\(path) \(message)")
  }
}
