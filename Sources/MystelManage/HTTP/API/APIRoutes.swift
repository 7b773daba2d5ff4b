import Foundation
import HTTPTypes
import Hummingbird
import MystelCore

/// The operations of the gateway as routes under `/api/v1`.
struct APIRoutes: Sendable {
  let operations: any ControlOperations

  typealias Route = ManagementRoute
  typealias Parameter = ManagementRoute.Parameter

  var all: [ManagementRoute] {
    look + sessions + bans + allowed + steering + tokens + service + configuration + captures
      + inspection + LauncherRoutes(operations: operations).all
  }

  static let base = "/api/v1"

  static let pages = [
    Parameter(name: "after", kind: .integer, summary: "The last page's `next`."),
    Parameter(name: "limit", kind: .integer, summary: "1 to 1000; 200 where left out."),
  ]
  static let target = Parameter(
    name: "target", kind: .target, isRequired: true,
    summary: "203.0.113.7, 203.0.113.0/24 or account:500001.")

  // MARK: Looking

  private var look: [Route] {
    [
      Route(
        .get, "\(Self.base)/status", .role(.viewer), "getStatus", "The gateway in short.",
        answer: .json("Status")
      ) { [operations] _ in try Self.json(try await operations.status()) },
      Route(
        .get, "\(Self.base)/listeners", .role(.viewer), "listListeners", "Where players connect.",
        answer: .json("ListenerPage")
      ) { [operations] _ in
        let items = try await operations.status().listeners
        return try Self.json(Page(items: items, total: items.count))
      },
      Route(
        .get, "\(Self.base)/backends", .role(.viewer), "listBackends", "The game servers.",
        answer: .json("BackendPage")
      ) { [operations] _ in
        let items = try await operations.status().backends
        return try Self.json(Page(items: items, total: items.count))
      },
      Route(
        .get, "\(Self.base)/rules", .role(.viewer), "listRules",
        "The rules in force, their modes, and how often each was broken.",
        answer: .json("RulePage")
      ) { [operations] _ in try Self.json(try await operations.ruleCounts()) },
      Route(
        .get, "\(Self.base)/evidence/{id}", .role(.viewer), "getEvidence",
        "What a ban, a close or a finding rests on.", answer: .json("Evidence")
      ) { [operations] call in
        let query = EvidenceQuery(id: try call.part("id"))
        return try Self.json(try await operations.explain(query))
      },
    ]
  }

  // MARK: Sessions

  private var sessions: [Route] {
    [
      Route(
        .get, "\(Self.base)/sessions", .role(.viewer), "listSessions", "Who is connected.",
        query: [
          Parameter(name: "target", kind: .target, summary: "Of an address, network or account."),
          Parameter(name: "listener", kind: .string, summary: "Of a listener."),
        ] + Self.pages, answer: .json("SessionPage")
      ) { [operations] call in
        let query = SessionQuery(
          target: try call.target(), listener: call.text("listener"),
          after: try call.number("after"), limit: try call.limit())
        return try Self.json(try await operations.sessions(query))
      },
      Route(
        .get, "\(Self.base)/sessions/{id}", .role(.viewer), "getSession",
        "A session, and what its packets broke.", answer: .json("Session")
      ) { [operations] call in
        try Self.json(try await operations.session(.session(try Self.number(call.part("id")))))
      },
      Route(
        .delete, "\(Self.base)/sessions/{id}", .role(.operator), "endSession",
        "Ends a session; keeps nobody from coming back.", answer: .json("Kicked")
      ) { [operations] call in
        let session = SessionSelector.session(try Self.number(call.part("id")))
        return try Self.json(try await operations.kick(session, by: call.caller))
      },
      Route(
        .delete, "\(Self.base)/sessions", .role(.operator), "endSessions",
        "Ends all sessions of an address, a network or an account.", query: [Self.target],
        answer: .json("Kicked")
      ) { [operations] call in
        let target = SessionSelector.target(try call.neededTarget())
        return try Self.json(try await operations.kick(target, by: call.caller))
      },
    ]
  }

  // MARK: Bans

  private var bans: [Route] {
    [
      Route(
        .get, "\(Self.base)/bans", .role(.viewer), "listBans", "The bans in force.",
        query: Self.pages, answer: .json("BanPage")
      ) { [operations] call in
        let query = BanQuery(after: try call.number("after"), limit: try call.limit())
        return try Self.json(try await operations.bans(query))
      },
      Route(
        .post, "\(Self.base)/bans", .role(.operator), "addBan",
        "Bans an address, a network or an account; answers once that is on the disk.",
        body: "BanOrder", status: .created, answer: .json("Ban")
      ) { [operations] call in
        let order: BanOrder = try call.order(OpenAPI.fields(of: "BanOrder"))
        return try Self.json(try await operations.addBan(order, by: call.caller), .created)
      },
      Route(
        .delete, "\(Self.base)/bans", .role(.operator), "removeBan", "Lifts a ban.",
        query: [Self.target], answer: .json("Ban")
      ) { [operations] call in
        let order = TargetOrder(target: try call.neededTarget())
        return try Self.json(try await operations.removeBan(order, by: call.caller))
      },
      Route(
        .get, "\(Self.base)/bans/check", .role(.viewer), "checkBan",
        "Whether somebody may play, and why not.", query: [Self.target], answer: .json("Check")
      ) { [operations] call in
        let query = TargetOrder(target: try call.neededTarget())
        return try Self.json(try await operations.check(query))
      },
    ]
  }

  private var allowed: [Route] {
    [
      Route(
        .get, "\(Self.base)/allowed", .role(.viewer), "listAllowed",
        "Networks that wider bans do not meet.", query: Self.pages, answer: .json("AllowedPage")
      ) { [operations] call in
        let query = BanQuery(after: try call.number("after"), limit: try call.limit())
        return try Self.json(try await operations.allowList(query))
      },
      Route(
        .post, "\(Self.base)/allowed", .role(.operator), "addAllowed",
        "Keeps wider bans from a network.", body: "AllowedOrder", status: .created,
        answer: .json("Allowed")
      ) { [operations] call in
        let order: AllowOrder = try call.order(OpenAPI.fields(of: "AllowedOrder"))
        return try Self.json(try await operations.addAllow(order, by: call.caller), .created)
      },
      Route(
        .delete, "\(Self.base)/allowed", .role(.operator), "removeAllowed",
        "Lets wider bans meet a network again.", query: [Self.target], answer: .json("Allowed")
      ) { [operations] call in
        let order = TargetOrder(target: try call.neededTarget())
        return try Self.json(try await operations.removeAllow(order, by: call.caller))
      },
    ]
  }

  // MARK: The gateway itself

  private var steering: [Route] {
    [
      Route(
        .get, "\(Self.base)/audit", .role(.admin), "listAudit",
        "What operators did lately, the latest first.",
        query: [Self.pages[1]], answer: .json("AuditPage")
      ) { [operations] call in
        try Self.json(try await operations.audit(AuditQuery(limit: try call.limit())))
      },
      Route(
        .post, "\(Self.base)/reload", .role(.admin), "reload",
        "Reads the configuration file again; with a problem in it the old one stays.",
        answer: .json("Reloaded")
      ) { [operations] call in try Self.json(try await operations.reload(by: call.caller)) },
    ]
  }

  private var tokens: [Route] {
    [
      Route(
        .get, "\(Self.base)/tokens", .role(.admin), "listTokens", "Who may ask, without secrets.",
        answer: .json("TokenPage")
      ) { [operations] _ in try Self.json(try await operations.tokens()) },
      Route(
        .post, "\(Self.base)/tokens", .role(.admin), "addToken",
        "Makes a token, which is told this once.", body: "TokenOrder", status: .created,
        answer: .json("Token")
      ) { [operations] call in
        let order: TokenOrder = try call.order(OpenAPI.fields(of: "TokenOrder"))
        return try Self.json(try await operations.addToken(order, by: call.caller), .created)
      },
      Route(
        .delete, "\(Self.base)/tokens/{name}", .role(.admin), "revokeToken",
        "From now on the token is nobody's.", answer: .json("Token")
      ) { [operations] call in
        let name = TokenName(name: try call.part("name"))
        return try Self.json(try await operations.revokeToken(name, by: call.caller))
      },
    ]
  }

  // MARK: Parts

  static func number(_ text: String) throws(Problem) -> UInt64 {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = UInt64(text) else {
      throw Problem(.notFound, "there is nothing at this path")
    }
    return number
  }

  static func json(
    _ value: some Encodable, _ status: HTTPResponse.Status = .ok
  ) throws -> Response {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
  }
}
