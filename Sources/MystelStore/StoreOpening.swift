import GRDB
import MystelCore

/// How a store was found, and what was made of it.
///
/// Whatever is wrong with a file, the last good state is what comes out: what is still whole in it,
/// and what its copy knows. A damaged file is kept beside the new one.
struct StoreOpening: Sendable {
  /// Nil where the reputation has to live in memory.
  var file: StoreFile?
  var contents = StoreContents()
  /// Whether the file does not hold `contents` yet.
  var needsWriting = false
  /// What an operator has to know; empty where all is well.
  var alerts: [String] = []
  /// Why `file` is nil.
  var fault: String?

  static func copyPath(_ path: String) -> String { path + ".copy" }

  /// Opens the store at a path, or makes one.
  ///
  /// - Parameter seconds: the wall clock, for the name of what is put aside.
  static func open(_ path: String, at seconds: Int64) -> StoreOpening {
    var opening = StoreOpening()
    let copy = readCopy(path)
    let isThere = StoreDisk.size(path).map { $0 > 0 } ?? false
    if isThere {
      opening.openExisting(path, at: seconds)
    } else {
      opening.make(path)
      if copy != nil {
        opening.alerts.append("the store is gone; its bans are restored from its copy")
      }
    }
    guard let copy else { return opening }
    if opening.needsWriting || opening.file == nil || copy.version > opening.contents.version {
      if isThere, opening.alerts.isEmpty {
        opening.alerts.append("the store has lost what its copy knows; it is restored from there")
      }
      opening.contents.merge(copy)
      opening.needsWriting = true
    }
    return opening
  }

  private mutating func make(_ path: String) {
    do {
      try StoreDisk.create(path)
      file = try StoreFile(path: path)
      needsWriting = true
    } catch {
      fault = "\(error)"
    }
  }

  private mutating func openExisting(_ path: String, at seconds: Int64) {
    do {
      try StoreDisk.create(path)
      let file = try StoreFile(path: path)
      contents = try file.read()
      guard contents.brokenRows > 0 else { return self.file = file }
      file.close()
      replace(path, because: "\(contents.brokenRows) rows are damaged", at: seconds)
    } catch {
      if let reason = Self.damage(error) {
        contents = Self.salvage(path)
        replace(path, because: reason, at: seconds)
      } else {
        // It may be whole, and only out of reach.
        contents = Self.salvage(path)
        fault = "\(error)"
      }
    }
  }

  /// Puts a file aside and makes another.
  private mutating func replace(_ path: String, because reason: String, at seconds: Int64) {
    guard let aside = StoreDisk.quarantine(path, at: seconds) else {
      fault = "\(reason), and it could not be put aside"
      return
    }
    alerts.append(
      "\(reason); the file is kept as \(aside), \(contents.bans.count) bans of it were readable")
    make(path)
  }

  /// Why the file itself is no good; nil where only the way to it is blocked.
  static func damage(_ error: any Error) -> String? {
    switch error {
    case let fault as StoreFault:
      if case .system = fault { return nil }
      return "\(fault)"
    case let error as DatabaseError:
      switch error.resultCode {
      case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_MISMATCH, .SQLITE_CONSTRAINT:
        return "it is damaged: \(error.message ?? "\(error.resultCode)")"
      default: return nil
      }
    default: return nil
    }
  }

  private static func salvage(_ path: String) -> StoreContents {
    guard let file = try? StoreFile(reading: path) else { return StoreContents() }
    defer { file.close() }
    return file.salvage()
  }

  private static func readCopy(_ path: String) -> StoreContents? {
    let copy = copyPath(path)
    guard StoreDisk.size(copy).map({ $0 > 0 }) ?? false else { return nil }
    return salvage(copy)
  }
}
