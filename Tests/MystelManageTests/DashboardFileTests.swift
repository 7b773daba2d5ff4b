import HTTPTypes
import Hummingbird
import MystelCore
import Testing

@Suite("The dashboard's files") struct DashboardFileTests {
  private let bench: ServiceBench

  init() throws { bench = try ServiceBench() }

  @Test("the root and the folder's name lead to the page")
  func redirects() async throws {
    for path in ["/", "/dashboard"] {
      let answer = try await bench.ask(path)
      #expect(answer.status == 302 && answer.headers[.location] == "/dashboard/", "\(path)")
    }
    let page = try await bench.ask("/dashboard/")
    #expect(page.status == 200 && page.text.hasPrefix("<!doctype html>"))
    #expect(page.headers[.contentType] == "text/html; charset=utf-8")
  }

  @Test("every file that the page names is there, with its type")
  func files() async throws {
    var waiting = ["index.html"]
    var seen: Set<String> = []
    while let path = waiting.popLast() {
      guard seen.insert(path).inserted else { continue }
      let answer = try await bench.ask("/dashboard/\(path)")
      #expect(answer.status == 200, "\(path)")
      let type =
        switch path.split(separator: ".").last {
        case "js": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "text/html; charset=utf-8"
        }
      #expect(answer.headers[.contentType] == type, "\(path)")
      let folder = path.split(separator: "/").dropLast().joined(separator: "/")
      for match in answer.text.matches(
        of: /(?:from|href=|src=|src:) ?"([\w.\/-]+\.(?:js|css|svg))"/)
      {
        waiting.append(
          DashboardFileTests.resolve(
            String(match.1),
            in: path.hasSuffix(".js")
              && !match.1.hasPrefix(".") ? "" : folder))
      }
    }
    #expect(seen.count > 25)
  }

  private static func resolve(_ name: String, in folder: String) -> String {
    var parts = folder.split(separator: "/").map(String.init)
    for part in name.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
    }
    return parts.joined(separator: "/")
  }

  @Test("it is the same file as long as its tag is the same")
  func tags() async throws {
    let first = try await bench.ask("/dashboard/main.js")
    let tag = try #require(first.headers[.eTag])
    #expect(first.headers[.cacheControl] == "no-cache")
    for known in [tag, "\"x\", \(tag)", "W/\(tag)"] {
      let again = try await bench.ask("/dashboard/main.js", headers: ["If-None-Match": known])
      #expect(again.status == 304 && again.text.isEmpty && again.headers[.eTag] == tag, "\(known)")
    }
    let other = try await bench.ask("/dashboard/main.js", headers: ["If-None-Match": "\"x\""])
    #expect(other.status == 200)
  }

  @Test("nothing of another origin, nothing inline and no frame is permitted to the page")
  func policy() async throws {
    let policy = try #require(
      try await bench.ask("/dashboard/").headers[.contentSecurityPolicy])
    for part in [
      "default-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
      "base-uri 'none'", "form-action 'none'",
    ] {
      #expect(policy.contains(part))
    }
    #expect(!policy.contains("unsafe"))
    let headers = try await bench.ask("/dashboard/").headers
    #expect(headers[.xContentTypeOptions] == "nosniff")
  }

  @Test(
    "no path leads elsewhere",
    arguments: [
      "/dashboard/nothing.js", "/dashboard/../metrics", "/dashboard/%2e%2e/index.html",
      "/dashboard/views", "/dashboard/views/../main.js", "/dashboard/main.js%00",
      "/dashboard/index.html/x", "/dashboardx/",
    ])
  func elsewhere(path: String) async throws {
    let answer = try await bench.ask(path)
    #expect(answer.status == 404, "\(path)")
    #expect(answer.headers[.contentType] == "application/problem+json")
  }

  @Test("a token's holder is told who he is, and which routes his role opens")
  func selves() async throws {
    let viewer = try await bench.ask("/api/v1/self", token: try bench.token("amy", .viewer))
    #expect(viewer.text.contains(#""name":"amy""#) && viewer.text.contains(#""role":"viewer""#))
    #expect(viewer.text.contains(#""GET /sessions""#) && !viewer.text.contains("DELETE"))
    #expect(!viewer.text.contains("GET /config"))
    let admin = try await bench.ask("/api/v1/self", token: try bench.token("bob", .admin))
    #expect(admin.text.contains(#""DELETE /sessions/{id}""#) && admin.text.contains("GET /config"))
    let local = try await bench.ask("/api/v1/self", isRemote: false)
    #expect(local.text.contains(#""role":"admin""#))
  }
}
