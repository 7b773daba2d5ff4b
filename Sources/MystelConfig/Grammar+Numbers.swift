import MystelWire

/// A word that may stand in the place of a number.
private let unlimited = "unlimited"

extension Grammar where Value: FixedWidthInteger {
  /// A plain decimal number.
  static func integer(_ range: ClosedRange<Value>) -> Grammar {
    Grammar(
      type: "number", range: "\(range.lowerBound) to \(range.upperBound)",
      schema: integerSchema(Int(range.lowerBound)...Int(range.upperBound)),
      parse: { parseInteger($0, in: range, word: nil) },
      print: { String($0) })
  }

  /// The format's version; there is one so far.
  static var version: Grammar {
    Grammar(
      type: "number", range: "1", schema: .object([.init("const", .integer(1))]),
      parse: { scalar in
        guard scalar.isPlain || scalar.text != "1" else {
          return .failure(Complaint("must be a number, not text in quotes", meant: "1"))
        }
        guard scalar.text == "1" else {
          return .failure(
            Complaint(
              "\(shown(scalar.text)) is not a version this program reads, which is 1", meant: "1"))
        }
        return .success(1)
      },
      print: { String($0) })
  }
}

extension Grammar where Value == Int? {
  /// A plain decimal number, or `auto` (nil).
  static func integerOrAuto(_ range: ClosedRange<Int>) -> Grammar {
    Grammar(
      type: "number or `auto`", range: "\(range.lowerBound) to \(range.upperBound)",
      schema: orAuto(integerSchema(range)),
      parse: { scalar in
        if scalar.text == "auto" { return .success(nil) }
        return parseInteger(scalar, in: range, word: "auto").map { $0 }
      },
      print: { $0.map { String($0) } ?? "auto" })
  }

  /// A plain decimal number, or `unlimited` (nil); never 0, which could mean either.
  static func integerOrUnlimited(_ range: ClosedRange<Int>) -> Grammar {
    Grammar(
      type: "number or `unlimited`", range: "\(range.lowerBound) to \(range.upperBound)",
      schema: .object([
        .init(
          "anyOf", .array([.object([.init("const", .string(unlimited))]), integerSchema(range)]))
      ]),
      parse: { scalar in
        if scalar.text == unlimited { return .success(nil) }
        return parseInteger(scalar, in: range, word: unlimited).map { $0 }
      },
      print: { $0.map { String($0) } ?? unlimited })
  }
}

extension Grammar where Value == Duration {
  /// A whole number and its unit.
  static func duration(_ range: ClosedRange<Duration>) -> Grammar {
    Grammar(
      type: "duration", range: "\(range.lowerBound.text) to \(range.upperBound.text)",
      schema: .object([
        .init("type", "string"), .init("pattern", "^[1-9][0-9]{0,8}(ms|s|m|h)$"),
      ]),
      parse: { scalar in
        Quantity.durations.parse(scalar.text, in: range.milliseconds)
          .map { .milliseconds(Int64($0)) }
      },
      print: { $0.text })
  }
}

extension Grammar where Value == Int {
  /// A whole number of bytes and its unit.
  static func size(_ range: ClosedRange<Int>) -> Grammar {
    let lower = UInt64(range.lowerBound)
    let upper = UInt64(range.upperBound)
    return Grammar(
      type: "size",
      range: "\(Quantity.sizes.text(lower)) to \(Quantity.sizes.text(upper))",
      schema: .object([
        .init("type", "string"), .init("pattern", "^[1-9][0-9]{0,9}(B|KiB|MiB|GiB)$"),
      ]),
      parse: { scalar in Quantity.sizes.parse(scalar.text, in: lower...upper).map { Int($0) } },
      print: { Quantity.sizes.text(UInt64($0)) })
  }
}

/// `anyOf` the word `auto` or the schema.
func orAuto(_ schema: JSON) -> JSON {
  .object([.init("anyOf", .array([.object([.init("const", "auto")]), schema]))])
}

func integerSchema(_ range: ClosedRange<Int>) -> JSON {
  .object([
    .init("type", "integer"), .init("minimum", .integer(range.lowerBound)),
    .init("maximum", .integer(range.upperBound)),
  ])
}

/// A number, or the complaint that also names the word allowed instead of one.
func parseInteger<Value: FixedWidthInteger>(
  _ scalar: Scalar, in range: ClosedRange<Value>, word: String?
) -> Result<Value, Complaint> {
  let text = scalar.text
  let allowed =
    "\(range.lowerBound) to \(range.upperBound)" + (word.map { ", or \($0)" } ?? "")
  let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
  let isDecimal =
    !digits.isEmpty && digits.utf8.allSatisfy { (48...57).contains($0) }
    && (digits.utf8.count == 1 || digits.utf8.first != 48)
  guard isDecimal else {
    if text == unlimited {
      return .failure(Complaint("must have a limit: \(allowed)", meant: word))
    }
    let bare = text.filter { $0 != "_" && $0 != "," && $0 != " " }
    let meant = Value(bare).flatMap { range.contains($0) ? String($0) : nil }
    return .failure(
      Complaint(
        "must be a number (\(allowed)), not \(shown(text))",
        meant: meant ?? word.flatMap { nearest(to: text, among: [$0]) }))
  }
  guard let value = Value(text), range.contains(value) else {
    let isZero = text == "0" || text == "-0"
    return .failure(
      Complaint(
        "\(shown(text)) is out of range: \(allowed)", meant: isZero ? word : nil))
  }
  guard scalar.isPlain else {
    return .failure(Complaint("must be a number, not text in quotes", meant: text))
  }
  return .success(value)
}

extension Duration {
  /// Whole milliseconds; every duration of a configuration is that.
  var inMilliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return UInt64(seconds) &* 1000 &+ UInt64(attoseconds / 1_000_000_000_000_000)
  }

  /// `10m`, `250ms`: in the largest unit that needs no fraction.
  var text: String { Quantity.durations.text(inMilliseconds) }
}

extension ClosedRange<Duration> {
  var milliseconds: ClosedRange<UInt64> { lowerBound.inMilliseconds...upperBound.inMilliseconds }
}

extension Grammar where Value == Double {
  /// Points of a score.
  static let points = Grammar(
    type: "number", range: "1 to 1000000",
    schema: .object([.init("type", "number"), .init("minimum", .integer(1))]),
    parse: { scalar in
      guard scalar.isPlain, let value = Double(scalar.text), (1...1_000_000).contains(value) else {
        return .failure(Complaint("\(shown(scalar.text)) is no number from 1 to 1000000"))
      }
      return .success(value)
    },
    print: { $0 == $0.rounded() ? String(Int($0)) : String($0) })
}
