import Foundation
import HTTPTypes
import Hummingbird
import MystelCore

/// Why a request is not done, as `application/problem+json` (RFC 9457).
struct Problem: Error, Sendable {
  var status: HTTPResponse.Status
  var detail: String
  /// What to do now.
  var hint: String?
  var headers: HTTPFields = [:]
  /// What is wrong with a configuration.
  var problems: [ConfigurationProblem]?

  init(_ status: HTTPResponse.Status, _ detail: String, hint: String? = nil) {
    self.status = status
    self.detail = detail
    self.hint = hint
  }

  init(_ fault: ControlFault) {
    let status: HTTPResponse.Status =
      switch fault.code {
      case .malformed, .version: .badRequest
      case .tooLarge: .contentTooLarge
      case .notFound, .unknownOperation: .notFound
      case .refused, .unavailable: .conflict
      case .stale: .preconditionFailed
      case .invalid: .unprocessableContent
      case .store, .busy: .serviceUnavailable
      }
    self.init(status, fault.message, hint: fault.hint)
    problems = fault.problems
  }

  private struct Document: Encodable {
    var type = "about:blank"
    var title: String
    var status: Int
    var detail: String
    var hint: String?
    var problems: [ConfigurationProblem]?
  }

  var response: Response {
    let document = Document(
      title: status.reasonPhrase, status: status.code, detail: detail, hint: hint,
      problems: problems)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = (try? encoder.encode(document)) ?? Data("{}".utf8)
    var fields = headers
    fields[.contentType] = "application/problem+json"
    return Response(
      status: status, headers: fields,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
  }
}
