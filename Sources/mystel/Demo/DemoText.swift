import MystelCore

/// The demo's words and columns.
enum DemoText {
  /// `12.3 s`.
  static func seconds(_ duration: Duration) -> String {
    let tenths = (duration / .milliseconds(100)).rounded()
    return "\(Int(tenths) / 10).\(Int(tenths) % 10) s"
  }

  /// `873 B`, `12.3 KB`, `4.5 MB`: decimal multiples.
  static func bytes(_ count: UInt64) -> String {
    var unit: UInt64 = 1
    for name in ["B", "KB", "MB"] {
      if count < unit * 1_000 || name == "MB" {
        return unit == 1 ? "\(count) B" : "\(count / unit).\(count % unit * 10 / unit) \(name)"
      }
      unit *= 1_000
    }
    return "\(count) B"
  }

  /// A label, a number to the right of its column, and a second column.
  static func row(_ label: String, _ first: String, _ second: String) -> String {
    "  " + left(label, 18) + right(first, 14) + "   " + second
  }

  /// Reasons and their counts, on as many lines of at most 78 columns as they need.
  static func reasons(_ title: String, _ counts: [Reason: UInt64]) -> [String] {
    var lines: [String] = []
    var line = left("  " + title, 20)
    var isFirst = true
    for entry in sorted(counts) {
      let word = "\(entry.count) \(entry.label)"
      if !isFirst && line.count + word.count + 3 > 78 {
        lines.append(line)
        line = left("", 20)
        isFirst = true
      }
      line += (isFirst ? "" : "   ") + word
      isFirst = false
    }
    return counts.isEmpty ? [] : lines + [line]
  }

  /// The most frequent first.
  static func sorted(_ counts: [Reason: UInt64]) -> [(label: String, count: UInt64)] {
    counts.map { (label: $0.key.label, count: $0.value) }
      .sorted { ($1.count, $0.label) < ($0.count, $1.label) }
  }

  static func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
