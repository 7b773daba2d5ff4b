import Yams

/// A YAML or JSON source as a tree, with a place for every value.
///
/// Duplicate keys are kept out of the tree, and reported with the place of the first one. What
/// Yams calls a column counts Unicode scalars from 1, as this package does.
struct YAMLReader {
  /// Duplicate keys looked for before the rest of the source is left unread.
  private static let maximumDuplicates = 16
  /// Characters parsed again in search of further duplicate keys.
  private static let maximumReparsedScalars = 4 << 20
  /// Values in one source.
  private static let maximumNodes = 100_000

  private struct Position: Hashable {
    var line: Int
    var column: Int
  }

  private var text: SourceText
  /// Given for values of a variable, which have no file position.
  private let variable: String?
  private var findings: Findings
  /// Keys whose spelling in `text` was replaced, by place: what they really are.
  private var replacedKeys: [Position: String] = [:]
  private var nodeCount = 0

  /// The tree of a source; nil where it has none, with the reason among the findings.
  static func tree(
    of bytes: [UInt8], variable: String? = nil, key: String = "", into findings: inout Findings
  ) -> Tree? {
    func report(_ fault: SourceText.Fault) {
      findings.report(
        fault.complaint, at: key,
        variable.map { .variable($0) } ?? .file(line: fault.line, column: fault.column))
    }
    let text: SourceText
    do throws(SourceText.Fault) {
      text = try SourceText(bytes)
    } catch {
      report(error)
      return nil
    }
    let faults = StructureScan.problems(of: text)
    guard faults.isEmpty else {
      faults.forEach(report)
      return nil
    }
    var reader = YAMLReader(text: text, variable: variable, findings: findings)
    defer { findings = reader.findings }
    guard let root = reader.compose(key: key),
      let tree = reader.convert(root, key: key, depth: 1)
    else { return nil }
    guard !tree.isNull else {
      reader.report(Complaint("is empty"), at: key, root.mark)
      return nil
    }
    return tree
  }

  private init(text: SourceText, variable: String?, findings: Findings) {
    self.text = text
    self.variable = variable
    self.findings = findings
  }

  // MARK: Parsing

  private mutating func compose(key: String) -> Node? {
    var reparsed = 0
    while true {
      do {
        let root = try Yams.compose(yaml: text.string, .basic, .default, .utf8)
        if root == nil { report(Complaint("is empty"), at: key, nil) }
        return root
      } catch YamlError.duplicatedKeysInMapping(let names, let context) {
        reparsed += text.scalars.count
        guard replacedKeys.count < Self.maximumDuplicates, reparsed < Self.maximumReparsedScalars,
          setAside(names.first ?? "", at: context.mark)
        else {
          let name = shown(names.first ?? "")
          report(Complaint("duplicate key \(name)"), at: key, context.mark)
          return nil
        }
      } catch {
        reportSyntax(error, at: key)
        return nil
      }
    }
  }

  /// Yams refuses a mapping that has a key twice, and says where the first one is. Respelling that
  /// one lets it read on: the first scalar becomes one that no source contains, columns stay.
  private mutating func setAside(_ name: String, at mark: Mark) -> Bool {
    guard !name.isEmpty, var index = text.index(line: mark.line, column: mark.column) else {
      return false
    }
    if text.scalars[index] == "\"" || text.scalars[index] == "'" { index += 1 }
    let position = Position(line: mark.line, column: mark.column)
    guard index < text.scalars.count, replacedKeys[position] == nil,
      let stand = Unicode.Scalar(0xf_0000 + UInt32(replacedKeys.count))
    else { return false }
    replacedKeys[position] = name
    text.replace(at: index, with: stand)
    return true
  }

  private mutating func reportSyntax(_ error: any Error, at key: String) {
    switch error {
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _),
      YamlError.composer(let context, let problem, let mark, _):
      var message = "is not YAML: \(problem)"
      if let context, context.mark.line > 0 {
        message += " (\(context.text) on line \(context.mark.line))"
      }
      let line = text.line(mark.line)
      var suggestion: String?
      if let address = YAMLReader.bareIPv6(in: line) {
        suggestion = "\"\(address)\", in quotes"
      } else if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
        suggestion = "spaces instead of the tab that indents this line"
      }
      report(Complaint(message, meant: suggestion), at: key, mark)
    default:
      report(Complaint("is not YAML: \(error)"), at: key, nil)
    }
  }

  /// The `[::1]:7801` of a line where the brackets were taken for a list.
  private static func bareIPv6(in line: String) -> String? {
    guard let open = line.firstIndex(of: "["),
      let close = line[open...].firstIndex(of: "]"),
      line[close...].hasPrefix("]:"), line[open..<close].contains(":")
    else { return nil }
    let port = line[close...].dropFirst(2).prefix { $0.isASCII && $0.isNumber }
    return port.isEmpty ? nil : "\(line[open...close]):\(port)"
  }

  // MARK: Conversion

  private mutating func convert(_ node: Node, key: String, depth: Int) -> Tree? {
    nodeCount += 1
    guard depth <= StructureScan.maximumDepth, nodeCount <= Self.maximumNodes else {
      let complaint =
        depth > StructureScan.maximumDepth
        ? "nested deeper than \(StructureScan.maximumDepth) levels"
        : "has more than \(Self.maximumNodes) values"
      if nodeCount <= Self.maximumNodes + 1 { report(Complaint(complaint), at: key, node.mark) }
      return nil
    }
    let origin = origin(of: node.mark)
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain
      return Tree(content: .scalar(Scalar(text: scalar.string, isPlain: isPlain)), origin: origin)
    case .sequence(let sequence):
      var elements: [Tree] = []
      for (index, element) in sequence.enumerated() {
        guard let tree = convert(element, key: "\(key)[\(index)]", depth: depth + 1) else {
          findings.distrust(key)
          continue
        }
        elements.append(tree)
      }
      return Tree(content: .list(elements), origin: origin)
    case .mapping(let mapping):
      return Tree(content: .section(entries(of: mapping, key: key, depth: depth)), origin: origin)
    case .alias:
      report(Complaint("an alias is not supported"), at: key, node.mark)
      return nil
    }
  }

  private mutating func entries(
    of mapping: Node.Mapping, key: String, depth: Int
  ) -> [Tree.Entry] {
    var entries: [Tree.Entry] = []
    var firstLines: [String: Int] = [:]
    for (nameNode, value) in mapping {
      guard case .scalar(let scalar) = nameNode else {
        report(Complaint("a key must be a word"), at: key, nameNode.mark)
        continue
      }
      let position = nameNode.mark.map { Position(line: $0.line, column: $0.column) }
      let name = position.flatMap { replacedKeys[$0] } ?? scalar.string
      let path = key.isEmpty ? shown(name) : "\(key).\(shown(name))"
      if let first = firstLines[name] {
        let place = variable == nil ? "; the first one is on line \(first)" : ""
        report(Complaint("duplicate key\(place)"), at: path, nameNode.mark)
        continue
      }
      firstLines[name] = position?.line ?? 0
      guard let tree = convert(value, key: path, depth: depth + 1) else {
        findings.distrust(path)
        continue
      }
      entries.append(
        Tree.Entry(name: name, nameOrigin: origin(of: nameNode.mark), value: tree))
    }
    return entries
  }

  private func origin(of mark: Mark?) -> Origin {
    if let variable { return .variable(variable) }
    return .file(line: mark?.line ?? 1, column: mark?.column ?? 1)
  }

  private mutating func report(_ complaint: Complaint, at key: String, _ mark: Mark?) {
    findings.report(complaint, at: key, origin(of: mark))
  }
}
