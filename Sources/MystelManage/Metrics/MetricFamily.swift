/// Metrics of one name, as Prometheus reads them.
package struct MetricFamily: Sendable, Equatable {
  package enum Kind: String, Sendable { case counter, gauge }

  /// A label and its value.
  package struct Label: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package enum Value: Sendable, Equatable {
    case count(UInt64)
    case number(Double)

    package static func of(_ value: Int) -> Value { .count(UInt64(max(0, value))) }
    package static func of(_ value: Bool) -> Value { .count(value ? 1 : 0) }
  }

  package struct Sample: Sendable, Equatable {
    package var labels: [Label]
    package var value: Value

    package init(_ labels: [Label] = [], _ value: Value) {
      self.labels = labels
      self.value = value
    }
  }

  /// Without `_total`, which counters get when they are written.
  package var name: String
  package var kind: Kind
  /// What `name` ends in, where it is measured in something.
  package var unit: Unit?
  /// One sentence.
  package var help: String
  package var samples: [Sample]

  package enum Unit: String, Sendable { case seconds, bytes }

  package init(
    _ name: String, _ kind: Kind, unit: Unit? = nil, _ help: String, _ samples: [Sample]
  ) {
    self.name = name
    self.kind = kind
    self.unit = unit
    self.help = help
    self.samples = samples
  }

  /// One metric without labels.
  package init(
    _ name: String, _ kind: Kind, unit: Unit? = nil, _ help: String, _ value: Value
  ) {
    self.init(name, kind, unit: unit, help, [Sample([], value)])
  }
}

/// How metrics are written down.
package enum MetricFormat: Sendable, CaseIterable {
  /// Prometheus' own text format, for whoever asks for nothing better.
  case text
  /// OpenMetrics 1.0.
  case openMetrics

  package var contentType: String {
    switch self {
    case .text: "text/plain; version=0.0.4; charset=utf-8"
    case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
    }
  }

  /// The format for a request with this `Accept`.
  package init(accept: String?) {
    self = accept?.contains("application/openmetrics-text") == true ? .openMetrics : .text
  }

  /// A whole page.
  package func page(_ families: [MetricFamily]) -> String {
    var text = ""
    for family in families { write(family, to: &text) }
    if self == .openMetrics { text += "# EOF\n" }
    return text
  }

  private func write(_ family: MetricFamily, to text: inout String) {
    let sampleName = family.kind == .counter ? family.name + "_total" : family.name
    let familyName = self == .openMetrics ? family.name : sampleName
    text += "# HELP \(familyName) \(MetricFormat.escaped(family.help))\n"
    text += "# TYPE \(familyName) \(family.kind.rawValue)\n"
    if self == .openMetrics, let unit = family.unit {
      text += "# UNIT \(familyName) \(unit.rawValue)\n"
    }
    for sample in family.samples {
      text += sampleName
      if !sample.labels.isEmpty {
        let labels = sample.labels.map { "\($0.name)=\"\(MetricFormat.escaped($0.value))\"" }
        text += "{" + labels.joined(separator: ",") + "}"
      }
      switch sample.value {
      case .count(let count): text += " \(count)\n"
      case .number(let number): text += " \(number.isFinite ? "\(number)" : "NaN")\n"
      }
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
      .replacing("\"", with: "\\\"")
  }
}
