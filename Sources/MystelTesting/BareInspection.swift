import MystelCore
import MystelWire

extension InspectionPolicy {
  /// A policy without a rule, for builds of which only the packets of the login are known.
  package static func bare(_ builds: [UInt32] = [367_081]) -> InspectionPolicy {
    let packs = builds.map { build in
      var opcodes = ["C_CHECK_VERSION": TeraBuild.checkVersionOpcode]
      opcodes["C_LOGIN_ARBITER"] = TeraBuild.known(build)?.loginArbiterOpcode
      return BuildPack(
        build: build, patch: 9204, label: "bare", opcodes: opcodes, packets: [:])
    }
    do {
      return try InspectionPolicy(packs: packs, rules: [])
    } catch {
      preconditionFailure("a policy without rules has none that could be wrong: \(error)")
    }
  }
}
