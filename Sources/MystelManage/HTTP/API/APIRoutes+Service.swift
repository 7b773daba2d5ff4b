import HTTPTypes
import Hummingbird
import MystelCore

extension APIRoutes {
  /// The gateway as a process.
  var service: [ManagementRoute] {
    [
      ManagementRoute(
        .get, "/api/v1/audit/verify", .role(.admin), "verifyAudit",
        "Whether the record of what operators did is as it was written.",
        answer: .json("AuditVerdict")
      ) { [operations] _ in try Self.json(try await operations.verifyAudit()) },
      ManagementRoute(
        .post, "/api/v1/drain", .role(.admin), "drain",
        "Refuses newcomers while sessions go on; ends the gateway after them where that is asked.",
        body: "DrainOrder", answer: .json("Drain")
      ) { [operations] call in
        let order: DrainOrder = try call.order(OpenAPI.fields(of: "DrainOrder"))
        return try Self.json(try await operations.drain(order, by: call.caller))
      },
      ManagementRoute(
        .delete, "/api/v1/drain", .role(.admin), "undrain", "Lets newcomers in again.",
        answer: .json("Drain")
      ) { [operations] call in try Self.json(try await operations.undrain(by: call.caller)) },
      ManagementRoute(
        .get, "/api/v1/log-level", .role(.viewer), "getLogLevel", "How much is logged.",
        answer: .json("LogLevel")
      ) { [operations] _ in try Self.json(try await operations.logLevel()) },
      ManagementRoute(
        .put, "/api/v1/log-level", .role(.admin), "setLogLevel",
        "Changes how much is logged, until the next start.", body: "LogLevel",
        answer: .json("LogLevel")
      ) { [operations] call in
        let order: LogLevel = try call.order(OpenAPI.fields(of: "LogLevel"))
        return try Self.json(try await operations.setLogLevel(order, by: call.caller))
      },
    ]
  }
}
