import MystelCore
import Testing

@Suite("Addresses of the web")
struct WebAddressTests {
  @Test(
    "a URL of http or https is read, and written as one",
    arguments: [
      ("http://127.0.0.1:8040", "http://127.0.0.1:8040"),
      ("http://127.0.0.1:8040/", "http://127.0.0.1:8040"),
      ("HTTPS://Api.Example/a/b//", "https://api.example/a/b"),
      ("http://[::1]:80/x", "http://[::1]/x"),
      ("https://example.org:443", "https://example.org"),
    ])
  func good(_ text: String, _ written: String) {
    #expect(WebAddress(text)?.description == written)
  }

  @Test(
    "anything else is none",
    arguments: [
      "", "ftp://x", "file:///etc/passwd", "http:/x", "http://", "http://a b", "http://u:p@h",
      "http://h:0", "http://h:65536", "http://h:x", "http://[1.2.3.4]", "http://[::1",
      "http://h#x", "http://h?x=1", "//h", "javascript:alert(1)", "http://h\\@x", "http://ü",
      "http://[::1]x", "unix:///run/x", "http://:80",
    ])
  func bad(_ text: String) {
    #expect(WebAddress(text) == nil)
  }

  @Test("a query is kept where it is allowed, and the origin never shows path or query")
  func query() {
    let address = WebAddress("https://h.example/secret?token=1", allowingQuery: true)
    #expect(address?.description == "https://h.example/secret?token=1")
    #expect(address?.origin == "https://h.example")
  }
}
