import MystelCore

/// A configuration as YAML with every key written out, which loads back to the same one.
///
/// - Parameter hidesSecrets: whether secrets are written as `***`.
package func resolvedYAML(_ configuration: Configuration, hidesSecrets: Bool = false) -> String {
  let document = KeyTable.Document(configuration: configuration)
  var lines: [String] = []
  let settings = KeyTable.root.lines(of: document)
  write(hidesSecrets ? settings.map(\.open) : settings, indent: "", into: &lines)
  return lines.joined(separator: "\n") + "\n"
}

/// Lines of one mapping. Sections are opened when the first of their keys comes.
private func write(_ settings: [Setting.Line], indent: String, into lines: inout [String]) {
  var open: [Substring] = []
  for line in settings {
    let sections = line.path.split(separator: ".").dropLast()
    let common = zip(open, sections).prefix { $0 == $1 }.count
    for (depth, section) in sections.enumerated().dropFirst(common) {
      lines.append(indent + String(repeating: "  ", count: depth) + "\(section):")
    }
    open = Array(sections)
    let inner = indent + String(repeating: "  ", count: sections.count)
    let name = leaf(of: line.path)
    guard case .records(let records) = line.setting, !records.isEmpty else {
      lines.append("\(inner)\(name): \(line.setting.text)")
      continue
    }
    lines.append("\(inner)\(name):")
    for record in records {
      var recordLines: [String] = []
      write(record, indent: inner + "    ", into: &recordLines)
      for (index, text) in recordLines.enumerated() {
        lines.append(index == 0 ? inner + "  - " + text.dropFirst(inner.count + 4) : text)
      }
    }
  }
}
