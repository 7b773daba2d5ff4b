import Foundation
import MystelCore
import MystelSim

/// Sessions that an operator declares honest, held to every rule while they are learnt from.
struct CalibrationStudy {
  /// One session at work.
  final class Session {
    let number: Int
    /// Nil where no pack describes the build.
    fileprivate var learnt: CalibrationSession?
    /// Holds it to every rule in force.
    fileprivate var scorer: SessionScorer
    /// Holds it to every rule in shadow: a packet that one rule refuses is not looked at by others,
    /// and these may hit players all the same once they are enforced without it.
    fileprivate var observer: SessionScorer

    fileprivate init(
      _ number: Int, _ learnt: CalibrationSession?, _ scorer: consuming SessionScorer,
      _ observer: consuming SessionScorer
    ) {
      self.number = number
      self.learnt = learnt
      self.scorer = scorer
      self.observer = observer
    }
  }

  private(set) var calibration = Calibration()
  private(set) var withTool = 0

  /// As the configuration has it.
  private let policy: InspectionPolicy
  private let enforced: InspectionPolicy
  private let shadowed: InspectionPolicy
  private var begun = 0

  init(_ policy: InspectionPolicy, enforced: InspectionPolicy, shadowed: InspectionPolicy) {
    self.policy = policy
    self.enforced = enforced
    self.shadowed = shadowed
  }

  mutating func add(_ transcript: Transcript, file: String) {
    guard transcript.tool == nil else {
      withTool += 1
      return
    }
    let session = begin(transcript.build, file: file, client: "")
    for frame in transcript.frames {
      add(frame.bytes, from: frame.from, milliseconds: frame.milliseconds, session)
    }
    finish(session)
  }

  mutating func begin(_ build: UInt32, file: String, client: String) -> Session {
    begun += 1
    let learnt = policy.builds[build].map {
      CalibrationSession(
        $0, by: policy, player: .session(UInt64(begun)),
        source: URL(fileURLWithPath: file).lastPathComponent, client: client)
    }
    return Session(
      begun, learnt, SessionScorer(enforced, build: build, terms: policy.score),
      SessionScorer(shadowed, build: build, terms: policy.score))
  }

  mutating func add(
    _ bytes: [UInt8], from side: Side, milliseconds: Double, _ session: Session
  ) {
    guard var learnt = session.learnt else { return }
    session.scorer.read(bytes, from: side, milliseconds: milliseconds)
    session.observer.read(bytes, from: side, milliseconds: milliseconds)
    guard side == .client else { return }
    session.learnt = nil
    calibration.add(bytes, of: &learnt, at: Instant(milliseconds: milliseconds))
    session.learnt = learnt
  }

  mutating func finish(_ session: Session) {
    guard var learnt = session.learnt else {
      calibration.sessionsOfUnknownBuilds += 1
      return
    }
    if let account = session.scorer.account { learnt.player = .account(account) }
    learnt.trial = session.scorer.result
    learnt.shadowTrial = session.observer.result
    calibration.finish(learnt)
  }
}
