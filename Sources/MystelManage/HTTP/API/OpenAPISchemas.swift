extension OpenAPI {
  /// What is asked and answered. Objects are closed, so that a field that is missing here fails the test
  /// that holds answers of a running gateway to it.
  static let schemaText = #"""
    {
    "Allowed": {"type": "object", "properties": {"target": {"$ref":
      "#/components/schemas/Target"}, "note": {"type": "string"}}, "additionalProperties":
      false, "required": ["target", "note"]},
    "AllowedOrder": {"type": "object", "properties": {"target": {"$ref":
      "#/components/schemas/Target"}, "note": {"type": "string"}}, "additionalProperties":
      false, "required": ["target"]},
    "AllowedPage": {"type": "object", "properties": {"items": {"type": "array", "items":
      {"$ref": "#/components/schemas/Allowed"}}, "total": {"type": "integer"}, "next": {"type":
      "integer"}}, "additionalProperties": false, "required": ["items"]},
    "Audit": {"type": "object", "properties": {"at": {"type": "string"}, "actor": {"type":
      "string"}, "action": {"type": "string"}, "subject": {"type": "string"}, "outcome":
      {"type": "string"}}, "additionalProperties": false, "required": ["at", "actor", "action",
      "subject", "outcome"]},
    "AuditPage": {"type": "object", "properties": {"items": {"type": "array", "items":
      {"$ref": "#/components/schemas/Audit"}}, "total": {"type": "integer"}, "next": {"type":
      "integer"}}, "additionalProperties": false, "required": ["items"]},
    "Backend": {"type": "object", "properties": {"name": {"type": "string"}, "address":
      {"type": "string"}, "isDown": {"type": "boolean"}, "halfOpen": {"type": "integer"}},
      "additionalProperties": false, "required": ["name", "address", "isDown", "halfOpen"]},
    "BackendPage": {"type": "object", "properties": {"items": {"type": "array", "items":
      {"$ref": "#/components/schemas/Backend"}}, "total": {"type": "integer"}, "next": {"type":
      "integer"}}, "additionalProperties": false, "required": ["items"]},
    "Ban": {"type": "object", "properties": {"target": {"$ref":
      "#/components/schemas/Target"}, "source": {"type": "string", "enum": ["automatic",
      "manual", "list"]}, "scope": {"type": "string", "enum": ["newcomers", "everyone"]},
      "reason": {"type": "string"}, "origin": {"type": "string"}, "evidence": {"type":
      "string"}, "count": {"type": "integer"}, "secondsLeft": {"type": "integer"}, "until":
      {"type": "string"}}, "additionalProperties": false, "required": ["target", "source",
      "scope", "reason", "origin", "count"]},
    "BanOrder": {"type": "object", "properties": {"target": {"$ref":
      "#/components/schemas/Target"}, "seconds": {"type": "integer", "minimum": 1,
      "description": "Left out: what reputation.manual_ban_time says."}, "isPermanent": {"type":
      "boolean"}, "reason": {"type": "string"}, "allowsWide": {"type": "boolean", "description":
      "A network wider than /8 (IPv4) or /16 (IPv6) is meant."}}, "additionalProperties": false,
      "required": ["target"]},
    "BanPage": {"type": "object", "properties": {"items": {"type": "array", "items": {"$ref":
      "#/components/schemas/Ban"}}, "total": {"type": "integer"}, "next": {"type": "integer"}},
      "additionalProperties": false, "required": ["items"]},
    "Check": {"type": "object", "properties": {"target": {"$ref":
      "#/components/schemas/Target"}, "isBanned": {"type": "boolean"}, "ban": {"$ref":
      "#/components/schemas/Ban"}, "allowedBy": {"type": "string"}, "protection": {"type":
      "string"}, "country": {"type": "string"}, "system": {"type": "integer"}, "geoRefusal":
      {"type": "string"}, "geoIsEnforced": {"type": "boolean"}, "sessions": {"type":
      "integer"}}, "additionalProperties": false, "required": ["target", "isBanned",
      "sessions"]},
    "Directions": {"type": "object", "properties": {"toBackend": {"type": "integer"},
      "toClient": {"type": "integer"}}, "additionalProperties": false, "required": ["toBackend",
      "toClient"]},
    "Evidence": {"type": "object", "properties": {"id": {"type": "string"}, "text": {"type":
      "string"}}, "additionalProperties": false, "required": ["id", "text"]},
    "Finding": {"type": "object", "properties": {"rule": {"type": "string"}, "title": {"type":
      "string"}, "packet": {"type": "string"}, "field": {"type": "string"}, "isEnforced":
      {"type": "boolean"}}, "additionalProperties": false, "required": ["rule", "title",
      "packet", "field", "isEnforced"]},
    "Kicked": {"type": "object", "properties": {"sessions": {"type": "array", "items":
      {"type": "integer"}}}, "additionalProperties": false, "required": ["sessions"]},
    "LauncherGrant": {"type": "object", "properties": {"target": {"$ref":
      "#/components/schemas/Target"}, "origin": {"type": "string", "enum": ["push", "pull",
      "session"]}, "secondsLeft": {"type": "integer"}, "logins": {"type": "array", "items":
      {"$ref": "#/components/schemas/LauncherLogin"}}}, "additionalProperties": false,
      "required": ["target", "origin", "secondsLeft", "logins"]},
    "LauncherGrantOrder": {"type": "object", "properties": {"ip": {"type": "string",
      "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}, "accountId": {"type": "integer",
      "minimum": 0, "maximum": 9007199254740991}, "name": {"type": "string"}, "authKey": {"type":
      "string", "description": "Not kept."}, "ttlSeconds": {"type": "integer", "minimum": 1,
      "maximum": 9007199254740991, "description": "Left out: 1800. A day at most."}},
      "additionalProperties": true, "required": ["ip", "accountId"]},
    "LauncherGrantPage": {"type": "object", "properties": {"items": {"type": "array", "items":
      {"$ref": "#/components/schemas/LauncherGrant"}}, "total": {"type": "integer"}, "next":
      {"type": "integer"}}, "additionalProperties": false, "required": ["items"]},
    "LauncherLogin": {"type": "object", "properties": {"account": {"type": "integer"}, "name":
      {"type": "string"}, "secondsLeft": {"type": "integer"}}, "additionalProperties": false,
      "required": ["account", "name", "secondsLeft"]},
    "LauncherRevoked": {"type": "object", "properties": {"target": {"$ref":
      "#/components/schemas/Target"}, "count": {"type": "integer"}}, "additionalProperties":
      false, "required": ["target", "count"]},
    "Listener": {"type": "object", "properties": {"name": {"type": "string"}, "address":
      {"type": "string"}, "backend": {"type": "string"}, "isRefusing": {"type": "boolean"}},
      "additionalProperties": false, "required": ["name", "address", "backend", "isRefusing"]},
    "ListenerPage": {"type": "object", "properties": {"items": {"type": "array", "items":
      {"$ref": "#/components/schemas/Listener"}}, "total": {"type": "integer"}, "next": {"type":
      "integer"}}, "additionalProperties": false, "required": ["items"]},
    "Online": {"type": "object", "properties": {"online": {"type": "integer"}, "isUp":
      {"type": "boolean"}, "servers": {"type": "array", "items": {"type": "object",
      "properties": {"name": {"type": "string"}, "isUp": {"type": "boolean"}},
      "additionalProperties": false, "required": ["name", "isUp"]}}}, "additionalProperties":
      false, "required": ["online", "isUp", "servers"]},
    "OpenAPI": {"type": "object"},
    "Problem": {"type": "object", "properties": {"type": {"type": "string"}, "title": {"type":
      "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}, "hint": {"type":
      "string"}, "problems": {"type": "array", "items": {"$ref":
      "#/components/schemas/ConfigurationProblem"}}}, "additionalProperties": false, "required":
      ["type", "title", "status", "detail"]},
    "Reloaded": {"type": "object", "properties": {"warnings": {"type": "array", "items":
      {"type": "string"}}}, "additionalProperties": false, "required": ["warnings"]},
    "Role": {"type": "string", "enum": ["viewer", "operator", "admin"]},
    "Rule": {"type": "object", "properties": {"id": {"type": "string"}, "mode": {"type":
      "string", "enum": ["off", "shadow", "enforce"]}, "action": {"type": "string"}, "title":
      {"type": "string"}, "enforced": {"type": "integer"}, "shadowed": {"type": "integer"},
      "shadowedSessions": {"type": "integer"}},
      "additionalProperties": false, "required": ["id", "mode", "action", "title", "enforced",
      "shadowed", "shadowedSessions"]},
    "RulePage": {"type": "object", "properties": {"items": {"type": "array", "items": {"$ref":
      "#/components/schemas/Rule"}}, "total": {"type": "integer"}, "next": {"type": "integer"}},
      "additionalProperties": false, "required": ["items"]},
    "Self": {"type": "object", "properties": {"name": {"type": "string"}, "role": {"$ref":
      "#/components/schemas/Role"}, "version": {"type": "string"}, "routes": {"type": "array",
      "items": {"type": "string"}}}, "additionalProperties": false, "required": ["name", "role",
      "version", "routes"]},
    "Session": {"type": "object", "properties": {"id": {"type": "integer"}, "client": {"type":
      "string"}, "peer": {"type": "string"}, "account": {"type": "integer"}, "listener":
      {"type": "string"}, "backend": {"type": "string"}, "build": {"type": "integer"}, "phase":
      {"type": "string"}, "seconds": {"type": "integer"}, "idleSeconds": {"type": "integer"},
      "packets": {"$ref": "#/components/schemas/Directions"}, "bytes": {"$ref":
      "#/components/schemas/Directions"}, "score": {"type": "integer"}, "findings": {"type":
      "array", "items": {"$ref": "#/components/schemas/Finding"}}}, "additionalProperties":
      false, "required": ["id", "client", "listener", "backend", "phase", "seconds",
      "idleSeconds", "packets", "bytes"]},
    "SessionPage": {"type": "object", "properties": {"items": {"type": "array", "items":
      {"$ref": "#/components/schemas/Session"}}, "total": {"type": "integer"}, "next": {"type":
      "integer"}}, "additionalProperties": false, "required": ["items"]},
    "Status": {"type": "object", "properties": {"version": {"type": "string"}, "engine":
      {"type": "string", "enum": ["ring", "nio"]}, "phase": {"$ref":
      "#/components/schemas/Phase"}, "admission": {"type": "string"}, "processID":
      {"type": "integer"}, "upSeconds": {"type": "integer"}, "profile": {"type": "string"},
      "sessions": {"type": "integer"}, "capacity": {"type": "integer"}, "accepted": {"type":
      "integer"}, "packets": {"$ref": "#/components/schemas/Directions"}, "bytes": {"$ref":
      "#/components/schemas/Directions"}, "rewritten": {"type": "integer"}, "dropped": {"type":
      "integer"}, "bans": {"type": "integer"}, "allowed": {"type": "integer"}, "isStored":
      {"type": "boolean"}, "learntSessions": {"type": "integer"}, "learntPackets": {"type":
      "integer"}, "listeners": {"type": "array", "items": {"$ref":
      "#/components/schemas/Listener"}}, "backends": {"type": "array", "items": {"$ref":
      "#/components/schemas/Backend"}}, "closes": {"type": "object", "additionalProperties":
      {"type": "integer"}}, "drops": {"type": "object", "additionalProperties": {"type":
      "integer"}}, "notes": {"type": "object", "additionalProperties": {"type": "integer"}}},
      "additionalProperties": false, "required": ["version", "phase", "admission", "processID", "upSeconds",
      "profile", "sessions", "capacity", "accepted", "packets", "bytes", "rewritten", "dropped",
      "listeners", "backends", "closes", "drops", "notes"]},
    "Target": {"type": "string", "examples": ["203.0.113.7", "203.0.113.0/24",
      "account:500001"], "minLength": 2, "pattern":
      "^(account:[0-9]{1,20}|[0-9A-Fa-f:.]+(/[0-9]{1,3})?)$", "description":
      "203.0.113.7, 203.0.113.0/24 or account:500001."},
    "Token": {"type": "object", "properties": {"name": {"type": "string"}, "role": {"$ref":
      "#/components/schemas/Role"}, "created": {"type": "string"}, "expires": {"type":
      "string"}, "isExpired": {"type": "boolean"}, "token": {"type": "string", "description":
      "Told once, when it is made."}}, "additionalProperties": false, "required": ["name",
      "role", "created", "isExpired"]},
    "TokenOrder": {"type": "object", "properties": {"name": {"type": "string", "pattern":
      "^[A-Za-z][A-Za-z0-9._-]{0,62}$"}, "role": {"$ref": "#/components/schemas/Role"},
      "seconds": {"type": "integer", "minimum": 1, "description": "Left out: no end."}},
      "additionalProperties": false, "required": ["name", "role"]},
    "TokenPage": {"type": "object", "properties": {"items": {"type": "array", "items":
      {"$ref": "#/components/schemas/Token"}}, "total": {"type": "integer"}, "next": {"type":
      "integer"}}, "additionalProperties": false, "required": ["items"]}
    }
    """#
}
