import MystelCore

/// The formats that lists of bans are read and written in.
package enum ListFormat: String, CaseIterable, Sendable {
  case plain
  case crowdsec
  case fail2ban

  /// Reads a list: all of it, or nothing.
  ///
  /// - Parameter nowSeconds: seconds since 1970.
  /// - Parameter utcOffsetSeconds: of the clock that wrote local times into the list.
  /// - Throws: every problem.
  package func parse(
    _ bytes: [UInt8], nowSeconds: Int64, utcOffsetSeconds: Int64 = 0,
    limits: ListLimits = ListLimits()
  ) throws(ListProblems) -> ListContents {
    switch self {
    case .plain: try PlainList.parse(bytes, limits: limits)
    case .crowdsec: try CrowdSecList.parse(bytes, nowSeconds: nowSeconds, limits: limits)
    case .fail2ban:
      try Fail2banList.parse(bytes, utcOffsetSeconds: utcOffsetSeconds, limits: limits)
    }
  }

  /// A list as text. Only `crowdsec` has a place for everything.
  package func text(
    of entries: [ListEntry], nowSeconds: Int64, utcOffsetSeconds: Int64 = 0
  ) -> String {
    switch self {
    case .plain: PlainList.text(of: entries)
    case .crowdsec: CrowdSecList.text(of: entries, nowSeconds: nowSeconds)
    case .fail2ban:
      Fail2banList.text(
        of: entries, nowSeconds: nowSeconds, utcOffsetSeconds: utcOffsetSeconds)
    }
  }
}
