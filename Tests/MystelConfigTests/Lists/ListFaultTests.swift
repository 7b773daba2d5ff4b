import MystelConfig
import MystelCore
import MystelWire
import Testing

@Suite("A list gone wrong") struct ListFaultTests {
  private static let now: Int64 = 1_790_000_000

  private static func problems(_ format: ListFormat, _ text: String) -> [ListProblem] {
    do throws(ListProblems) {
      _ = try format.parse(Array(text.utf8), nowSeconds: now)
      return []
    } catch {
      return error.problems
    }
  }

  private static func list(_ networks: [String], _ format: ListFormat) -> String {
    switch format {
    case .plain, .fail2ban: networks.joined(separator: "\n") + "\n"
    case .crowdsec:
      "["
        + networks.map { network in
          """
          {"duration": "4h", "scope": "Range", "type": "ban", "value": "\(network)"}
          """
        }.joined(separator: ",") + "]"
    }
  }

  @Test("G11: one that names everybody is refused whole", arguments: ListFormat.allCases)
  func everybody(format: ListFormat) {
    for everybody in ["0.0.0.0/0", "::/0", "0.0.0.0/1", "2000::/3"] {
      let list = Self.list(["192.0.2.1/32", everybody, "192.0.2.2/32"], format)
      #expect(!Self.problems(format, list).isEmpty, "\(everybody)")
    }
    #expect(Self.problems(format, Self.list(["192.0.2.1/32"], format)).isEmpty)
  }

  @Test(
    "G11: a million entries are refused, and few of them are looked at",
    arguments: ListFormat.allCases)
  func million(format: ListFormat) {
    let networks = (0..<1_000_000).map {
      "\(11 + $0 >> 16).\($0 >> 8 & 255).\($0 & 255).1"
    }
    #expect(!Self.problems(format, Self.list(networks, format)).isEmpty)
  }

  @Test("G11: a web page and an error message are refused", arguments: ListFormat.allCases)
  func page(format: ListFormat) {
    for text in [
      "<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n",
      "\r\n<html>\n192.0.2.1\n</html>\n", "{\"message\": \"access forbidden\"}\n",
      "rate limit exceeded\n",
    ] {
      #expect(!Self.problems(format, text).isEmpty, "\(text)")
    }
  }
}
