/// Something wrong in a layout, definition or opcode file.
public struct LayoutProblem: Error, Equatable, Sendable {
  /// From 1; 0 for the whole file.
  public var line: Int
  /// From 1, in bytes; 0 where it is about the whole line.
  public var column: Int
  /// What is wrong, without the place.
  public var message: String

  /// A problem from its parts.
  public init(line: Int, column: Int = 0, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }
}

/// How much the readers of layout, definition and opcode files take.
enum LayoutLimits {
  /// The largest file, in bytes.
  static let fileBytes = 1 << 20
  /// A body and arrays in it, counted together.
  static let levels = 8
  /// The fields of a packet, those of all levels together.
  static let fields = 2048
  /// What one packet may cost, in movement packets.
  static let cost = 1000
  /// A name, in bytes.
  static let nameBytes = 128
  /// A field's name with those of the objects around it, and what tells it from others.
  static let pathBytes = 2048
  /// What is told of a problem, in characters: files may have long words.
  static let messageLength = 300
  /// Problems of a file; later ones are not told.
  static let problems = 1000
}

extension [LayoutProblem] {
  /// Adds a problem, as long as a file may have more of them; the message may quote the file.
  mutating func add(line: Int, column: Int = 0, _ message: @autoclosure () -> String) {
    guard count < LayoutLimits.problems else { return }
    let text = String(message().unicodeScalars.prefix(LayoutLimits.messageLength)).printable()
    append(LayoutProblem(line: line, column: column, message: text))
  }

  /// The problem of a file that is not read at all.
  static var fileTooLarge: [LayoutProblem] {
    [LayoutProblem(line: 0, message: "the file is larger than 1 MiB, and was not read")]
  }
}
