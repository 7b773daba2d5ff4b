/// Amounts that are written with a unit: `250ms`, `256KiB`.
struct Quantity: Sendable {
  struct Unit: Sendable {
    var name: String
    /// How many of the smallest unit it is.
    var amount: UInt64
    /// What people write when they mean it, in lower case.
    var misspellings: Set<String>
  }

  /// From the smallest to the largest.
  let units: [Unit]
  /// Units that a bare number most likely meant, likeliest first.
  let usualUnits: [String]

  /// In milliseconds.
  static let durations = Quantity(
    units: [
      Unit(
        name: "ms", amount: 1,
        misspellings: ["msec", "msecs", "millis", "millisecond", "milliseconds"]),
      Unit(
        name: "s", amount: 1000, misspellings: ["sec", "secs", "second", "seconds"]),
      Unit(
        name: "m", amount: 60_000, misspellings: ["min", "mins", "minute", "minutes"]),
      Unit(
        name: "h", amount: 3_600_000, misspellings: ["hr", "hrs", "hour", "hours"]),
    ],
    usualUnits: ["s", "ms"])

  /// In bytes.
  static let sizes = Quantity(
    units: [
      Unit(name: "B", amount: 1, misspellings: ["byte", "bytes"]),
      Unit(name: "KiB", amount: 1 << 10, misspellings: ["k", "kb", "ki"]),
      Unit(name: "MiB", amount: 1 << 20, misspellings: ["m", "mb", "mi"]),
      Unit(name: "GiB", amount: 1 << 30, misspellings: ["g", "gb", "gi"]),
    ],
    usualUnits: ["B"])

  /// In the largest unit that needs no fraction.
  func text(_ amount: UInt64) -> String {
    let unit = units.last { amount.isMultiple(of: $0.amount) && amount >= $0.amount } ?? units[0]
    return "\(amount / unit.amount)\(unit.name)"
  }

  /// The amount in the smallest unit, or what is wrong with the text.
  func parse(_ text: String, in range: ClosedRange<UInt64>) -> Result<UInt64, Complaint> {
    let names = units.map(\.name).joined(separator: ", ")
    let allowed = "\(self.text(range.lowerBound)) to \(self.text(range.upperBound))"
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let rest = text[digits.endIndex...]
    if text == "unlimited" { return .failure(Complaint("must have a limit: \(allowed)")) }
    guard !digits.isEmpty, digits == "0" || digits.first != "0" else {
      let isNegative = text.hasPrefix("-") && text.dropFirst().first?.isNumber == true
      return .failure(
        Complaint(
          isNegative
            ? "\(shown(text)) is out of range: \(allowed)"
            : "must be a number and a unit (\(names)), not \(shown(text))"))
    }
    if rest.isEmpty {
      guard digits != "0" else { return .failure(Complaint("0 is out of range: \(allowed)")) }
      return .failure(
        Complaint("\(shown(text)) has no unit (\(names))", meant: meant(digits, in: range)))
    }
    guard let unit = units.first(where: { $0.name == rest }) else {
      return .failure(
        Complaint(
          "\(shown(text)) is not a whole number and a unit (\(names))",
          meant: corrected(digits, rest)))
    }
    guard let amount = amount(digits, unit), range.contains(amount) else {
      return .failure(Complaint("\(shown(text)) is out of range: \(allowed)"))
    }
    return .success(amount)
  }

  private func amount(_ digits: Substring, _ unit: Unit) -> UInt64? {
    guard let count = UInt64(digits) else { return nil }
    let (amount, overflow) = count.multipliedReportingOverflow(by: unit.amount)
    return overflow ? nil : amount
  }

  /// A bare number with the first usual unit that makes it allowed.
  private func meant(_ digits: Substring, in range: ClosedRange<UInt64>) -> String? {
    for name in usualUnits {
      guard let unit = units.first(where: { $0.name == name }),
        let amount = amount(digits, unit), range.contains(amount)
      else { continue }
      return text(amount)
    }
    return nil
  }

  /// `5 sec`, `1.5s`, `1d` and `64k` as they should be.
  private func corrected(_ digits: Substring, _ rest: Substring) -> String? {
    if rest.hasPrefix(".") {
      let fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
      let name = rest.dropFirst(1 + fraction.count)
      guard let unit = units.first(where: { $0.name == name }), (1...3).contains(fraction.count),
        let parts = UInt64(digits + fraction)
      else { return nil }
      let scale: UInt64 = fraction.count == 1 ? 10 : fraction.count == 2 ? 100 : 1000
      let (amount, overflow) = parts.multipliedReportingOverflow(by: unit.amount)
      guard !overflow, amount.isMultiple(of: scale), amount > 0 else { return nil }
      return text(amount / scale)
    }
    let word = rest.filter { $0 != " " && $0 != "_" }.lowercased()
    if word == "d" || word == "day" || word == "days", units[0].name == "ms" {
      return UInt64(digits).flatMap { $0 <= 1000 ? "\($0 * 24)h" : nil }
    }
    let unit = units.first { $0.name.lowercased() == word || $0.misspellings.contains(word) }
    return unit.map { "\(digits)\($0.name)" }
  }
}
