import MystelCore
import MystelTesting
import MystelWire
import Testing

/// The server's first key in two halves.
@Suite struct SplitKeyProbeTests {
  @Test("the client gets half a key, and the rest later; then the exchange goes on")
  func split() throws {
    let script = try Script(seed: 5, packets: 10, longest: 40)
    var rig = SessionRig(splitKeyProbe: true)
    _ = rig.open()
    _ = rig.receive(script.keys.client1.bytes, from: .client)
    _ = rig.backendConnects()
    let first = rig.receive([1, 0, 0, 0] + script.keys.server1.bytes, from: .backend)
    #expect(first.toClient == Array(script.keys.server1.bytes.prefix(64)))
    #expect(!rig.session.reads(.backend))
    #expect(rig.wait(.milliseconds(30)).toClient == [])
    let rest = rig.wait(.milliseconds(40))
    #expect(rest.toClient == Array(script.keys.server1.bytes.dropFirst(64)))
    #expect(rig.session.reads(.backend))
    let answer = rig.receive(script.keys.client2.bytes, from: .client)
    #expect(answer.toBackend == script.keys.client2.bytes)
    let last = rig.receive(script.keys.server2.bytes, from: .backend)
    #expect(last.toClient == script.keys.server2.bytes)
    #expect(rig.session.keysAreComplete)
  }

  @Test("a client that never answers is told apart from one that sent nothing")
  func unanswered() throws {
    let script = try Script(seed: 5, packets: 10, longest: 40)
    var rig = SessionRig(splitKeyProbe: true)
    _ = rig.open()
    _ = rig.receive(script.keys.client1.bytes, from: .client)
    _ = rig.backendConnects()
    _ = rig.receive([1, 0, 0, 0] + script.keys.server1.bytes, from: .backend)
    _ = rig.wait(.milliseconds(100))
    #expect(rig.wait(.seconds(30)).close == .splitKeyUnanswered)
  }

  @Test("without it the key goes out whole")
  func off() throws {
    let script = try Script(seed: 5, packets: 10, longest: 40)
    var rig = SessionRig()
    _ = rig.open()
    _ = rig.receive(script.keys.client1.bytes, from: .client)
    _ = rig.backendConnects()
    let wish = rig.receive([1, 0, 0, 0] + script.keys.server1.bytes, from: .backend)
    #expect(wish.toClient == script.keys.server1.bytes)
  }
}
