import Foundation
import HTTPTypes
import Hummingbird
import MystelCore

extension APIRoutes {
  /// What packets are held to, what was found and learnt, and whole lists of bans.
  var inspection: [Route] { found + learnt + lists }

  private var found: [Route] {
    [
      Route(
        .post, "\(Self.base)/rules/test", .role(.viewer), "testRules",
        "Tries cases on all rules in their modes, or on one alone; nothing is changed.",
        body: "RuleTestOrder", answer: .json("RuleTest")
      ) { [operations] call in
        let order: RuleTestOrder = try call.order(OpenAPI.fields(of: "RuleTestOrder"))
        guard order.tests != nil else { throw Problem(.badRequest, "tests is missing") }
        return try Self.json(try await operations.testRules(order))
      },
      Route(
        .get, "\(Self.base)/packs", .role(.viewer), "listPacks", "The builds that are known.",
        answer: .json("Packs")
      ) { [operations] _ in try Self.json(try await operations.packs()) },
      Route(
        .get, "\(Self.base)/evidence", .role(.viewer), "listEvidence",
        "What bans, closes and findings rest on, the latest first.",
        query: [
          Parameter(name: "target", kind: .target, summary: "Of an address, network or account."),
          Parameter(name: "session", kind: .integer, summary: "Of a session."),
        ] + Self.pages, answer: .json("EvidencePage")
      ) { [operations] call in
        let query = EvidenceListQuery(
          target: try call.target(), session: try call.number("session"),
          after: try call.number("after"), limit: try call.limit())
        return try Self.json(try await operations.evidence(query))
      },
    ]
  }

  private var learnt: [Route] {
    let least = [
      Parameter(
        name: "sessions", kind: .integer,
        summary: "Sessions from which on something is proposed; 100 where left out."),
      Parameter(
        name: "hours", kind: .integer,
        summary: "Hours of play from which on something is proposed; 24 where left out."),
    ]
    return [
      Route(
        .get, "\(Self.base)/calibration", .role(.viewer), "getCalibration",
        "What was learnt from players declared genuine, and what follows.", query: least,
        answer: .json("Calibration")
      ) { [operations] call in
        let query = CalibrationQuery(least: try Self.least(call))
        return try Self.json(try await operations.calibration(query, by: call.caller))
      },
      Route(
        .delete, "\(Self.base)/calibration", .role(.operator), "forgetCalibration",
        "Starts learning anew; answers with what was learnt.", query: least,
        answer: .json("Calibration")
      ) { [operations] call in
        let query = CalibrationQuery(least: try Self.least(call), forgets: true)
        return try Self.json(try await operations.calibration(query, by: call.caller))
      },
    ]
  }

  private static func least(_ call: ManagementCall) throws(Problem) -> CalibrationReport.Least {
    CalibrationReport.Least(
      sessions: Int(clamping: try call.number("sessions") ?? 100),
      hours: Double(try call.number("hours") ?? 24))
  }

  private var lists: [Route] {
    [
      Route(
        .get, "\(Self.base)/bans/export", .role(.viewer), "exportBans",
        "The bans in force, for another program.",
        query: [
          Parameter(
            name: "format", kind: .string, isRequired: true,
            summary: "plain, crowdsec or fail2ban.")
        ], answer: .json("BanList")
      ) { [operations] call in
        guard let format = call.text("format") else {
          throw Problem(.badRequest, "format is missing")
        }
        return try Self.json(try await operations.exportBans(ExportQuery(format: format)))
      },
      Route(
        .post, "\(Self.base)/bans/import", .role(.operator), "importBans",
        "Bans everybody on a list, or nobody where the list is faulty.", body: "BanListOrder",
        bodyBytes: 1 << 20, answer: .json("BanImport")
      ) { [operations] call in
        let order: ImportOrder = try call.order(OpenAPI.fields(of: "BanListOrder"))
        guard order.text != nil else { throw Problem(.badRequest, "text is missing") }
        return try Self.json(try await operations.importBans(order, by: call.caller))
      },
    ]
  }
}
