import MystelConfig
import Testing

@Suite("Sources that attack the loader")
struct HostileSourceTests {
  @Test("a source over 1 MiB is refused, one of 1 MiB is read")
  func size() {
    let padding = [UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) - minimal.utf8.count)
    #expect(problems(bytes: Array(minimal.utf8) + padding) == [])
    let tooLarge = problems(bytes: Array(minimal.utf8) + padding + [35])
    #expect(
      tooLarge == [
        "mystel.yaml:1:1: is larger than 1 MiB, the most a configuration may have"
      ])
  }

  @Test(
    "nesting is refused however it is made, and costs no stack",
    arguments: ["[", "{a: ", "- ", "? ", "[{\"a\":", "a:\n "])
  func nesting(_ opening: String) {
    let deep = String(repeating: opening, count: 1_000_000 / opening.utf8.count)
    let found = problems("version: 1\nlog: \(deep)")
    #expect(!found.isEmpty)
  }

  @Test("block nesting deeper than the parser's own limit is refused", arguments: [17, 500, 1200])
  func blockNesting(_ depth: Int) {
    var text = "version: 1\n"
    for level in 0..<depth { text += String(repeating: " ", count: level) + "log:\n" }
    #expect(problems(text).contains { $0.contains("nested") || $0.contains("not YAML") })
  }

  @Test("an alias bomb is refused before it is expanded, as value and as key")
  func bomb() {
    var bomb = "a0: &a0 [x, x]\n"
    for level in 1...40 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(problems(bomb + minimal).count == 41)
    #expect(problems(bomb + "? *a40\n: 1\n" + minimal).count == 42)
    #expect(problems("{ k: &a0 [x], *a0 : 1 }\n").contains { $0.contains("anchor") })
  }

  @Test("a mapping may hide no anchor behind quotes that YAML does not see")
  func hiddenAnchors() {
    for text in ["x: y\n 'z: &a 1'\n", "x: it's &a b's\n'k': &b 1\n", "x: \"\\\" &a \"\ny: &a 1\n"]
    {
      #expect(!problems(text + minimal).isEmpty)
    }
  }

  @Test("duplicates beyond the number that is searched for are still refused")
  func manyDuplicates() {
    let many = (0..<100).map { "k\($0 % 50): 1\n" }.joined()
    #expect(problems(many + minimal).contains { $0.contains("duplicate key") })
    let large = String(repeating: "a: 1\n", count: 100_000)
    #expect(problems(large).contains { $0.contains("duplicate key") })
  }

  @Test("fifty thousand problems are reported as a hundred lines and a count")
  func manyProblems() {
    let text = (0..<50_000).map { "k\($0): 1\n" }.joined() + minimal
    do throws(ConfigurationProblems) {
      _ = try ConfigurationLoader.load(text: text, name: "mystel.yaml")
      Issue.record("a source of unknown keys was taken")
    } catch {
      let lines = error.description.split(separator: "\n")
      #expect(lines.count == ConfigurationProblems.printedProblems + 1)
      #expect(lines.last == "and 49900 more problems")
    }
  }

  @Test("a control character of the source never reaches the terminal")
  func terminal() {
    let text = minimal.replacing("name: public", with: "\"na\\e[31mme\\u009b\": public")
    for line in problems(text) {
      #expect(line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }
    #expect(problems(text).count == 2)
  }

  @Test(
    "no damaged document traps: it is refused, or it loads and survives a round trip",
    arguments: 0..<16)
  func damage(_ seed: Int) throws {
    var random = SplitMix64(state: UInt64(seed) &* 0x9e37_79b9 &+ 1)
    let documents = Case.all("valid") + Case.all("broken")
    for _ in 0..<150 {
      guard var bytes = documents.randomElement(using: &random)?.bytes else { continue }
      for _ in 0..<Int.random(in: 1...4, using: &random) { damage(&bytes, &random) }
      do throws(ConfigurationProblems) {
        let loaded = try ConfigurationLoader.load(bytes: bytes, name: "m").configuration
        let again = try ConfigurationLoader.load(text: resolvedYAML(loaded), name: "r")
        #expect(again.configuration == loaded, "seed \(seed): \(bytes)")
      } catch {
        #expect(!error.problems.isEmpty, "seed \(seed): \(bytes)")
      }
    }
  }

  private func damage(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    let interesting = Array("[]{}:,-?&*!|>'\"%@`#\n\t \\0".utf8) + [0, 0xff, 0xc3, 0xf0]
    let place = Int.random(in: 0...bytes.count, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: place)
    case 1 where place < bytes.count: bytes.remove(at: place)
    case 2 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 3: bytes.removeSubrange(place...)
    default:
      let end = min(bytes.count, place + Int.random(in: 0...40, using: &random))
      bytes.insert(contentsOf: bytes[place..<end], at: place)
    }
  }
}

/// A seeded generator, so that a failure can be repeated.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
