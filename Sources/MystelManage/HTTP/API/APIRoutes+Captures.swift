import HTTPTypes
import Hummingbird
import MystelCore
import NIOCore

extension APIRoutes {
  /// What players send is their own affair, so all of it takes an admin.
  var captures: [ManagementRoute] {
    [
      ManagementRoute(
        .get, "/api/v1/captures", .role(.admin), "listCaptures", "What was taken down of sessions.",
        answer: .json("CapturePage")
      ) { [operations] _ in try Self.json(try await operations.captures()) },
      ManagementRoute(
        .post, "/api/v1/captures", .role(.admin), "startCapture",
        "Takes down a session's packets from now on, up to a time and a size.",
        body: "CaptureOrder", status: .created, answer: .json("Capture")
      ) { [operations] call in
        let order: CaptureOrder = try call.order(OpenAPI.fields(of: "CaptureOrder"))
        return try Self.json(try await operations.startCapture(order, by: call.caller), .created)
      },
      ManagementRoute(
        .post, "/api/v1/captures/{id}/stop", .role(.admin), "stopCapture",
        "Takes nothing more down; what is there stays.", answer: .json("Capture")
      ) { [operations] call in
        let number = CaptureNumber(id: try Self.number(call.part("id")))
        return try Self.json(try await operations.stopCapture(number, by: call.caller))
      },
      ManagementRoute(
        .delete, "/api/v1/captures/{id}", .role(.admin), "removeCapture", "Forgets it.",
        answer: .json("Capture")
      ) { [operations] call in
        let number = CaptureNumber(id: try Self.number(call.part("id")))
        return try Self.json(try await operations.removeCapture(number, by: call.caller))
      },
      ManagementRoute(
        .get, "/api/v1/captures/{id}/transcript", .role(.admin), "getTranscript",
        "A part of it, as lines that mystel inspect reads; texts are struck out unless they are asked for.",
        query: [
          ManagementRoute.Parameter(
            name: "after", kind: .integer, summary: "The last part's `next`."),
          ManagementRoute.Parameter(
            name: "secrets", kind: .string,
            summary: "`true` leaves in what players wrote and log in with."),
        ], answer: .json("TranscriptPart")
      ) { [operations] call in
        let query = TranscriptQuery(
          id: try Self.number(call.part("id")), after: try call.number("after"),
          secrets: call.text("secrets") == "true")
        return try Self.json(try await operations.transcript(query, by: call.caller))
      },
    ]
  }
}
