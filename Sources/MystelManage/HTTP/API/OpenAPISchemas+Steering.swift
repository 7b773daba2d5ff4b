extension OpenAPI {
  /// What is asked and answered of configuration, rules, packs and lists.
  static let steeringSchemaText = #"""
    {
    "Applied": {"type": "object", "properties": {"number": {"type": "integer"}, "version":
      {"type": "string"}, "changes": {"type": "array", "items": {"$ref":
      "#/components/schemas/Difference"}}, "warnings": {"type": "array", "items": {"$ref":
      "#/components/schemas/ConfigurationProblem"}}, "needsRestart": {"type": "array", "items":
      {"type": "string"}}, "isStored": {"type": "boolean"}}, "additionalProperties": false,
      "required": ["number", "version", "changes", "warnings", "needsRestart", "isStored"]},
    "BanImport": {"type": "object", "properties": {"taken": {"type": "integer"}, "lifted":
      {"type": "integer"}, "warnings": {"type": "array", "items": {"type": "string"}}},
      "additionalProperties": false, "required": ["taken", "lifted", "warnings"]},
    "BanList": {"type": "object", "properties": {"text": {"type": "string"}, "bans": {"type":
      "integer"}, "leftOut": {"type": "integer", "description":
      "Bans that the format has no place for."}}, "additionalProperties": false, "required":
      ["text", "bans", "leftOut"]},
    "BanListOrder": {"type": "object", "properties": {"format": {"type": "string", "enum":
      ["plain", "crowdsec", "fail2ban"]}, "list": {"type": "string", "description":
      "What the list is called."}, "text": {"type": "string"}, "seconds": {"type": "integer",
      "minimum": 1, "description": "For entries without an end."}, "allowsWide": {"type":
      "boolean"}}, "additionalProperties": false, "required": ["format", "list", "text"]},
    "Calibration": {"type": "object", "properties": {"traffic": {"type": "object",
      "properties": {"sessions": {"type": "integer"}, "players": {"type": "integer"}, "hours":
      {"type": "number"}, "packets": {"type": "integer"}, "leftOutWithTool": {"type":
      "integer"}, "leftOutOfUnknownBuild": {"type": "integer"}, "packetsWithoutPlace": {"type":
      "integer"}, "sessionsNotListed": {"type": "integer"}, "least": {"type": "object",
      "properties": {"sessions": {"type": "integer"}, "hours": {"type": "number"}},
      "additionalProperties": false, "required": ["sessions", "hours"]}, "isEnough": {"type":
      "boolean"}}, "additionalProperties": false, "required": ["sessions", "players", "hours",
      "packets", "least", "isEnough"]}, "threshold": {"type": "number"}, "rules": {"type":
      "array", "items": {"type": "object", "properties": {"id": {"type": "string"}, "title":
      {"type": "string"}, "mode": {"type": "string"}, "confidence": {"type": "string"},
      "detects": {"type": "array", "items": {"type": "string"}}, "sessions": {"type":
      "integer"}, "packets": {"type": "integer"}, "concernedSessions": {"type": "integer"},
      "prediction": {"$ref": "#/components/schemas/Prediction"}, "proposal": {"type":
      "string"}}, "additionalProperties": false, "required": ["id", "title", "mode", "sessions",
      "packets", "prediction"]}}, "sessions": {"type": "array", "items": {"type": "object"}},
      "packets": {"type": "array", "items": {"type": "object"}}, "lengths": {"type": "array",
      "items": {"type": "object", "properties": {"packet": {"type": "string"}, "packets":
      {"type": "integer"}, "observed": {"type": "array", "items": {"type": "integer"}},
      "longestNow": {"type": "integer"}, "proposal": {"type": "integer"}, "prediction": {"$ref":
      "#/components/schemas/Prediction"}}, "additionalProperties": false, "required": ["packet",
      "packets", "observed", "longestNow", "proposal", "prediction"]}}, "limits": {"type":
      "array", "items": {"type": "object", "properties": {"key": {"type": "string"}, "needed":
      {"type": "number"}, "now": {"type": "integer"}, "nowHits": {"$ref":
      "#/components/schemas/Prediction"}, "proposal": {"type": "integer"}, "prediction":
      {"$ref": "#/components/schemas/Prediction"}}, "additionalProperties": false, "required":
      ["key", "needed", "nowHits", "prediction"]}}}, "additionalProperties": false, "required":
      ["traffic", "threshold", "rules", "sessions", "packets", "lengths", "limits"]},
    "Change": {"type": "object", "properties": {"number": {"type": "integer"}, "version":
      {"type": "string"}, "at": {"type": "string"}, "by": {"type": "string"}, "note": {"type":
      "string"}, "kind": {"type": "string", "enum": ["apply", "rollback"]}, "changes": {"type":
      "array", "items": {"$ref": "#/components/schemas/Difference"}}}, "additionalProperties":
      false, "required": ["number", "version", "at", "by", "note", "kind", "changes"]},
    "ChangePage": {"type": "object", "properties": {"items": {"type": "array", "items":
      {"$ref": "#/components/schemas/Change"}}, "total": {"type": "integer"}, "next": {"type":
      "integer"}}, "additionalProperties": false, "required": ["items"]},
    "Configuration": {"type": "object", "properties": {"version": {"type": "string"},
      "number": {"type": "integer"}, "yaml": {"type": "string"}, "path": {"type": "string"},
      "patch": {"$ref": "#/components/schemas/MergePatch"}, "isStored": {"type": "boolean",
      "description": "Whether changes outlive the gateway."}, "setAside": {"type": "string",
      "description": "Why changes are not in force."}, "awaitsRestart": {"type": "array",
      "items": {"type": "string"}}, "keys": {"type": "array", "items": {"$ref":
      "#/components/schemas/ConfigurationKey"}}}, "additionalProperties": false, "required":
      ["version", "number", "yaml", "patch", "isStored", "awaitsRestart", "keys"]},
    "ConfigurationKey": {"type": "object", "properties": {"path": {"type": "string"}, "type":
      {"type": "string"}, "range": {"type": "string"}, "summary": {"type": "string"}, "value":
      {"description": "Any JSON value."}, "usual": {"description": "Any JSON value."}, "origin":
      {"type": "string", "enum": ["file", "environment", "change", "usual"]}, "needsRestart":
      {"type": "boolean"}, "isFileOnly": {"type": "boolean", "description":
      "Whether a change may not set it."}}, "additionalProperties": false, "required": ["path",
      "type", "range", "summary", "value", "origin", "needsRestart", "isFileOnly"]},
    "ConfigurationPatch": {"type": "object", "properties": {"patch": {"$ref":
      "#/components/schemas/MergePatch"}}, "additionalProperties": false, "required":
      ["patch"]},
    "ConfigurationProblem": {"type": "object", "properties": {"place": {"type": "string"},
      "key": {"type": "string"}, "message": {"type": "string"}, "suggestion": {"type":
      "string"}}, "additionalProperties": false, "required": ["place", "key", "message"]},
    "Difference": {"type": "object", "properties": {"path": {"type": "string"}, "before":
      {"description": "Any JSON value."}, "after": {"description": "Any JSON value."}},
      "additionalProperties": false, "required": ["path", "before", "after"]},
    "EvidenceEntry": {"type": "object", "properties": {"id": {"type": "string"}, "at":
      {"type": "string"}, "session": {"type": "integer"}, "client": {"type": "string"},
      "account": {"type": "integer"}, "rule": {"type": "string"}, "title": {"type": "string"},
      "packet": {"type": "string"}, "field": {"type": "string"}, "isEnforced": {"type":
      "boolean"}, "score": {"type": "number"}}, "additionalProperties": false, "required":
      ["id", "at", "session", "client", "rule", "title", "packet", "field", "isEnforced",
      "score"]},
    "EvidencePage": {"type": "object", "properties": {"items": {"type": "array", "items":
      {"$ref": "#/components/schemas/EvidenceEntry"}}, "total": {"type": "integer"}, "next":
      {"type": "integer"}}, "additionalProperties": false, "required": ["items"]},
    "MergePatch": {"type": "object", "description":
      "Keys as in the file; null takes a change back."},
    "Pack": {"type": "object", "properties": {"build": {"type": "integer"}, "label": {"type":
      "string"}, "packets": {"type": "integer"}, "layouts": {"type": "integer"}, "hash":
      {"type": "string"}, "isImported": {"type": "boolean"}}, "additionalProperties": false,
      "required": ["build", "label", "packets", "layouts", "hash", "isImported"]},
    "Packs": {"type": "object", "properties": {"items": {"type": "array", "items": {"$ref":
      "#/components/schemas/Pack"}}, "total": {"type": "integer"}, "hash": {"type": "string"}},
      "additionalProperties": false, "required": ["items", "total", "hash"]},
    "Prediction": {"type": "object", "properties": {"hit": {"type": "integer"}, "of": {"type":
      "integer"}, "shareAtMost": {"type": "number"}}, "additionalProperties": false, "required":
      ["hit", "of"]},
    "RollbackOrder": {"type": "object", "properties": {"number": {"type": "integer",
      "minimum": 0}, "ifMatch": {"type": "string"}}, "additionalProperties": false, "required":
      ["number", "ifMatch"]},
    "RuleMode": {"type": "object", "properties": {"mode": {"type": "string", "enum": ["off",
      "shadow", "enforce"]}}, "additionalProperties": false, "required": ["mode"]},
    "RuleTest": {"type": "object", "properties": {"cases": {"type": "integer"}, "tried":
      {"type": "integer"}, "failures": {"type": "array", "items": {"type": "string"}}},
      "additionalProperties": false, "required": ["cases", "tried", "failures"]},
    "RuleTestOrder": {"type": "object", "properties": {"tests": {"type": "string",
      "description": "A file of cases, as in the folder of a rule."}, "rule": {"type": "string",
      "description": "Tried alone and in force; left out, all rules are in their modes."}},
      "additionalProperties": false, "required": ["tests"]},
    "Validation": {"type": "object", "properties": {"isValid": {"type": "boolean"},
      "problems": {"type": "array", "items": {"$ref":
      "#/components/schemas/ConfigurationProblem"}}, "warnings": {"type": "array", "items":
      {"$ref": "#/components/schemas/ConfigurationProblem"}}, "changes": {"type": "array",
      "items": {"$ref": "#/components/schemas/Difference"}}, "needsRestart": {"type": "array",
      "items": {"type": "string"}}}, "additionalProperties": false, "required": ["isValid",
      "problems", "warnings", "changes", "needsRestart"]}
    }
    """#
}
