extension LayoutField.Kind {
  /// The kinds that are one word, by the word of layout files and those of definitions.
  private static let byWord: [(word: String, definition: String, kind: LayoutField.Kind)] = [
    ("bool", "bool", .bool), ("u8", "byte", .u8), ("i8", "", .i8), ("u16", "uint16", .u16),
    ("i16", "int16", .i16), ("u32", "uint32", .u32), ("i32", "int32", .i32),
    ("u64", "uint64", .u64), ("i64", "int64", .i64), ("f32", "float", .f32),
    ("f64", "double", .f64), ("vec3", "vec3", .vec3), ("angles", "vec3fa", .angles),
    ("angle", "angle", .angle), ("skill", "skillid", .skill),
    ("narrowskill", "skillid32", .narrowSkill), ("appearance", "customize", .appearance),
    ("string", "string", .string), ("bytes", "bytes", .bytes),
  ]

  /// The words of layout files.
  static var words: [String] { byWord.map(\.word) + ["array"] }
  /// The types of definitions that stand for a value.
  static var definitionWords: [String] { byWord.map(\.definition).filter { !$0.isEmpty } }

  /// The kind that a word of layout files means; nil for `array`, which needs its elements.
  init?(word: Substring) {
    guard let found = Self.byWord.first(where: { $0.word == word }) else { return nil }
    self = found.kind
  }

  /// The kind that a type of definitions means; nil for `array`, which needs its elements.
  init?(definitionWord word: Substring) {
    guard !word.isEmpty, let found = Self.byWord.first(where: { $0.definition == word })
    else { return nil }
    self = found.kind
  }

  /// The word of layout files.
  public var word: String {
    switch self {
    case .array: "array"
    default: Self.byWord.first { $0.kind == self }?.word ?? "array"
    }
  }
}
