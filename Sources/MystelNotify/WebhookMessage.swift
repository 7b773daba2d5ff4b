import Foundation
import MystelCore
import Mustache

/// How a webhook says what happened.
package struct WebhookForm: Sendable {
  /// Why a template cannot be used.
  package struct Fault: Error, Sendable, CustomStringConvertible {
    package var description: String
  }

  private let format: Configuration.Webhook.Format
  private let template: MustacheTemplate?
  /// The most characters of a message of Discord.
  private static let discordCharacters = 2000
  private static let contentTypes: Void = {
    MustacheContentTypes.register(JSONText(), named: "JSON")
  }()

  /// - Throws: `Fault`, where the template is none.
  package init(
    _ format: Configuration.Webhook.Format, template: String
  ) throws(Fault) {
    self.format = format
    guard !template.isEmpty else {
      self.template = nil
      return
    }
    _ = Self.contentTypes
    // What is put in becomes text of a message, or of a string of JSON.
    let kind = format == .json ? "JSON" : "TEXT"
    do {
      self.template = try MustacheTemplate(string: "{{% CONTENT_TYPE:\(kind)}}" + template)
    } catch {
      throw Fault(description: "is no Mustache template: \(error)")
    }
  }

  package var contentType: String {
    format == .text ? "text/plain; charset=utf-8" : "application/json"
  }

  /// The body of a message.
  package func body(of event: GatewayEvent) -> [UInt8] {
    let json = (try? WebhookForm.encoder.encode(event)) ?? Data()
    guard let template else {
      switch format {
      case .json: return Array(json)
      case .discord: return discord(EventText.of(event))
      case .text: return Array(EventText.of(event).utf8)
      }
    }
    var fields: [String: Any] = [:]
    if case .object(let members)? = try? JSONDecoder().decode(Value.self, from: json) {
      fields = members.mapValues(\.plain)
    }
    fields["text"] = EventText.of(event)
    let text = template.render(fields)
    return format == .discord ? discord(text) : Array(text.utf8)
  }

  private struct Discord: Encodable {
    struct Mentions: Encodable {
      var parse: [String] = []
    }
    var username = "Mystel"
    var content: String
    // Nobody is called by what a message happens to hold.
    var allowed_mentions = Mentions()
  }

  private func discord(_ text: String) -> [UInt8] {
    let message = Discord(content: String(text.prefix(Self.discordCharacters)))
    return Array((try? WebhookForm.encoder.encode(message)) ?? Data())
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return encoder
  }

  /// A value of an event's JSON, as templates take them.
  private enum Value: Decodable {
    case object([String: Value])
    case array([Value])
    case text(String)
    case number(Int64)
    case flag(Bool)
    case nothing

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Int64.self) {
        self = .number(number)
      } else if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let members = try? container.decode([String: Value].self) {
        self = .object(members)
      } else if let elements = try? container.decode([Value].self) {
        self = .array(elements)
      } else {
        self = .nothing
      }
    }

    var plain: Any {
      switch self {
      case .object(let members): members.mapValues(\.plain)
      case .array(let elements): elements.map(\.plain)
      case .text(let text): text
      case .number(let number): number
      case .flag(let flag): flag
      case .nothing: ""
      }
    }
  }

  /// Text inside of a string of JSON.
  private struct JSONText: MustacheContentType {
    func escapeText(_ text: String) -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.withoutEscapingSlashes]
      guard let data = try? encoder.encode(text) else { return "" }
      return String(decoding: data.dropFirst().dropLast(), as: UTF8.self)
    }
  }
}
