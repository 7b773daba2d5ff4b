extension OpenAPI {
  /// Of the gateway as a process.
  static let serviceSchemaText = #"""
    {
    "AuditVerdict": {"type": "object", "properties": {"entries": {"type": "integer"}, "gone": {"type":
      "integer", "description": "Older ones that are no longer there, for want of room."},
      "brokenAt": {"type": "integer"}, "head": {"type": "string"}}, "additionalProperties": false,
      "required": ["entries", "gone"]},
    "Capture": {"type": "object", "properties": {"id": {"type": "integer"}, "session": {"type":
      "integer"}, "started": {"type": "string"}, "packets": {"type": "integer"}, "bytes":
      {"type": "integer"}, "isRunning": {"type": "boolean"}, "end": {"type": "string", "enum":
      ["full", "time", "stopped", "session_ended"]}}, "additionalProperties": false, "required":
      ["id", "session", "started", "packets", "bytes", "isRunning"]},
    "CaptureOrder": {"type": "object", "properties": {"session": {"type": "integer", "minimum":
      0}, "seconds": {"type": "integer", "minimum": 1, "maximum": 3600, "description":
      "Left out: 60."}, "bytes": {"type": "integer", "minimum": 4096, "maximum": 8388608,
      "description": "Left out: 1048576."}}, "additionalProperties": false, "required":
      ["session"]},
    "CapturePage": {"type": "object", "properties": {"items": {"type": "array", "items":
      {"$ref": "#/components/schemas/Capture"}}, "total": {"type": "integer"}, "next": {"type":
      "integer"}}, "additionalProperties": false, "required": ["items"]},
    "TranscriptPart": {"type": "object", "properties": {"text": {"type": "string"}, "next":
      {"type": "integer"}}, "additionalProperties": false, "required": ["text"]},
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
