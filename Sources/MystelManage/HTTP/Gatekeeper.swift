import HTTPTypes
import Hummingbird
import MystelCore
import NIOCore

/// Decides who a caller is and what he may do.
struct Gatekeeper: Sendable {
  let tokens: TokenBook
  /// Of who tells of launchers' logins.
  let launcherKey: SharedKey
  /// The user at the other end of a Unix socket.
  let user: @Sendable (any Channel) async -> UInt32?
  /// Is told what a caller may not do: a few a minute of each.
  let refused: @Sendable (String, ControlCaller) async -> Void
  /// Wrong tokens, by address.
  private let failures = MinuteLimit(most: 5)
  /// Roles too low, by name: later ones are not recorded.
  private let refusals = MinuteLimit(most: 5)
  /// By token. Each is recorded, and it takes hours to push older records out.
  private let changes = MinuteLimit(most: 300)

  init(
    tokens: TokenBook, launcherKey: SharedKey,
    user: @escaping @Sendable (any Channel) async -> UInt32?,
    refused: @escaping @Sendable (String, ControlCaller) async -> Void
  ) {
    self.tokens = tokens
    self.launcherKey = launcherKey
    self.user = user
    self.refused = refused
  }

  /// Somebody who may make the request.
  struct Caller: Sendable {
    var caller: ControlCaller
    var role: Role
    /// Whether that is still so, for answers that last.
    var isStill: @Sendable () -> Bool = { true }
  }

  /// - Throws: `Problem`: 401, 403 or 429.
  func admit(
    _ request: Request, _ context: ManagementContext, as wanted: Role,
    for operation: String
  ) async throws(Problem) -> Caller {
    try checkOrigin(request)
    let caller = try await identify(request, context)
    guard caller.role >= wanted else {
      if !refusals.exceeds(caller.caller.name) { await refused(operation, caller.caller) }
      throw Problem(
        .forbidden,
        "\(caller.caller.name) is \(caller.role.rawValue), and this takes \(wanted.rawValue)")
    }
    return caller
  }

  /// Somebody at the socket is the machine's owner, and does what he likes.
  ///
  /// - Throws: `Problem`: 429.
  func admitChange(_ caller: ControlCaller, _ context: ManagementContext) throws(Problem) {
    guard context.source.isRemote, changes.exceeds(caller.name) else { return }
    throw Gatekeeper.wait("more than \(changes.most) changes in a minute: wait for the next one")
  }

  /// - Throws: `Problem`: 401, 403 or 429.
  func admitKey(
    _ request: Request, _ context: ManagementContext
  ) throws(Problem) {
    try checkOrigin(request)
    let header = HTTPField.Name("X-Api-Key").flatMap { request.headers[$0] }
    if let header, launcherKey.matches(header) { return }
    if header != nil { try countFailure(context) }
    throw Problem(
      .unauthorized, "this takes a valid key: `X-Api-Key: KEY`",
      hint: "launcher.key in the configuration says where it stands")
  }

  private func countFailure(_ context: ManagementContext) throws(Problem) {
    guard failures.exceeds(context.source.channel?.remoteAddress?.ipAddress ?? "") else { return }
    throw Gatekeeper.wait("too many wrong tokens: wait a minute")
  }

  private static func wait(_ message: String) -> Problem {
    var problem = Problem(.tooManyRequests, message)
    problem.headers[.retryAfter] = "60"
    return problem
  }

  private func identify(
    _ request: Request, _ context: ManagementContext
  ) async throws(Problem) -> Caller {
    guard let header = request.headers[.authorization] else {
      if !context.source.isRemote {
        var name = "the socket"
        if let channel = context.source.channel, let id = await user(channel) { name = "uid \(id)" }
        return Caller(caller: ControlCaller(name: name), role: .admin)
      }
      throw Gatekeeper.unauthorised(request)
    }
    let scheme = "bearer "
    let token = header.lowercased().hasPrefix(scheme) ? String(header.dropFirst(scheme.count)) : ""
    if let holder = tokens.holder(of: token) {
      return Caller(
        caller: ControlCaller(name: "token \(holder.name)"), role: holder.role,
        isStill: { [tokens] in tokens.holder(of: token) == holder })
    }
    try countFailure(context)
    throw Gatekeeper.unauthorised(request)
  }

  /// The same whatever is wrong with the token.
  private static func unauthorised(_ request: Request) -> Problem {
    var problem = Problem(
      .unauthorized, "this takes a valid token: `Authorization: Bearer TOKEN`",
      hint: "`mystel token add` on the gateway's machine makes one")
    problem.headers[.wwwAuthenticate] = "Bearer realm=\"mystel\""
    return problem
  }

  /// A page of another site makes no requests, whatever it found out.
  private func checkOrigin(_ request: Request) throws(Problem) {
    let site = HTTPField.Name("Sec-Fetch-Site").flatMap { request.headers[$0] }
    guard site.map({ ["same-origin", "none"].contains($0) }) ?? true else {
      throw Problem(.forbidden, "pages of other sites are not answered")
    }
    guard let origin = request.headers[.origin] else { return }
    let authority = request.head.authority ?? ""
    guard origin == "http://\(authority)" || origin == "https://\(authority)" else {
      throw Problem(.forbidden, "pages of other sites are not answered")
    }
  }
}
