import MystelWire

/// The conditions of signatures.
extension SignatureCompiler {
  mutating func condition(
    _ match: Signature.Match, _ packet: String, _ rule: Rule, _ constants: inout Constants
  ) throws(RuleFault) -> WatchStep? {
    switch match {
    case .oneOf(let name, let values):
      return try values.isEmpty
        ? nil : among(.oneOf, name, packet, rule, values, &constants)
    case .notOneOf(let name, let values):
      return try among(.notOneOf, name, packet, rule, values, &constants)
    case .groupNotOneOf(let name, let values):
      return try among(.groupNotOneOf, name, packet, rule, values, &constants)
    case .zero(let name): return try bytes(.zero, name, packet, rule)
    case .notZero(let name): return try bytes(.notZero, name, packet, rule)
    case .emptyNumber(let name): return try bytes(.emptyNumber, name, packet, rule)
    case .startsWith(let name, let texts):
      guard var step = try bytes(.startsWith, name, packet, rule) else { return nil }
      let letters = texts.map { text in
        text.utf8.prefix(8).enumerated().reduce(Int64(0)) {
          $0 | Int64($1.element) << (8 * $1.offset)
        }
      }
      (step.a, step.count) = constants.add(letters)
      return step
    case .equal(let name, let other):
      guard let left = try integer(name, packet, rule),
        let right = try integer(other, packet, rule)
      else { return nil }
      var step = WatchStep(.equal)
      (step.offset, step.kind) = left
      (step.other, step.otherKind) = right
      return step
    case .classOneOf(let classes):
      follow(\.followsClass)
      var step = WatchStep(.classOneOf)
      step.a = classes.reduce(0) { $0 | 1 << Int64($1) }
      return step
    case .awayFromOrigin:
      follow(\.followsPlace)
      return WatchStep(.awayFromOrigin)
    case .channelNotJoined(let name):
      guard let found = try integer(name, packet, rule) else { return nil }
      var step = WatchStep(.channelNotJoined)
      (step.offset, step.kind) = found
      return step
    }
  }

  private func among(
    _ code: WatchStep.Code, _ name: String, _ packet: String, _ rule: Rule, _ values: [Int64],
    _ constants: inout Constants
  ) throws(RuleFault) -> WatchStep? {
    guard let found = try integer(name, packet, rule) else { return nil }
    var step = WatchStep(code)
    (step.offset, step.kind) = found
    (step.a, step.count) = constants.add(values)
    return step
  }

  private func bytes(
    _ code: WatchStep.Code, _ name: String, _ packet: String, _ rule: Rule
  ) throws(RuleFault) -> WatchStep? {
    guard let found = try field(name, packet, rule) else { return nil }
    var step = WatchStep(code)
    step.offset = UInt16(clamping: found.offset)
    step.width = UInt16(clamping: found.kind.fixedBytes)
    return step
  }
}
