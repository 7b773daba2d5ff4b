extension CalibrationReport.SessionRow {
  init(_ outcome: Calibration.Outcome) {
    file = outcome.source
    client = outcome.client.isEmpty ? nil : outcome.client
    minutes = outcome.seconds / 60
    score = (outcome.score * 10).rounded() / 10
    passed = outcome.isFlagged
    actions = outcome.actions
    packetsPerSecond = outcome.needs.packetsPerSecond
    bytesPerSecond = outcome.needs.bytesPerSecond
    rules = outcome.rules
  }
}

extension CalibrationReport {
  /// What packets of one kind looked like.
  package struct PacketRow: Codable, Sendable, Equatable {
    package struct Field: Codable, Sendable, Equatable {
      package var name: String
      package var count: Int
      package var zero: Int
      package var nan: Int
      package var infinite: Int
    }

    package struct Stamps: Codable, Sendable, Equatable {
      package var bare: Int
      package var stamped: Int
      package var zeroHash: Int
      package var otherHash: Int
      package var counterSteps: Int
      package var counterLeaps: Int
    }

    package var name: String?
    package var opcode: UInt16
    package var build: UInt32
    package var count: Int
    package var sessions: Int
    package var shortest: Int
    package var longest: Int
    /// At most `LengthProfile.mostDistinct`; then there may be more.
    package var distinctLengths: Int
    package var shortestIntervalMilliseconds: Double?
    package var medianIntervalMilliseconds: Double?
    package var fields: [Field]
    package var stamps: Stamps?

    init(_ kind: Calibration.Kind, _ profile: PacketProfile) {
      name = profile.name
      (opcode, build) = (kind.opcode, kind.build)
      (count, sessions) = (profile.count, profile.sessions)
      (shortest, longest) = (profile.lengths.shortest, profile.lengths.longest)
      distinctLengths = profile.lengths.counts.count
      if let median = profile.intervals.median {
        shortestIntervalMilliseconds = Double(profile.intervals.shortest) / 1e6
        medianIntervalMilliseconds = Double(median) / 1e6
      }
      fields = profile.fields.map {
        Field(
          name: $0.name, count: $0.count, zero: $0.zeros, nan: $0.notNumbers,
          infinite: $0.infinities)
      }
      let found = profile.stamps
      if found.bare + found.stamped > 0 {
        stamps = Stamps(
          bare: found.bare, stamped: found.stamped, zeroHash: found.zeroHashes,
          otherHash: found.otherHashes, counterSteps: found.steps, counterLeaps: found.leaps)
      }
    }
  }
}
