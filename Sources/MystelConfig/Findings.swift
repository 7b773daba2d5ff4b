/// Everything learned while reading one configuration: problems, warnings, and where keys are.
struct Findings {
  /// Name of the file in messages.
  let file: String
  private(set) var problems: [Placed] = []
  private(set) var warnings: [Placed] = []
  /// Where each key that was given stands, by dotted path.
  var origins: [String: Origin] = [:]
  /// Keys whose value could not be taken; later checks leave them alone.
  private var faulty: Set<String> = []

  /// A problem together with its place in the order of the source.
  struct Placed {
    var problem: Problem
    var origin: Origin
  }

  init(file: String) { self.file = file }

  mutating func report(_ complaint: Complaint, at key: String, _ origin: Origin) {
    faulty.insert(key)
    problems.append(place(complaint, key, origin))
  }

  mutating func warn(_ complaint: Complaint, at key: String, _ origin: Origin) {
    warnings.append(place(complaint, key, origin))
  }

  /// Marks a key as unusable without a problem of its own.
  mutating func distrust(_ key: String) { faulty.insert(key) }

  /// Whether neither the key nor a section or list around it had a problem.
  func isSound(_ key: String) -> Bool {
    Findings.lineage(of: key).allSatisfy { !faulty.contains($0) }
  }

  /// Whether the key, what is around it and what is inside of it had no problem.
  func isWhole(_ key: String) -> Bool {
    isSound(key) && !faulty.contains { $0.hasPrefix(key + ".") || $0.hasPrefix(key + "[") }
  }

  /// Where the key stands, or the nearest thing around it that stands anywhere.
  func origin(of key: String) -> Origin { places.origin(of: key) }

  /// Where keys stand, for what is found wrong with them later.
  var places: KeyPlaces { KeyPlaces(file: file, origins: origins) }

  /// Problems in the order of the source.
  func sorted(_ placed: [Placed]) -> [Problem] {
    placed.enumerated().sorted { left, right in
      let (leftRank, rightRank) = (left.element.origin.rank, right.element.origin.rank)
      return leftRank == rightRank
        ? left.offset < right.offset : leftRank.lexicographicallyPrecedes(rightRank)
    }.map(\.element.problem)
  }

  private func place(_ complaint: Complaint, _ key: String, _ origin: Origin) -> Placed {
    var problem = Problem(
      file: file, key: key, message: complaint.message, suggestion: complaint.suggestion)
    origin.place(&problem, file: file)
    return Placed(problem: problem, origin: origin)
  }

  /// `a[0].b` gives `a[0].b`, `a[0]`, `a`.
  fileprivate static func lineage(of key: String) -> [String] {
    var result = [key]
    for index in key.indices.reversed() where key[index] == "." || key[index] == "[" {
      result.append(String(key[..<index]))
    }
    return result
  }
}

/// Where each key of a configuration stands, by dotted path.
package struct KeyPlaces: Sendable, Equatable {
  var file = "configuration"
  var origins: [String: Origin] = [:]

  /// A problem of what a key says, found when the files were read that it names, with its place.
  package func placed(_ problem: Problem) -> Problem {
    var problem = problem
    origin(of: problem.key).place(&problem, file: file)
    return problem
  }

  /// Where the key stands, or the nearest thing around it that stands anywhere.
  func origin(of key: String) -> Origin {
    for ancestor in Findings.lineage(of: key) {
      if let origin = origins[ancestor] { return origin }
    }
    return origins[""] ?? .environment
  }
}

/// What is wrong with a value, before it is known where the value stands.
struct Complaint: Error, Equatable, Sendable {
  var message: String
  var suggestion: String?

  init(_ message: String, meant suggestion: String? = nil) {
    self.message = message
    self.suggestion = suggestion
  }
}

extension Origin {
  fileprivate func place(_ problem: inout Problem, file: String) {
    problem.file = file
    switch self {
    case .file(let line, let column): (problem.line, problem.column) = (line, column)
    case .variable(let name): problem.file = name
    case .change(let number): problem.file = "change \(number)"
    case .environment: problem.file = "environment"
    }
  }

  /// Files first, in reading order; then changes, variables, the environment as a whole.
  fileprivate var rank: [Int] {
    switch self {
    case .file(let line, let column): [0, line, column]
    case .change: [1]
    case .variable: [2]
    case .environment: [3]
    }
  }
}
