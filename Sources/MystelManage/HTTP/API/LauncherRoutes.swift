import Foundation
import MystelCore

/// Grants of the launcher: told by tera-api with a key of its own, seen and taken back by operators.
struct LauncherRoutes: Sendable {
  let operations: any ControlOperations

  private static let path = "/api/v1/launcher-grants"

  var all: [ManagementRoute] {
    [
      ManagementRoute(
        .post, Self.path, .key, "addLauncherGrant",
        "A launcher has logged in from an address, which may connect for a while. For tera-api.",
        body: "LauncherGrantOrder", status: .created, answer: .json("LauncherGrant")
      ) { [operations] call in
        let order: LauncherGrantOrder = try call.message()
        return try APIRoutes.json(try await operations.grantLauncher(order), .created)
      },
      ManagementRoute(
        .get, Self.path, .role(.viewer), "listLauncherGrants",
        "From where launchers have logged in, those that last longest first.",
        query: APIRoutes.pages, answer: .json("LauncherGrantPage")
      ) { [operations] call in
        let query = BanQuery(after: try call.number("after"), limit: try call.limit())
        return try APIRoutes.json(try await operations.launcherGrants(query))
      },
      ManagementRoute(
        .delete, Self.path, .role(.operator), "removeLauncherGrants",
        "Takes grants back: of an address, a network or an account.", query: [APIRoutes.target],
        answer: .json("LauncherRevoked")
      ) { [operations] call in
        let order = TargetOrder(target: try call.neededTarget())
        return try APIRoutes.json(try await operations.revokeLauncherGrants(order, by: call.caller))
      },
    ]
  }
}

extension ManagementCall {
  /// The body, from a program that is not ours and may say more than is wanted.
  fileprivate func message<Message: Decodable>() throws(Problem) -> Message {
    do {
      return try JSONDecoder().decode(Message.self, from: body)
    } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
      throw Problem(.badRequest, "the body is no JSON object of numbers and texts")
    } catch {
      throw Problem(.badRequest, RequestText.of(error))
    }
  }
}
