import CDashboard
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import MystelWire

/// The page for operators, as it was when the program was built. Open to all who reach the server: it
/// holds nothing, and asks the API with the token that its user has.
struct DashboardFiles: Sendable {
  private struct File: Sendable {
    var bytes: ByteBuffer
    var type: String
    var tag: String
  }

  /// Where it lies.
  static let base = "/dashboard"

  private let files: [String: File]

  init() {
    // Safety: the table and what it points to are constants of the program.
    let table = UnsafeBufferPointer(
      start: mystel_dashboard_first(), count: Int(mystel_dashboard_file_count))
    var files: [String: File] = [:]
    for entry in table {
      let path = String(cString: entry.path)
      let bytes = Data(UnsafeBufferPointer(start: entry.bytes, count: entry.count))
      let tag = String(hex: SHA256.hash(data: bytes).prefix(16))
      files[path] = File(
        bytes: ByteBuffer(bytes: bytes), type: DashboardFiles.type(of: path),
        tag: "\"\(tag)\"")
    }
    self.files = files
  }

  /// Every path that there is, for a test to ask for.
  var paths: [String] { files.keys.sorted() }

  func add(to router: Router<ManagementContext>) {
    router.get("/") { _, _ in DashboardFiles.redirect }
    router.get(RouterPath(DashboardFiles.base)) { request, _ in
      // A page that is not in its folder does not find its parts.
      request.uri.path.hasSuffix("/") ? answer("index.html", to: request) : DashboardFiles.redirect
    }
    router.get(RouterPath("\(DashboardFiles.base)/**")) { request, context in
      answer(context.parameters.getCatchAll().joined(separator: "/"), to: request)
    }
  }

  private func answer(_ path: String, to request: Request) -> Response {
    guard let file = files[path] else { return Response(status: .notFound) }
    var headers: HTTPFields = [.contentType: file.type, .eTag: file.tag, .cacheControl: "no-cache"]
    for (name, value) in DashboardFiles.always { headers[name] = value }
    let known = request.headers[.ifNoneMatch] ?? ""
    if known.split(separator: ",").contains(where: { $0.trimmed == file.tag }) {
      headers[.contentType] = nil
      return Response(status: .notModified, headers: headers)
    }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: file.bytes))
  }

  private static var redirect: Response {
    Response(status: .found, headers: [.location: base + "/"])
  }

  /// Nothing but what lies here is loaded, run or asked for; and no text becomes markup.
  private static let always: [(HTTPField.Name, String)] =
    [
      (
        "Content-Security-Policy",
        """
        default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; \
        frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'
        """
      ),
      ("Cross-Origin-Opener-Policy", "same-origin"),
      ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

  private static func type(of path: String) -> String {
    switch path.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "svg": "image/svg+xml"
    default: "application/octet-stream"
    }
  }
}

extension Substring {
  /// A tag of a list, which proxies may have made a weak one.
  fileprivate var trimmed: Substring {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return text.hasPrefix("W/") ? text.dropFirst(2) : text
  }
}
