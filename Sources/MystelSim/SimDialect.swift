import MystelCore

/// The numbers of one build's packets, for a simulation that is written in those of another.
///
/// Layouts are taken to be the same in all of them.
package struct SimDialect: Sendable {
  /// What clients of it say in C_CHECK_VERSION.
  package let build: UInt32
  /// By number of `SimOpcode`; numbers that are missing stay as they are.
  private let spoken: [UInt16: UInt16]
  private let understood: [UInt16: UInt16]

  /// The build that the simulation is written in.
  package static let native = SimDialect()

  private init() {
    build = SimBuild.number
    spoken = [:]
    understood = [:]
  }

  /// The dialect of a pack; `native` is the pack of the simulation's own build. Packets that the
  /// build does not have keep their number.
  package init(_ pack: BuildPack, native: BuildPack) {
    build = pack.build
    var spoken: [UInt16: UInt16] = [:]
    for (name, number) in native.opcodes {
      if let translated = pack.opcodes[name] { spoken[number] = translated }
    }
    self.spoken = spoken
    understood = Dictionary(
      spoken.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
  }

  /// A packet of the simulation, as the build writes it.
  func speak(_ packet: [UInt8]) -> [UInt8] { translate(packet, spoken) }

  /// A packet of the build, as the simulation reads it.
  func understand(_ packet: [UInt8]) -> [UInt8] { translate(packet, understood) }

  private func translate(_ packet: [UInt8], _ numbers: [UInt16: UInt16]) -> [UInt8] {
    guard !numbers.isEmpty, let opcode = packet.sim16(at: 2), let other = numbers[opcode] else {
      return packet
    }
    var packet = packet
    packet[2] = UInt8(truncatingIfNeeded: other)
    packet[3] = UInt8(truncatingIfNeeded: other >> 8)
    return packet
  }
}
