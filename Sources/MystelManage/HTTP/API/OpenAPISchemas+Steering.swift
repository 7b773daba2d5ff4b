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
      {"type": "boolean"}}, "additionalProperties": false, "required": ["path", "type", "range",
      "summary", "value", "origin", "needsRestart"]},
    "ConfigurationPatch": {"type": "object", "properties": {"patch": {"$ref":
      "#/components/schemas/MergePatch"}}, "additionalProperties": false, "required":
      ["patch"]},
    "ConfigurationProblem": {"type": "object", "properties": {"place": {"type": "string"},
      "key": {"type": "string"}, "message": {"type": "string"}, "suggestion": {"type":
      "string"}}, "additionalProperties": false, "required": ["place", "key", "message"]},
    "Difference": {"type": "object", "properties": {"path": {"type": "string"}, "before":
      {"description": "Any JSON value."}, "after": {"description": "Any JSON value."}},
      "additionalProperties": false, "required": ["path", "before", "after"]},
    "MergePatch": {"type": "object", "description":
      "Keys as in the file; null takes a change back."},
    "RollbackOrder": {"type": "object", "properties": {"number": {"type": "integer",
      "minimum": 0}, "ifMatch": {"type": "string"}}, "additionalProperties": false, "required":
      ["number", "ifMatch"]},
    "RuleMode": {"type": "object", "properties": {"mode": {"type": "string", "enum": ["off",
      "shadow", "enforce"]}}, "additionalProperties": false, "required": ["mode"]},
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
