import MystelCore

extension KeyTable {
  static var calibrationSection: Table<Document>.Section {
    .init(
      path: "inspection.calibration",
      reason: "What is learnt from players while they play. See signatures.md#calibrating.")
  }

  static var calibrationRows: [Row<Document>] {
    [
      .list(
        "inspection.calibration.genuine", \.configuration.inspection.genuine, of: .genuine,
        atMost: 1024,
        """
        Whose sessions are honest beyond doubt: the addresses of your own staff, accounts of \
        regulars. `mystel calibrate --running` tells what was learnt from them; they are held to every \
        rule like others. Empty for nobody, which costs nothing; `all` where you vouch for everybody \
        who plays.
        """)
    ]
  }
}
