import Foundation
import HTTPTypes
import Hummingbird

/// The OpenAPI 3.1 document of routes.
enum OpenAPI {
  /// The route that answers with the document of routes, itself among them.
  static func route(of others: [ManagementRoute], version: String) -> ManagementRoute {
    route(answering: document(others + [route(answering: Data())], version: version))
  }

  private static func route(answering data: Data) -> ManagementRoute {
    ManagementRoute(
      .get, "/api/v1/openapi.json", .open, "getOpenAPI", "This document.", answer: .json("OpenAPI")
    ) { _ in
      Response(
        status: .ok, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }
  }

  static func document(_ routes: [ManagementRoute], version: String) -> Data {
    var paths: [String: [String: Any]] = [:]
    for route in routes {
      paths[route.path, default: [:]][route.method.rawValue.lowercased()] = operation(route)
    }
    let document: [String: Any] = [
      "openapi": "3.1.0",
      "info": [
        "title": "Mystel", "version": version,
        "description": """
        Watches and steers a running gateway. Over the Unix socket its file's mode says who may; over \
        TCP a bearer token does.
        """,
        "license": ["name": "See LICENSE"],
      ],
      "servers": [["url": "/"]],
      "paths": paths,
      "components": [
        "schemas": schemas,
        "securitySchemes": [
          "token": ["type": "http", "scheme": "bearer"],
          "launcherKey": ["type": "apiKey", "in": "header", "name": "X-Api-Key"],
        ],
        "responses": [
          "Problem": [
            "description": "Why it is not done.",
            "content": ["application/problem+json": ["schema": reference("Problem")]],
          ]
        ],
      ],
    ]
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes]
    return (try? JSONSerialization.data(withJSONObject: document, options: options)) ?? Data()
  }

  /// The fields of a schema.
  static func fields(of schema: String) -> Set<String> {
    let properties = (schemas[schema] as? [String: Any])?["properties"] as? [String: Any]
    return Set(properties?.keys.map { $0 } ?? [])
  }

  private static func operation(_ route: ManagementRoute) -> [String: Any] {
    var operation: [String: Any] = [
      "operationId": route.operation, "summary": route.summary,
      "responses": responses(route),
    ]
    switch route.access {
    case .open:
      operation["security"] = [Any]()
    case .key:
      operation["security"] = [["launcherKey": [Any]()]]
    case .role(let role):
      operation["security"] = [["token": [Any]()]]
      operation["x-role"] = role.rawValue
    }
    if let ways = OperationWays.of(route.operation) {
      operation["x-command"] = ways.command
      operation["x-view"] = ways.view
    }
    let parts = route.path.split(separator: "/").filter { $0.hasPrefix("{") }
    var parameters: [[String: Any]] = parts.map { part in
      let name = String(part.dropFirst().dropLast())
      let isNumber = ["/sessions/", "/captures/"].contains { route.path.contains($0) }
      return [
        "name": name, "in": "path", "required": true,
        "schema": schema(of: isNumber ? .integer : .string),
      ]
    }
    parameters += route.query.map { parameter in
      [
        "name": parameter.name, "in": "query", "required": parameter.isRequired,
        "description": parameter.summary, "schema": schema(of: parameter.kind),
      ]
    }
    if !parameters.isEmpty { operation["parameters"] = parameters }
    if let body = route.body {
      operation["requestBody"] = [
        "required": true, "content": [route.bodyType: ["schema": reference(body)]],
      ]
    }
    return operation
  }

  private static func responses(_ route: ManagementRoute) -> [String: Any] {
    let content: [String: Any] =
      switch route.answer {
      case .text: ["text/plain": ["schema": ["type": "string"]]]
      case .events: ["text/event-stream": ["schema": ["type": "string"]]]
      case .json(let schema): ["application/json": ["schema": reference(schema)]]
      }
    var responses: [String: Any] = [
      String(route.status.code): ["description": route.summary, "content": content]
    ]
    if route.operation == "getReadiness" {
      responses["503"] = ["description": "They are not; the text says why.", "content": content]
    }
    responses["default"] = ["$ref": "#/components/responses/Problem"]
    return responses
  }

  private static func schema(of kind: ManagementRoute.Parameter.Kind) -> [String: Any] {
    switch kind {
    case .integer: ["type": "integer", "minimum": 0, "maximum": UInt64.max]
    case .string: ["type": "string"]
    case .target: reference("Target")
    }
  }

  private static func reference(_ schema: String) -> [String: Any] {
    ["$ref": "#/components/schemas/\(schema)"]
  }

  private static var schemas: [String: Any] {
    [schemaText, serviceSchemaText, steeringSchemaText].reduce(into: [:]) { all, text in
      let object = try? JSONSerialization.jsonObject(with: Data(text.utf8))
      all.merge(object as? [String: Any] ?? [:]) { first, _ in first }
    }
  }
}
