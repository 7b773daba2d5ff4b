import Testing

/// Each rule against a text that breaks it: a rule that finds nothing here would find nothing there.
@Suite struct RuleTests {
  private func swift(_ text: String, target: String = "MystelCore") -> TextFile {
    TextFile(path: "Sources/\(target)/Sample.swift", text: text)
  }

  @Test(
    "A trap is found",
    arguments: [
      ("let a = try! load()", "try!"), ("let a = b as! Int", "as!"),
      ("fatalError(\"no\")", "fatalError"), ("let a = list.first!", "force unwrap"),
      ("let a = find()!.name", "force unwrap"), ("var a: Int!", "force unwrap"),
      ("let a = list[0]!", "force unwrap"), ("let a = \"x\" + name!", "force unwrap"),
    ])
  func trap(line: String, rule: String) {
    let found = CodeRules.traps(in: swift("// first\n" + line))
    #expect(found == [Violation(path: "Sources/MystelCore/Sample.swift", line: 2, rule: rule)])
  }

  @Test(
    "What only looks like a trap is none",
    arguments: [
      "if a != b { }", "guard !isOpen else { return }", "// Never `try!` here!",
      "let text = \"Stop! try! again\"", "let raw = #\"a \"quoted!\" word\"#", "#if !os(Linux)",
      "/* as! /* nested */ fatalError */ let a = 1", "let many = \"\"\"\n  no!\n  \"\"\"",
      "// Safety: the table has 256 entries.\nlet a = table[byte]!",
    ])
  func noTrap(text: String) { #expect(CodeRules.traps(in: swift(text)) == []) }

  @Test("An import against the arrow is found")
  func arrow() {
    func found(_ text: String, in target: String = "MystelCore") -> Int {
      CodeRules.imports(in: swift(text, target: target)).count
    }
    #expect(found("import MystelNet") == 1)
    #expect(found("package import MystelSim", in: "MystelNet") == 1)
    #expect(found("import MystelCore", in: "MystelWire") == 1)
    #expect(found("  import struct Foundation.Data") == 1)
    #expect(found("import MystelWire\nimport Synchronization") == 0)
    #expect(found("import Foundation", in: "MystelNet") == 0)
  }

  @Test("A forbidden attribute is found")
  func attributes() {
    #expect(CodeRules.attributes(in: swift("  @inlinable func a() {}")).count == 1)
    #expect(CodeRules.attributes(in: swift("@_spi(Inside) import A")).count == 1)
    #expect(CodeRules.attributes(in: swift("@_lifetime(borrow self)")).isEmpty)
  }

  @Test("A file of one line too many is found")
  func length() {
    let full = String(repeating: "a\n", count: CodeRules.longestFile)
    #expect(CodeRules.length(of: swift(full)).isEmpty)
    #expect(CodeRules.length(of: swift(full + "a\n")).count == 1)
  }

  @Test("A machine's path is found")
  func machinePaths() {
    let path = "/" + "home" + "/somebody/mystel"
    #expect(CodeRules.machinePaths(in: swift("// see \(path)")).count == 1)
    #expect(CodeRules.machinePaths(in: swift("// see /var/lib/mystel")).isEmpty)
  }

  @Test("A citation of a page or an anchor that is not there is found")
  func citations() {
    // Put together here, so that this file cites nothing by itself.
    let (docs, other) = ("docs" + "/a.md", "docs" + "/b.md")
    let page = "# A page\n## Key schedule\n<a id=\"framing\"></a>\n```\n# no heading\n```\n"
    func found(_ line: String) -> Int {
      DocumentRules.citations(in: swift(line)) { $0 == docs ? page : nil }.count
    }
    #expect(found("/// Source: \(docs)#key-schedule, \(docs)#framing and \(docs)") == 0)
    #expect(found("/// Source: \(docs)#no-heading") == 1)
    #expect(found("/// Source: \(other)") == 1)
  }

  @Test("A relative link to nothing is found")
  func links() {
    let pages = ["pages/a.md": "# Top\n", "README.md": "# Here\n"]
    func found(_ text: String) -> Int {
      DocumentRules.links(
        in: TextFile(path: "pages/a.md", text: text), page: { pages[$0] },
        exists: { pages[$0] != nil }
      ).count
    }
    #expect(found("[a](../README.md#here) [b](#top) [c](https://example.org/x)") == 0)
    #expect(found("[a](README.md)") == 1)
    #expect(found("[a](../README.md#there)") == 1)
    #expect(found("[a](#bottom)") == 1)
  }

  @Test("A script that is not there is found")
  func scripts() {
    let page = TextFile(path: "README.md", text: "Run `scripts/" + "fly.sh` now.")
    #expect(DocumentRules.scripts(in: page) { _ in false }.count == 1)
    #expect(DocumentRules.scripts(in: page) { _ in true }.isEmpty)
  }

  @Test("A reason without a full row, and a row without a reason, are found")
  func reasons() {
    let labels = DocumentRules.reasonLabels(in: "  case loop = 1\n  case noSuchThing = 2\n")
    #expect(labels == ["loop", "no_such_thing"])
    func found(_ rows: String) -> Int {
      DocumentRules.reasons(labels: labels, page: TextFile(path: "p.md", text: rows)).count
    }
    let good = "| `loop` | a | client | b |\n| `no_such_thing` | a | nobody | b |\n"
    #expect(found(good) == 0)
    #expect(found("| `loop` | a | client | b |\n") == 1)
    #expect(found(good + "| `loop` | a | client | b |\n") == 1)
    #expect(found(good + "| `other` | a | client | b |\n") == 1)
    #expect(found("| `loop` | a | them | b |\n| `no_such_thing` | a | nobody |  |\n") == 2)
  }
}
