import MystelCore
import MystelTesting
import MystelWire
import Testing

/// What a session costs beside its keystreams and its sockets.
@Suite("The state of a session")
struct SessionStateTests {
  /// What the issue that asked for meters and signatures allows, beside the table of entities.
  private static let allowance = 2048

  @Test("meters and signatures take 2 KB at most, beside the table of entities, in every build")
  func allowance() throws {
    // Rules that are only observed take as much.
    let policy = try Shipped.policy(.strict)
    #expect(policy.rules.contains { !$0.detects.isEmpty })
    #expect(policy.builds.count == 5)
    for pack in Shipped.packs {
      var limits = SessionLimits()
      limits.mode = .enforce
      var inspector = GameInspector(
        policy: policy, builds: [pack.build], unknownBuild: .refuse, limits: limits,
        now: Instant(nanoseconds: 1_000_000_000))
      var outlet = PacketOutlet()
      let first = CheckVersion(build: pack.build, second: 1).packet()
      _ = inspector.inspect(
        first.span.bytes, opcode: TeraBuild.checkVersionOpcode, direction: .toBackend,
        outlet: &outlet)
      #expect(inspector.build?.pack.build == pack.build)

      var signatures = StateSize()
      signatures.add(of: try part("signatures", of: inspector), leavingOut: ["entities"])
      signatures.add(of: SessionScores())
      var meters = StateSize()
      for name in ["limits", "repeatCheck", "meterWork"] {
        meters.add(of: try part(name, of: inspector))
      }
      #expect(signatures.heap > 500, "nothing was kept for the signatures of \(pack.build)")
      #expect(meters.inline > 64 && meters.heap == 0)
      #expect(signatures.total + meters.total <= Self.allowance, "\(signatures), \(meters)")
      #expect(signatures.unknown + meters.unknown == [], "measure these as well")
    }
  }

  private func part(_ name: String, of inspector: GameInspector) throws -> Any {
    try #require(
      Mirror(reflecting: inspector).children.first { $0.label == name }?.value, "\(name)")
  }
}

/// The bytes of a value, and of what it has on the heap for itself.
private struct StateSize: CustomStringConvertible {
  private(set) var inline = 0
  private(set) var heap = 0
  /// Members that cannot be measured.
  private(set) var unknown: [String] = []

  var total: Int { inline + heap }
  var description: String { "\(inline) bytes, and \(heap) on the heap" }

  /// - Parameter names: members that do not count.
  mutating func add(of value: Any, leavingOut names: Set<String> = []) {
    inline += Self.size(value)
    for child in Mirror(reflecting: value).children {
      if let label = child.label, names.contains(label) {
        inline -= Self.size(child.value)
      } else {
        addHeap(of: child.value, child.label ?? "", leavingOut: names)
      }
    }
  }

  private mutating func addHeap(of value: Any, _ label: String, leavingOut names: Set<String>) {
    if let array = value as? any HeapKept {
      heap += array.heapBytes
      return
    }
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .class {
      // Shared by all sessions: rules, builds.
      let isShared = value is InspectionPolicy || value is BuildPolicy
      if !isShared { unknown.append("\(label): \(type(of: value))") }
      return
    }
    if "\(type(of: value))".hasPrefix("UnsafeMutable") {
      unknown.append("\(label): \(type(of: value))")
      return
    }
    for child in mirror.children {
      if let name = child.label, names.contains(name) {
        inline -= Self.size(child.value)
      } else {
        addHeap(of: child.value, child.label ?? label, leavingOut: names)
      }
    }
  }

  private static func size(_ value: Any) -> Int {
    func open<Value>(_: Value) -> Int { MemoryLayout<Value>.stride }
    return _openExistential(value, do: open)
  }
}

/// An array, whatever it holds.
private protocol HeapKept {
  var heapBytes: Int { get }
}

extension Array: HeapKept {
  /// Header and places, also those that are free.
  fileprivate var heapBytes: Int {
    capacity == 0 ? 0 : 32 + capacity * MemoryLayout<Element>.stride
  }
}
