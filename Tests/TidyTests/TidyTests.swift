import Testing

/// The repository, held to its style.
@Suite struct TidyTests {
  @Test("Nothing in Sources can end the program on bad input")
  func noTraps() {
    #expect(Repository.sources.flatMap(CodeRules.traps) == [])
  }

  @Test("Imports follow the arrow, and Wire and Core stay free of the system")
  func imports() {
    #expect(Repository.sources.flatMap(CodeRules.imports) == [])
    let targets = Set(Repository.sources.map(\.target)).subtracting([
      "CDashboard", "CLinux", "CPack",
    ])
    #expect(targets == Set(CodeRules.arrow.keys), "a target has no rule, or a rule no target")
  }

  @Test("No attribute but @_lifetime moves the border of a module")
  func attributes() {
    #expect(Repository.swift.flatMap(CodeRules.attributes) == [])
  }

  @Test("No source file is too long to be read in one sitting")
  func lengths() {
    let kinds: Set<String> = ["swift", "c", "h", "py", "sh", "js", "css", "html"]
    // A list that scripts/embed.py makes.
    let made: Set = ["Sources/CPack/CPack.c", "Sources/CDashboard/CDashboard.c"]
    #expect(
      Repository.files.filter { kinds.contains($0.kind) && !made.contains($0.path) }
        .flatMap(CodeRules.length) == [])
  }

  @Test("No file names a path of somebody's machine")
  func machinePaths() {
    #expect(Repository.files.flatMap(CodeRules.machinePaths) == [])
  }

  @Test("Every page and anchor under docs that a file cites is there")
  func citations() {
    let cited = Repository.files.flatMap {
      DocumentRules.citations(in: $0) { Repository.file($0)?.text }
    }
    #expect(cited == [])
  }

  @Test("Every relative link of a page leads somewhere")
  func links() {
    let broken = Repository.markdown.flatMap {
      DocumentRules.links(in: $0, page: { Repository.file($0)?.text }, exists: Repository.exists)
    }
    #expect(broken == [])
  }

  @Test("Every script that a page names is there")
  func scripts() {
    #expect(
      Repository.markdown.flatMap { DocumentRules.scripts(in: $0, exists: Repository.exists) }
        == [])
  }

  @Test("Every reason is documented once, with blame and remedy, and nothing else is")
  func reasons() throws {
    let source = try #require(Repository.file("Sources/MystelCore/Session/Reason.swift"))
    let page = try #require(Repository.file("docs/operating/reasons.md"))
    let labels = DocumentRules.reasonLabels(in: source.text)
    let declared = source.lines.count { $0.hasPrefix("  case ") }
    #expect(labels.count == declared, "a case is declared in a way this test cannot read")
    #expect(DocumentRules.reasons(labels: labels, page: page) == [])
  }

  @Test("The changelog has a section for the version that the program prints")
  func changelog() throws {
    let source = try #require(Repository.file("Sources/mystel/Version.swift"))
    let changelog = try #require(Repository.file("CHANGELOG.md"))
    let number = try #require(source.text.firstMatch(of: /number = "([\d.]+)"/)).1
    #expect(changelog.lines.contains { $0.hasPrefix("## \(number)") })
  }

  @Test("The search finds the repository at all")
  func somethingIsRead() {
    #expect(Repository.sources.count > 50)
    #expect(Repository.markdown.count > 5)
  }
}
