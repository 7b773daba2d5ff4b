import Foundation

/// Words for JSON that cannot be understood.
enum RequestText {
  static func of(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "the request is not JSON" }
    let path = { (context: DecodingError.Context) in
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      return "\((context.codingPath + [key]).map(\.stringValue).joined(separator: ".")) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      let place = path(context)
      return place.isEmpty ? "the request is no JSON object" : "\(place) is of the wrong kind"
    case .dataCorrupted(let context):
      let place = path(context)
      return place.isEmpty ? "the request is not JSON" : "\(place): \(context.debugDescription)"
    @unknown default:
      return "the request cannot be understood"
    }
  }
}
