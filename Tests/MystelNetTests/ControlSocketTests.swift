import Foundation
import Logging
import MystelCore
import MystelNet
import NIOCore
import Testing

@Suite("The control socket", .serialized) struct ControlSocketTests {
  private let path = "/tmp/mystel-\(UInt32.random(in: 0 ... .max)).sock"
  private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  private let echo = ControlService(
    converse: { user in { line in Array("\(user):".utf8) + line + [10] } },
    refuse: { fault in Array("\(fault.code.rawValue)\n".utf8) })

  @Test("requests are answered in order, and the file is the owner's alone")
  func answers() async throws {
    let socket = try await start()
    var found = stat()
    #expect(lstat(path, &found) == 0)
    #expect(found.st_mode & 0o777 == 0o600)
    let client = try ControlClient(path: path)
    for word in ["a", "b", String(repeating: "c", count: 60_000)] {
      let answer = try client.ask(Array("\(word)\n".utf8))
      #expect(String(decoding: answer, as: UTF8.self) == "\(geteuid()):\(word)\n")
    }
    let both = try client.ask(Array("x\ny\n".utf8))
    #expect(String(decoding: both, as: UTF8.self).hasSuffix(":x\n"))
    #expect(String(decoding: try client.ask([]), as: UTF8.self).hasSuffix(":y\n"))
    await socket.stop()
    #expect(lstat(path, &found) != 0)
  }

  @Test("a socket that answers is left alone, one that a dead process left is replaced")
  func stale() async throws {
    let first = try await start()
    await #expect(throws: UnixSocketFault.self) { _ = try await start() }
    #expect(try ControlClient(path: path).ask([97, 10]).isEmpty == false)
    await first.stop()
    let dead = try UnixSocket.listening(at: path)
    close(dead)
    let second = try await start()
    #expect(try ControlClient(path: path).ask([97, 10]).isEmpty == false)
    await second.stop()
  }

  @Test("a file that is no socket stays what it is")
  func otherFile() async throws {
    try Data("mine".utf8).write(to: URL(filePath: path))
    defer { unlink(path) }
    await #expect(throws: UnixSocketFault.self) { _ = try await start() }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
  }

  @Test("a path that is too long or whose directory is missing is a fault with words")
  func badPaths() {
    for path in ["/tmp/" + String(repeating: "x", count: 100), "/nonexistent/a/b.sock"] {
      do throws(UnixSocketFault) {
        close(try UnixSocket.listening(at: path))
        Issue.record("\(path) was made")
      } catch {
        #expect(!error.message.isEmpty)
      }
    }
  }

  @Test("a request without an end is refused at its limit")
  func tooLarge() async throws {
    let socket = try await start()
    let client = try ControlClient(path: path)
    let answer = try client.ask([UInt8](repeating: 97, count: 70_000))
    #expect(String(decoding: answer, as: UTF8.self) == "too_large\n")
    await socket.stop()
  }

  @Test("one client more than there is room for is told so; the next finds room again")
  func clients() async throws {
    var limits = ControlLimits()
    limits.clients = 2
    let socket = try await start(limits)
    var held = [try ControlClient(path: path), try ControlClient(path: path)]
    for client in held { _ = try client.ask([97, 10]) }
    let third = try ControlClient(path: path)
    #expect(String(decoding: try third.ask([97, 10]), as: UTF8.self) == "busy\n")
    held.removeLast()
    var answer = ""
    for _ in 0..<200 where !answer.hasSuffix(":a\n") {
      if let line = try? ControlClient(path: path).ask([97, 10]) {
        answer = String(decoding: line, as: UTF8.self)
      }
    }
    #expect(answer.hasSuffix(":a\n"))
    withExtendedLifetime(held) {}
    await socket.stop()
  }

  @Test("clients that stay silent or stop in a request are hung up on")
  func slow() async throws {
    var limits = ControlLimits()
    limits.idle = .milliseconds(50)
    limits.request = .milliseconds(50)
    let socket = try await start(limits)
    for start in [[], [97]] as [[UInt8]] {
      let client = try ControlClient(path: path, seconds: 10)
      #expect(throws: UnixSocketFault.self) { _ = try client.ask(start) }
    }
    await socket.stop()
  }

  private func start(_ limits: ControlLimits = ControlLimits()) async throws -> ControlSocket {
    try await ControlSocket(path: path, service: echo, limits: limits, logger: Self.logger)
  }
}
