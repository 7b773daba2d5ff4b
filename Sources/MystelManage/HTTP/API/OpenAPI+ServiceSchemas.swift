extension OpenAPI {
  /// Of the gateway as a process.
  static let serviceSchemaText = #"""
    {
    "Drain": {"type": "object", "properties": {"phase": {"$ref":
      "#/components/schemas/Phase"}, "sessions": {"type": "integer"}}, "additionalProperties":
      false, "required": ["phase", "sessions"]},
    "DrainOrder": {"type": "object", "properties": {"stops": {"type": "boolean", "description":
      "Ends the gateway once nobody plays, or the grace is over."}, "graceSeconds": {"type":
      "integer", "minimum": 0, "maximum": 86400, "description":
      "Only with stops. Left out: timeouts.drain."}}, "additionalProperties": false},
    "LogLevel": {"type": "object", "properties": {"level": {"type": "string", "enum": ["trace",
      "debug", "info", "notice", "warning", "error"]}}, "additionalProperties": false,
      "required": ["level"]},
    "Phase": {"type": "string", "enum": ["starting", "serving", "draining", "stopping"]}
    }
    """#
}
