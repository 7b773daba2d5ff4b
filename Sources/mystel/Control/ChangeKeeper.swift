import Foundation
import Logging
import MystelConfig
import MystelCore

/// What operators changed while the gateway ran, and where that is kept.
struct ChangeKeeper: Sendable {
  /// Nil for memory.
  let file: ChangeFile?
  private(set) var book = ChangeBook()
  /// Why the changes of the file are not in force; nil where they are.
  private(set) var setAside: String?
  /// Whether the file is none that could be read: it is kept when another takes its place.
  private var isForeign = false

  /// The file's changes. One that cannot be used is no reason not to carry players.
  init(_ configuration: Configuration.Management, environment: [String: String]) {
    file = ChangeFile.place(configuration, environment).map { ChangeFile(path: $0) }
    guard let file else { return }
    do throws(ChangeBook.Fault) {
      book = try file.read()
    } catch {
      isForeign = true
      setAside = "\(error)"
    }
  }

  /// What lies on the file, if anything does.
  var change: ConfigurationChange? {
    setAside == nil ? latest : nil
  }

  /// The same, in force or not.
  var latest: ConfigurationChange? {
    isForeign || book.patch == .empty
      ? nil : ConfigurationChange(number: book.number, patch: book.patch)
  }

  /// The number of the change in force; 0 for the file alone.
  var number: Int { setAside == nil ? book.number : 0 }

  /// From now on the file alone holds.
  mutating func putAside(_ cause: String) { setAside = cause }

  /// From now on the changes hold again.
  mutating func takeUp() {
    guard !isForeign else { return }
    setAside = nil
  }

  // MARK: A new change

  /// The change that a patch would make.
  func next(_ patch: JSONValue) -> ConfigurationChange {
    ConfigurationChange(number: book.number + 1, patch: patch)
  }

  /// Writes another change to the disk, beside the file. It is nothing until it is committed.
  ///
  /// - Throws: `ControlFault`: where it cannot be written.
  func prepare(_ entry: ChangeBook.Entry) throws(ControlFault) -> ChangeBook {
    var book = book
    book.add(entry)
    do throws(ChangeBook.Fault) {
      try file?.prepare(&book)
    } catch {
      throw ChangeKeeper.fault(error)
    }
    return book
  }

  func discard() { file?.discard() }

  /// - Throws: `ControlFault`; nothing has changed then.
  mutating func commit(_ prepared: ChangeBook) throws(ControlFault) {
    do throws(ChangeBook.Fault) {
      try file?.commit(keepsOld: isForeign)
    } catch {
      throw ChangeKeeper.fault(error)
    }
    (book, setAside, isForeign) = (prepared, nil, false)
  }

  private static func fault(_ fault: ChangeBook.Fault) -> ControlFault {
    ControlFault(.store, "the change cannot be kept, and nothing has changed: \(fault)")
  }
}
