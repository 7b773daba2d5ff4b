import Foundation
import MystelConfig
import MystelCore

extension Reloader {
  /// Whether there are changes that are not in force, and that another one would replace.
  var hasChangesSetAside: Bool { keeper.setAside != nil && keeper.latest != nil }

  /// What comes after a change, in words of what operators have changed.
  enum Wish: Sendable {
    /// A merge patch on it.
    case patch(JSONValue)
    /// What it was after a change.
    case rollBack(Int)
  }

  var answer: ConfigurationAnswer {
    ConfigurationAnswer(
      version: candidate.version, number: keeper.number,
      yaml: resolvedYAML(current, hidesSecrets: true), path: candidate.sources.path,
      patch: KeyTable.open(candidate.change?.patch ?? .empty), isStored: keeper.file != nil,
      setAside: keeper.setAside, awaitsRestart: awaitsRestart,
      keys: KeyTable.keys(of: candidate.loaded))
  }

  /// What would become of a patch.
  func validate(_ patch: JSONValue) throws(ControlFault) -> ValidationAnswer {
    let wanted = try wanted(.patch(patch))
    let next: Candidate
    do throws(ConfigurationProblems) {
      next = try Candidate(candidate.sources, change: keeper.next(wanted))
    } catch {
      return ValidationAnswer(
        problems: error.problems.prefix(100).map { ConfigurationProblem($0) },
        warnings: error.warnings.prefix(100).map { ConfigurationProblem($0) })
    }
    let changes = KeyTable.differences(current, next.configuration)
    return ValidationAnswer(
      warnings: warnings(of: next), changes: changes,
      needsRestart: KeyTable.needingRestart(changes))
  }

  /// Puts a change into force and keeps it, or does neither.
  ///
  /// - Parameter ifMatch: the version that it was made for.
  /// - Throws: `ControlFault`; nothing has changed then.
  func change(
    _ wish: Wish, ifMatch: String?, note: String, by caller: ControlCaller
  ) async throws(ControlFault) -> AppliedAnswer {
    do {
      return try await exclusively {
        try await self.changeNow(wish, ifMatch: ifMatch, note: note, by: caller)
      }
    } catch let fault as ControlFault {
      throw fault
    } catch {
      throw ControlFault(.unavailable, "the change was given up: \(error)")
    }
  }

  private func changeNow(
    _ wish: Wish, ifMatch: String?, note: String, by caller: ControlCaller
  ) async throws(ControlFault) -> AppliedAnswer {
    let before = candidate
    guard ifMatch ?? before.version == before.version else {
      throw ControlFault(
        .stale, "the configuration is another one by now: its version is \(before.version)",
        hint: "look at it again, and say with which version this is to be done")
    }
    let next = try candidate(wish)
    let changes = KeyTable.differences(before.configuration, next.configuration)
    let warnings = warnings(of: next)
    // What changes nothing is nothing for the history.
    guard next.change?.patch != before.change?.patch || keeper.setAside != nil else {
      return answer(changes, warnings)
    }
    let number = keeper.book.number + 1
    let kind: ChangeBook.Kind = if case .rollBack = wish { .rollback } else { .apply }
    let prepared = try keeper.prepare(
      ChangeBook.Entry(
        number: number, version: next.version, at: Int64(Date.now.timeIntervalSince1970),
        by: caller.name, note: note, kind: kind, patch: next.change?.patch ?? .empty,
        changes: changes))
    do {
      try await put(next)
    } catch {
      keeper.discard()
      throw ControlFault(
        .refused, "the change cannot be put into force, and nothing has changed: \(error)")
    }
    do throws(ControlFault) {
      try keeper.commit(prepared)
    } catch {
      // What cannot be kept must not be in force either.
      try? await put(before)
      throw error
    }
    publish(changes, by: caller.name)
    logger.notice(
      "configuration changed",
      metadata: [
        "change": "\(number)", "by": "\(caller.name)", "kind": "\(kind.rawValue)",
        "keys": "\(changes.prefix(20).map(\.path).joined(separator: ", "))",
      ])
    return answer(changes, warnings)
  }

  private func answer(
    _ changes: [ConfigurationDifference], _ warnings: [ConfigurationProblem]
  ) -> AppliedAnswer {
    AppliedAnswer(
      number: keeper.number, version: candidate.version, changes: changes, warnings: warnings,
      needsRestart: KeyTable.needingRestart(changes), isStored: keeper.file != nil)
  }

  private func candidate(_ wish: Wish) throws(ControlFault) -> Candidate {
    let patch = try wanted(wish)
    do throws(ConfigurationProblems) {
      return try Candidate(candidate.sources, change: keeper.next(patch))
    } catch {
      throw ControlFault(
        .invalid, "the configuration would be faulty, and nothing has changed",
        problems: error.problems.prefix(100).map { ConfigurationProblem($0) })
    }
  }

  /// Everything that operators would have changed.
  private func wanted(_ wish: Wish) throws(ControlFault) -> JSONValue {
    switch wish {
    case .patch(let patch):
      if let obstacle = ConfigurationChange.obstacle(patch) {
        throw ControlFault(.malformed, obstacle)
      }
      let merged = (candidate.change?.patch ?? .empty).merging(patch)
      if let obstacle = ConfigurationChange.obstacle(merged) {
        throw ControlFault(.refused, obstacle)
      }
      return merged
    case .rollBack(let number):
      guard let patch = keeper.book.patch(after: number) else {
        throw ControlFault(
          .notFound, "there is no change \(number), or no longer",
          hint: "`mystel config history` lists them; 0 is the file alone")
      }
      if let obstacle = ConfigurationChange.obstacle(patch) {
        throw ControlFault(.refused, "change \(number) cannot be gone back to: \(obstacle)")
      }
      return patch
    }
  }

  /// What is doubtful in a configuration, and was not in the one in force.
  private func warnings(of next: Candidate) -> [ConfigurationProblem] {
    var warnings = next.warnings.filter { !candidate.warnings.contains($0) }
      .prefix(100).map { ConfigurationProblem($0) }
    if next.sources.isOutdated {
      warnings.append(
        ConfigurationProblem(
          place: next.sources.name, key: "",
          message: "was edited since it was read; that comes into force with a reload only",
          suggestion: nil))
    }
    return warnings
  }
}
