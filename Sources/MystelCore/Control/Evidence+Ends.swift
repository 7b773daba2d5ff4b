import MystelWire

/// Evidence where no packet was judged: the end of a session before its login, and connections that
/// were refused.
extension Evidence {
  /// The end of a session that speaks against its client.
  package init(
    endOf session: Session, reason: Reason, weight: Int, instance: UInt64, now: Instant,
    seconds: Int64
  ) {
    let open = (now.nanoseconds &- session.counts.opened.nanoseconds) / 100_000_000
    self.init(
      id: "\(Self.run(instance))-\(String(session.id, radix: 36))", client: session.client.address,
      reason: reason, title: "The session ended as \(reason.label)", weight: weight,
      fields: """
        {listener: "\(session.policy.listener.name)", phase: \(session.phase), \
        bytesReceived: \(session.receivedFromClient), \
        packets: \(session.counts.packets.toBackend), secondsOpen: \(open / 10).\(open % 10)}
        """,
      seconds: seconds)
    self.session = session.id
    account = session.account
    build = session.build ?? 0
  }

  /// An address that went on after it was refused.
  ///
  /// - Parameter number: counts the floods of a process.
  package init(_ flood: AddressFlood, number: UInt64, instance: UInt64, seconds: Int64) {
    // Sessions count from 1.
    self.init(
      id: "\(Self.run(instance))-0-\(String(number, radix: 36))", client: flood.client,
      reason: flood.reason, title: "Connections were refused as \(flood.reason.label)",
      weight: flood.weight,
      fields: "{refusedWithinTenSeconds: \(AddressStrikes.least), hasPlayed: \(flood.isKnown)}",
      seconds: seconds)
  }

  private init(
    id: String, client: IPAddress, reason: Reason, title: String, weight: Int, fields: String,
    seconds: Int64
  ) {
    self.id = id
    self.client = "\(client)"
    self.seconds = seconds
    rule = reason.label
    self.title = title
    why = "docs/operating/reasons.md says what \(reason.label) means"
    isEnforced = true
    self.weight = weight
    self.fields = fields
    session = 0
    account = nil
    detects = []
    score = 0
    build = 0
    packet = ""
    byteCount = 0
    field = ""
    offset = 0
    bytes = ""
  }

  static func run(_ instance: UInt64) -> String { String(instance & 0xffff_ffff, radix: 36) }
}
