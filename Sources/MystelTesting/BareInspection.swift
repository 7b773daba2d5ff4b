import MystelCore
import MystelWire

extension InspectionPolicy {
  /// A policy without a rule, for builds of which only the version packet is known.
  package static func bare(_ builds: [UInt32] = [367_081]) -> InspectionPolicy {
    let packs = builds.map {
      BuildPack(
        build: $0, patch: 9204, label: "bare",
        opcodes: ["C_CHECK_VERSION": TeraBuild.checkVersionOpcode], packets: [:])
    }
    do {
      return try InspectionPolicy(packs: packs, rules: [])
    } catch {
      preconditionFailure("a policy without rules has none that could be wrong: \(error)")
    }
  }
}
