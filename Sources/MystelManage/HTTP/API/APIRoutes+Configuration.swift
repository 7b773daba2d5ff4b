import Foundation
import HTTPTypes
import Hummingbird
import MystelCore

extension APIRoutes {
  /// What the gateway is set to, and changes of it.
  var configuration: [Route] { look + changes + [ruleMode] }

  private var look: [Route] {
    [
      Route(
        .get, "\(Self.base)/config", .role(.admin), "getConfiguration",
        "Every key with the value in force, and what operators changed.",
        answer: .json("Configuration")
      ) { [operations] _ in try Self.json(try await operations.configuration()) },
      Route(
        .post, "\(Self.base)/config/validate", .role(.admin), "validateConfiguration",
        "What would become of a patch; nothing is changed.", body: "ConfigurationPatch",
        answer: .json("Validation")
      ) { [operations] call in
        guard let fields = try call.value().members, fields.keys.elementsEqual(["patch"]),
          let patch = fields["patch"]
        else { throw Problem(.badRequest, "the body must be an object with one field, patch") }
        return try Self.json(try await operations.validate(ConfigurationOrder(patch: patch)))
      },
      Route(
        .get, "\(Self.base)/config/history", .role(.admin), "listChanges",
        "What operators changed, the latest first.", query: Self.pages,
        answer: .json("ChangePage")
      ) { [operations] call in
        let query = BanQuery(after: try call.number("after"), limit: try call.limit())
        return try Self.json(try await operations.changes(query))
      },
    ]
  }

  private var changes: [Route] {
    [
      Route(
        .patch, "\(Self.base)/config", .role(.admin), "changeConfiguration",
        """
        Puts a merge patch (RFC 7396) on what operators changed into force, and keeps it. null takes a \
        change back.
        """,
        query: [
          Parameter(
            name: "if_match", kind: .string,
            summary: "The version that the patch was made for; 428 without."),
          Parameter(name: "note", kind: .string, summary: "For the history."),
        ], body: "MergePatch", bodyType: "application/merge-patch+json",
        answer: .json("Applied")
      ) { [operations] call in
        guard let version = call.text("if_match") else {
          throw Problem(
            .preconditionRequired, "if_match is missing: the version that the patch was made for",
            hint: "GET /api/v1/config says it")
        }
        let patch = try call.value()
        guard patch.members != nil else {
          throw Problem(.badRequest, "a patch of the configuration is a JSON object")
        }
        let order = ConfigurationOrder(
          patch: patch, ifMatch: version, note: call.text("note"))
        return try Self.json(try await operations.apply(order, by: call.caller))
      },
      Route(
        .post, "\(Self.base)/config/rollback", .role(.admin), "rollBackConfiguration",
        "Brings back what was in force after a change; 0 is the file alone.",
        body: "RollbackOrder", answer: .json("Applied")
      ) { [operations] call in
        let order: RollbackOrder = try call.order(OpenAPI.fields(of: "RollbackOrder"))
        guard order.number >= 0 else {
          throw Problem(.badRequest, "number must be 0 or more")
        }
        guard order.ifMatch != nil else {
          throw Problem(
            .preconditionRequired, "ifMatch is missing: the version that is to be left",
            hint: "GET /api/v1/config says it")
        }
        return try Self.json(try await operations.rollBack(order, by: call.caller))
      },
    ]
  }

  private var ruleMode: Route {
    Route(
      .put, "\(Self.base)/rules/{id}", .role(.operator), "setRuleMode",
      "Switches a rule; a change of the configuration like any other.", body: "RuleMode",
      answer: .json("Rule")
    ) { [operations] call in
      let body: RuleMode = try call.order(OpenAPI.fields(of: "RuleMode"))
      let order = RuleModeOrder(id: try call.part("id"), mode: body.mode)
      return try Self.json(try await operations.setRuleMode(order, by: call.caller))
    }
  }

  private struct RuleMode: Decodable {
    var mode: String
  }
}
