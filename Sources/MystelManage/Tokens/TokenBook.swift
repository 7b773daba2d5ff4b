import Crypto
import Foundation
import MystelCore
import MystelWire
import Synchronization

/// The tokens of the HTTP API. Of each only the SHA-256 is kept, in a file that is its owner's alone.
package final class TokenBook: Sendable {
  /// A token as it is kept.
  struct Record: Codable, Sendable, Equatable {
    /// The part of the token by which it is found. No secret.
    var id: String
    var name: String
    var role: Role
    /// Of the whole token, in hex.
    var sha256: String
    var created: Int64
    var expires: Int64?
  }

  /// Who shows a valid token.
  package struct Holder: Sendable, Equatable {
    package var name: String
    package var role: Role

    package init(name: String, role: Role) {
      self.name = name
      self.role = role
    }
  }

  package static let most = 256
  private static let prefix = "mystel"

  /// Nil keeps them in memory.
  package let path: String?
  private let records: Mutex<[Record]>
  private let now: @Sendable () -> Int64

  /// Reads the file, where there is one.
  ///
  /// - Throws: `TokenFault` where it is readable to others, or no list of tokens.
  package init(
    path: String?,
    now: @escaping @Sendable () -> Int64 = { Int64(Date.now.timeIntervalSince1970) }
  ) throws(TokenFault) {
    self.path = path
    self.now = now
    var known: [Record] = []
    if let path { known = try TokenBook.read(path) }
    records = Mutex(known)
  }

  // MARK: What operators do

  /// - Throws: `ControlFault`.
  package func add(_ order: TokenOrder) throws(ControlFault) -> TokenAnswer {
    guard TokenBook.isName(order.name) else {
      throw ControlFault(
        .malformed, "a name is a letter, then up to 62 letters, digits, '.', '_' or '-'")
    }
    guard order.seconds.map({ (1...CalendarTime.latestSeconds).contains($0) }) ?? true else {
      throw ControlFault(.malformed, "seconds must be 1 or more; leave it out for no end")
    }
    let time = now()
    let id = String(hex: TokenBook.random(4))
    let token = "\(TokenBook.prefix)_\(id)_\(String(hex: TokenBook.random(32)))"
    let record = Record(
      id: id, name: order.name, role: order.role,
      sha256: String(hex: SHA256.hash(data: Array(token.utf8))), created: time,
      expires: order.seconds.map { time + $0 })
    try change { records throws(ControlFault) in
      guard !records.contains(where: { $0.name == order.name || $0.id == id }) else {
        throw ControlFault(
          .refused, "there is a token \(order.name) already",
          hint: "revoke it, or take another name")
      }
      guard records.count < TokenBook.most else {
        throw ControlFault(.refused, "there are \(TokenBook.most) tokens, the most there may be")
      }
      records.append(record)
    }
    return answer(record, token: token)
  }

  /// - Throws: `ControlFault`.
  package func revoke(_ name: String) throws(ControlFault) -> TokenAnswer {
    var gone: Record?
    try change { records throws(ControlFault) in
      guard let index = records.firstIndex(where: { $0.name == name }) else {
        throw ControlFault(.notFound, "there is no token \(ListEntry.shown(name))")
      }
      gone = records.remove(at: index)
    }
    guard let gone else { throw ControlFault(.notFound, "there is no such token") }
    return answer(gone)
  }

  package var all: [TokenAnswer] {
    records.withLock { $0 }.sorted { $0.name < $1.name }.map { answer($0) }
  }

  private func answer(_ record: Record, token: String? = nil) -> TokenAnswer {
    TokenAnswer(
      name: record.name, role: record.role, created: record.created, expires: record.expires,
      now: now(), token: token)
  }

  // MARK: Who somebody is

  /// Whose token this is; nil where it is nobody's, or no longer.
  ///
  /// Its id finds the record; the rest is compared by its digest, in a time that tells nothing of where
  /// the first difference is. An unknown id takes as long.
  package func holder(of token: String) -> Holder? {
    let digest = SHA256.hash(data: Array(token.utf8.prefix(256)))
    let parts = token.split(separator: "_", omittingEmptySubsequences: false)
    let id = parts.count == 3 ? String(parts[1]) : ""
    let record = records.withLock { $0.first { $0.id == id } }
    // The comparison of digests is the library's, and constant in time.
    let isRight = digest == TokenBook.bytes(record?.sha256 ?? TokenBook.nobody)
    guard let record, isRight, record.expires.map({ $0 > now() }) ?? true else { return nil }
    return Holder(name: record.name, role: record.role)
  }

  /// No digest of a token: nobody shall find one.
  private static let nobody = String(repeating: "0", count: 64)

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8)
    return stride(from: 0, to: digits.count - digits.count % 2, by: 2).map { index in
      UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) ?? 0
    }
  }

  private static func isName(_ text: String) -> Bool {
    text.wholeMatch(of: /[A-Za-z][A-Za-z0-9._\-]{0,62}/) != nil
  }

  private static func random(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  // MARK: The file

  /// Changes the list on the disk first, then in memory.
  private func change(
    _ body: (inout [Record]) throws(ControlFault) -> Void
  ) throws(ControlFault) {
    do {
      try records.withLock { records in
        var changed = records
        try body(&changed)
        try write(changed)
        records = changed
      }
    } catch let fault as ControlFault {
      throw fault
    } catch {
      throw ControlFault(.store, "the tokens cannot be written: \(error)")
    }
  }

  private func write(_ records: [Record]) throws {
    guard let path else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    let data = try encoder.encode(records)
    let fresh = path + ".new"
    try? FileManager.default.removeItem(atPath: fresh)
    guard
      FileManager.default.createFile(
        atPath: fresh, contents: data, attributes: [.posixPermissions: 0o600]),
      rename(fresh, path) == 0
    else {
      throw TokenFault(path: path, message: String(cString: strerror(errno)))
    }
  }

  private static func read(_ path: String) throws(TokenFault) -> [Record] {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let attributes else { return [] }
    let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
    guard mode & 0o077 == 0 else {
      throw TokenFault(path: path, message: "others than its owner may open it: chmod 600 it")
    }
    guard let data = FileManager.default.contents(atPath: path),
      let records = try? JSONDecoder().decode([Record].self, from: data)
    else {
      throw TokenFault(path: path, message: "is no list of tokens")
    }
    return records
  }
}

/// Why there are no tokens.
package struct TokenFault: Error, CustomStringConvertible, Sendable {
  package var path: String
  package var message: String
  package var description: String { "tokens in \(path): \(message)" }
}
