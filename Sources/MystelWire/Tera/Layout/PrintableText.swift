extension String {
  /// The text in one line, fit for a terminal: what controls, reorders or hides is written as its
  /// number.
  ///
  /// - Parameter escaped: characters that get a backslash in front.
  func printable(escaping escaped: Set<Unicode.Scalar> = []) -> String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where escaped.contains(scalar):
        text += "\\"
        text.unicodeScalars.append(scalar)
      case _ where scalar.isPrintable: text.unicodeScalars.append(scalar)
      default: text += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return text
  }
}

extension Unicode.Scalar {
  /// Whether it shows as itself, and changes nothing about its neighbours.
  var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
      .unassigned:
      false
    default: true
    }
  }
}
