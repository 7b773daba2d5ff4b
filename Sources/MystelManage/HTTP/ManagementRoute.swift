import HTTPTypes
import Hummingbird

/// One thing that can be asked for: the router, the metrics and the documents come from these.
struct ManagementRoute: Sendable {
  let method: HTTPRequest.Method
  /// With parameters as `{id}`.
  let path: String
  let handle: @Sendable (Request, ManagementContext) async throws -> Response

  init(
    _ method: HTTPRequest.Method, _ path: String,
    handle: @escaping @Sendable (Request, ManagementContext) async throws -> Response
  ) {
    self.method = method
    self.path = path
    self.handle = handle
  }
}
