import Foundation
import MystelCore
import MystelManage
import Synchronization
import Testing

@Suite("Tokens") struct TokenTests {
  private final class Clock: Sendable {
    let time = Mutex<Int64>(1_790_000_000)
    var read: @Sendable () -> Int64 { { self.time.withLock { $0 } } }
  }

  @Test("a token is found by its SHA-256, as any other program computes it")
  func digest() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("tokens-\(UInt64.random(in: 0 ... .max)).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    // printf %s TOKEN | sha256sum
    let file = """
      [{"id": "0123abcd", "name": "old", "role": "viewer", "created": 1,
        "sha256": "f292ee176a84f9306b633a0990de176f474159c69db93739a7cb7fa055088d39"}]
      """
    _ = FileManager.default.createFile(
      atPath: path, contents: Data(file.utf8), attributes: [.posixPermissions: 0o600])
    let token = "mystel_0123abcd_" + String(repeating: "5a", count: 32)
    #expect(try TokenBook(path: path).holder(of: token)?.name == "old")
  }

  @Test("a token is its holder's until it is revoked, and nothing like it is anybody's")
  func holder() throws {
    let book = try TokenBook(path: nil)
    let made = try book.add(TokenOrder(name: "grafana", role: .viewer))
    let token = try #require(made.token)
    #expect(token.utf8.count == "mystel_".utf8.count + 8 + 1 + 64)
    #expect(book.holder(of: token) == TokenBook.Holder(name: "grafana", role: .viewer))
    for index in token.indices {
      var other = token
      other.replaceSubrange(index...index, with: token[index] == "0" ? "1" : "0")
      #expect(book.holder(of: other) == nil)
    }
    for other in ["", "_", "__", token + "0", String(token.dropLast()), token.uppercased()] {
      #expect(book.holder(of: other) == nil)
    }
    #expect(book.all.map(\.token) == [nil])
    _ = try book.revoke("grafana")
    #expect(book.holder(of: token) == nil)
    #expect(throws: ControlFault.self) { try book.revoke("grafana") }
  }

  @Test("a token ends when it was said to")
  func expiry() throws {
    let clock = Clock()
    let book = try TokenBook(path: nil, now: clock.read)
    let token = try #require(
      try book.add(TokenOrder(name: "a", role: .admin, seconds: 60)).token)
    clock.time.withLock { $0 += 59 }
    #expect(book.holder(of: token)?.role == .admin)
    clock.time.withLock { $0 += 1 }
    #expect(book.holder(of: token) == nil)
    #expect(book.all.first?.isExpired == true)
  }

  @Test("two tokens have nothing in common, not even a name")
  func distinct() throws {
    let book = try TokenBook(path: nil)
    let tokens = try (0..<100).map { try book.add(TokenOrder(name: "t\($0)", role: .viewer)).token }
    #expect(Set(tokens).count == 100)
    #expect(throws: ControlFault.self) { try book.add(TokenOrder(name: "t5", role: .admin)) }
    for name in ["", "5", "a b", "a\n", String(repeating: "a", count: 64), "../x"] {
      #expect(throws: ControlFault.self) { try book.add(TokenOrder(name: name, role: .viewer)) }
    }
    for seconds: Int64 in [0, -1, .max, .min] {
      #expect(throws: ControlFault.self) {
        try book.add(TokenOrder(name: "x", role: .viewer, seconds: seconds))
      }
    }
  }

  @Test("the file outlives the gateway, holds no token, and is its owner's alone")
  func file() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "mystel-tokens-\(ProcessInfo.processInfo.globallyUniqueString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("tokens.json").path
    let token = try #require(
      try TokenBook(path: path).add(TokenOrder(name: "a", role: .operator)).token)
    let again = try TokenBook(path: path)
    #expect(again.holder(of: token)?.role == .operator)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(!text.contains(token.suffix(64)))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
    #expect((mode as? NSNumber)?.intValue == 0o600)
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    #expect(throws: TokenFault.self) { try TokenBook(path: path) }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    try Data("[{]".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: TokenFault.self) { try TokenBook(path: path) }
  }

  @Test("what cannot be written is not made")
  func unwritable() throws {
    let book = try TokenBook(path: "/nowhere/tokens.json")
    #expect(throws: ControlFault.self) { try book.add(TokenOrder(name: "a", role: .viewer)) }
    #expect(book.all.isEmpty)
  }
}
