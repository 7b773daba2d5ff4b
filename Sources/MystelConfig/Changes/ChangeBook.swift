import Foundation
import MystelCore

/// What operators changed, one change after the other. The latest one's patch is what lies on the file.
package struct ChangeBook: Codable, Sendable, Equatable {
  /// The most changes that are kept.
  package static let most = 100
  /// The most bytes of all of them in their file; the oldest make room.
  package static let mostBytes = 4 << 20

  package enum Kind: String, Codable, Sendable { case apply, rollback }

  package struct Entry: Codable, Sendable, Equatable {
    package var number: Int
    /// Of the configuration that it made.
    package var version: String
    /// By the wall clock, in seconds since 1970.
    package var at: Int64
    package var by: String
    package var note: String
    package var kind: Kind
    /// Everything that operators had changed then, as one patch on the file.
    package var patch: JSONValue
    /// What it changed, secrets hidden.
    package var changes: [ConfigurationDifference]

    package init(
      number: Int, version: String, at: Int64, by: String, note: String, kind: Kind,
      patch: JSONValue, changes: [ConfigurationDifference]
    ) {
      self.number = number
      self.version = version
      self.at = at
      self.by = by
      self.note = note
      self.kind = kind
      self.patch = patch
      self.changes = changes
    }

    /// Whether it changed nothing but modes of rules.
    var switchesRules: Bool {
      kind == .apply && !changes.isEmpty
        && changes.allSatisfy { $0.path.hasPrefix("inspection.rules.") }
    }

    package var answer: ChangeAnswer {
      ChangeAnswer(
        number: number, version: version, at: at, by: by, note: note, kind: kind.rawValue,
        changes: changes)
    }
  }

  /// Of the file's format.
  private var format = 1
  /// The oldest first.
  package private(set) var entries: [Entry] = []

  package init() {}

  /// Of the latest change; 0 before the first.
  package var number: Int { entries.last?.number ?? 0 }

  /// What lies on the file.
  package var patch: JSONValue { entries.last?.patch ?? .empty }

  /// The patch after a change; nil where that is not known, or no longer. After 0 there is none.
  package func patch(after number: Int) -> JSONValue? {
    number == 0 ? .empty : entries.first { $0.number == number }?.patch
  }

  package mutating func add(_ entry: Entry) {
    entries.append(entry)
    if entries.count > Self.most { makeRoom() }
  }

  /// Switches of rules go first, the oldest: whoever may make those cannot push out what others changed.
  /// Never the latest, which lies on the file.
  private mutating func makeRoom() {
    entries.remove(at: entries.dropLast().firstIndex(where: \.switchesRules) ?? 0)
  }

  // MARK: The file

  /// - Throws: why it is no book.
  init(data: Data) throws(Fault) {
    do throws(JSONParser.Fault) {
      _ = try JSONParser.value(of: Array(data))
    } catch {
      throw Fault("is no list of changes: \(error)")
    }
    guard let book = try? JSONDecoder().decode(ChangeBook.self, from: data), book.format == 1
    else { throw Fault("is no list of changes that this release can read") }
    let numbers = book.entries.map(\.number)
    guard numbers.count <= Self.most, numbers.first ?? 1 > 0,
      zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 })
    else { throw Fault("counts its changes wrongly") }
    // Older ones are looked at when somebody goes back to them.
    if let last = book.entries.last, let obstacle = ConfigurationChange.obstacle(last.patch) {
      throw Fault("change \(last.number): \(obstacle)")
    }
    self = book
  }

  /// The book for its file, without the oldest changes where it would be too large.
  mutating func data() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var data = try encoder.encode(self)
    while data.count > Self.mostBytes, entries.count > 1 {
      makeRoom()
      data = try encoder.encode(self)
    }
    return data
  }

  /// Why a book cannot be read or written.
  package struct Fault: Error, Sendable, CustomStringConvertible {
    package var description: String
    init(_ description: String) { self.description = description }
  }
}
