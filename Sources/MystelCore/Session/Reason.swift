/// Why a packet was dropped or a session ended. Closed: raw names are metric labels.
///
/// Raw values are stable; new reasons take new numbers. See docs/operating/reasons.md.
package enum Reason: UInt16, CaseIterable, Sendable {
  // Ends that are nobody's fault.
  case clientClosed = 1
  case backendClosed = 2
  case drained = 3
  case healthProbe = 4
  case empty = 5

  // The network.
  case clientReset = 20
  case backendReset = 21
  case idle = 22
  case clientQueueFull = 23
  case backendQueueFull = 24
  case halfCloseExpired = 25

  // Admission.
  case untrustedPeer = 40
  case proxyHeaderInvalid = 41
  case proxyHeaderTimeout = 42
  case proxyHeaderUnexpected = 43
  case sourceUnknown = 44
  case sessionLimit = 45
  case outOfDescriptors = 46
  case loop = 47
  case countryDenied = 53
  case networkDenied = 54
  case kicked = 55
  case banned = 56
  case noLauncherGrant = 57

  // The backend.
  case backendDown = 60
  case backendConnectFailed = 61
  case backendHelloTimeout = 62
  case backendHelloInvalid = 63
  case backendKeyTimeout = 64
  case backendDataBeforeKeys = 65
  case backendFraming = 66
  case sourceFamilyMismatch = 67
  case backendBusy = 68
  case backendTunnel = 69

  // Key exchange.
  case keysTimeout = 80
  case dataBeforeKeys = 81
  case handshakeEvicted = 82
  case weakKeys = 83
  case splitKeyUnanswered = 84

  // The tunnel.
  case tunnelHandshake = 90
  case tunnelWeakKey = 91
  case tunnelUnknownPeer = 92
  case tunnelTimeout = 93
  case tunnelBusy = 94
  case tunnelRecord = 95
  case tunnelTruncated = 96

  // Packets.
  case firstPacketTimeout = 100
  case packetTimeout = 101
  case packetTooShort = 102
  case packetTooLong = 103
  case firstPacketUnexpected = 104
  case checkVersionMalformed = 105
  case buildNotServed = 106
  case opcodeUnknown = 107
  case opcodeWrongDirection = 108
  case packetBodyTooShort = 109
  case packetBodyTooLong = 110
  case referenceInvalid = 111
  case textInvalid = 112
  case numberNotFinite = 113
  case valueOutOfRange = 114
  case amountOutOfRange = 115
  case privilegeMissing = 116
  case loginOrder = 117
  case phaseWrong = 118
  case sequenceBroken = 119
  case rateExceeded = 120
  case chatMarkup = 121
  case nameInvalid = 122
  case fixImpossible = 123
  case toolSignature = 124
  case scoreExceeded = 125

  // Limits of sessions and of addresses.
  case packetRate = 140
  case byteRate = 141
  case coalesced = 142
  case addressRate = 143
  case addressConnections = 144
  case prefixRate = 145
  case prefixConnections = 146
  case gatewayRate = 147
  case handshakeRate = 148
  case loginRate = 149
  case addressBlocked = 150
  case underAttack = 151

  /// The metric label: the case's name in snake case.
  package var label: String { Reason.labels[self] ?? "unknown" }

  private static let labels: [Reason: String] = Dictionary(
    uniqueKeysWithValues: Reason.allCases.map { reason in
      let words = "\(reason)".map { $0.isUppercase ? "_" + $0.lowercased() : String($0) }
      return (reason, words.joined())
    })
}
