import MystelWire

extension Rule.Condition {
  /// The instruction on a fixed field; nil where the condition is not one of such a field.
  func instruction(on field: LayoutField, constants: inout Constants) -> Instruction? {
    if case .magnitude(let limit) = self { return magnitude(limit, on: field) }
    guard let kind = field.kind.integer else { return nil }
    var made: Instruction
    switch self {
    case .range(let range):
      made = Instruction(.range)
      made.a = range.lowerBound
      made.b = range.upperBound
      // The upper half of u64 comes out negative: what has no lower bound still has an upper one.
      if kind == .u64, made.a < 0, made.b >= 0 { made.a = 0 }
    case .oneOf(let values):
      made = oneOf(values, constants: &constants)
    case .multiple(let divisor):
      guard divisor > 0 else { return nil }
      made = Instruction(.multiple)
      made.a = divisor
    case .magnitude, .count, .text: return nil
    }
    made.kind = kind
    return made
  }

  /// The instruction on a text, on bytes or on an array; nil where it is none.
  func instruction(behind field: LayoutField) -> Instruction? {
    switch self {
    case .count(let range):
      var made = Instruction(.count)
      made.a = Int64(range.lowerBound)
      made.b = Int64(range.upperBound)
      return made
    case .text(let form):
      guard field.kind == .string else { return nil }
      var made = Instruction(.text)
      made.a = Int64(Rule.TextForm.allCases.firstIndex(of: form) ?? 0)
      return made
    case .range, .oneOf, .multiple, .magnitude: return nil
    }
  }

  private func magnitude(_ limit: Double, on field: LayoutField) -> Instruction? {
    guard field.floatCount > 0, limit >= 0, limit.isFinite else { return nil }
    var made = Instruction(.magnitude)
    made.extra = UInt16(field.floatCount)
    made.a = Int64(Float(min(limit, Double(Float.greatestFiniteMagnitude))).bitPattern)
    made.b = Int64(Float.leastNormalMagnitude.bitPattern)
    return made
  }

  /// The first value is kept in `b`: a repair writes it.
  private func oneOf(_ values: [Int64], constants: inout Constants) -> Instruction {
    if values.allSatisfy({ (0..<64).contains($0) }) {
      var made = Instruction(.oneOfSmall)
      made.a = values.reduce(0) { $0 | 1 << $1 }
      made.b = values.first ?? 0
      return made
    }
    var made = Instruction(.oneOf)
    (made.a, made.extra) = constants.add(values)
    made.b = values.first ?? 0
    return made
  }
}

extension Rule.Relation {
  var instruction: Instruction {
    switch self {
    case .notEqual: return Instruction(.notEqual)
    case .atMost: return Instruction(.atMost)
    case .oneIsZero: return Instruction(.oneIsZero)
    case .productAtMost(let most):
      var made = Instruction(.productAtMost)
      made.a = most
      return made
    }
  }
}
