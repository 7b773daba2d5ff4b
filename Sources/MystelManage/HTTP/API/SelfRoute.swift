import MystelCore

/// Who a token's holder is, and which routes are open to him: what a page offers its user.
struct SelfAnswer: Codable, Sendable, Equatable {
  var name: String
  var role: Role
  /// Of the gateway.
  var version: String
  /// As `DELETE /bans`, from `/api/v1` on.
  var routes: [String]
}

enum SelfRoute {
  static func route(among others: [ManagementRoute], version: String) -> ManagementRoute {
    ManagementRoute(
      .get, "/api/v1/self", .role(.viewer), "getSelf",
      "Who the token's holder is, and the routes that are open to him.", answer: .json("Self")
    ) { call in
      let role = call.admitted?.role ?? .viewer
      let name = call.caller.name
      return try APIRoutes.json(
        SelfAnswer(
          name: name.hasPrefix("token ") ? String(name.dropFirst(6)) : name, role: role,
          version: version, routes: names(others, for: role)))
    }
  }

  private static func names(_ routes: [ManagementRoute], for role: Role) -> [String] {
    let base = "/api/v1"
    return routes.compactMap { route -> String? in
      guard case .role(let wanted) = route.access, wanted <= role, route.path.hasPrefix(base) else {
        return nil
      }
      return "\(route.method.rawValue) \(route.path.dropFirst(base.count))"
    }.sorted()
  }
}
