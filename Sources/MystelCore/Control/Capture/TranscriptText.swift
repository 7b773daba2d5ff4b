import MystelWire

/// A recording as the text of a transcript: a head, then a JSON object a packet.
package enum TranscriptText {
  /// Bytes of packets in one part; the text has more than twice as many.
  private static let partBytes = 128 << 10

  /// The part behind so many packets. The first begins with the head.
  ///
  /// - Parameter secrets: whether what players wrote and log in with stays in it.
  package static func part(
    of contents: PacketRecording.Contents, after first: Int, secrets: Bool
  ) -> TranscriptPart {
    var text = first == 0 ? head(contents) : ""
    var index = first
    var bytes = 0
    while index < contents.frames.count, bytes < partBytes {
      let frame = contents.frames[index]
      let packet = contents.bytes[frame.range]
      let shown = secrets ? Array(packet) : PacketMask.masked(packet, build: contents.build)
      text += line(frame, shown)
      bytes += packet.count
      index += 1
    }
    return TranscriptPart(text: text, next: index < contents.frames.count ? UInt64(index) : nil)
  }

  /// The session's own keys are forgotten once they are mixed; what reads this makes ciphers of these.
  private static func head(_ contents: PacketRecording.Contents) -> String {
    let keys = ["client1", "server1", "client2", "server2"].enumerated().map { number, name in
      let key = (0..<128).map { UInt8(truncatingIfNeeded: $0 * 7 + number * 31) }
      return "\"\(name)\":\"\(String(hex: key))\""
    }
    let build = contents.build?.pack.build ?? 0
    return """
      {"format":"mystel-session-1","build":\(build),"session":\(contents.session),\
      "note":"keys are made up","keys":{\(keys.joined(separator: ","))}}

      """
  }

  private static func line(_ frame: PacketRecording.Frame, _ bytes: [UInt8]) -> String {
    let micros = frame.nanoseconds / 1000
    let fraction = String(micros % 1000)
    let padded = String(repeating: "0", count: 3 - fraction.count) + fraction
    let from = frame.direction == .toBackend ? "client" : "server"
    let verdict =
      switch frame.verdict {
      case .forward: ""
      case .rewrite: ",\"verdict\":\"repaired\""
      case .drop(let reason): ",\"verdict\":\"dropped\",\"reason\":\"\(reason.label)\""
      case .close(let reason): ",\"verdict\":\"closed\",\"reason\":\"\(reason.label)\""
      }
    return
      "{\"t\":\(micros / 1000).\(padded),\"from\":\"\(from)\",\"frame\":\"\(String(hex: bytes))\"\(verdict)}\n"
  }
}
