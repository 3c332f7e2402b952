"""The rule language as JSON Schema, for editors that complete and check while an author writes."""

from __future__ import annotations

import re
from typing import Any

from rules.engine.clauses import CLAUSES
from rules.engine.rule import RuleSpec

REFERENCE: dict[str, Any] = {"type": "string", "pattern": r"^\$[a-z][a-z0-9_]{0,39}$", "description": "a parameter"}
SCALARS = ("string", "number", "integer", "boolean")
WITHOUT_PARAMETERS = ("authored", "parameters", "overrides")


def rule_json_schema() -> dict[str, Any]:
    """What a document may hold (JSON Schema 2020-12). Where a value stands, ``$name`` of a parameter may stand too."""
    schema = RuleSpec.model_json_schema(by_alias=True, mode="validation")
    del schema["properties"]["authored"]
    definitions = schema.get("$defs", {})
    for name, definition in definitions.items():
        if name != "Override":
            definitions[name] = _with_bare_value(name, _referable(definition))
    properties = schema["properties"]
    schema["properties"] = {
        name: each if name in WITHOUT_PARAMETERS else _referable(each) for name, each in properties.items()
    }
    return schema


def _referable(schema: Any) -> Any:  # noqa: ANN401 any JSON
    """The schema with a parameter's reference allowed wherever it allows a single value."""
    if isinstance(schema, list):
        return [_referable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = schema.get("type") in SCALARS and "const" not in schema
    if (plain and not re.search(schema.get("pattern", "^[^$]"), "$name")) or "enum" in schema:
        about = {key: schema[key] for key in ("title", "description", "default") if key in schema}
        value = {key: each for key, each in schema.items() if key not in about}
        return {"anyOf": [value, REFERENCE], **about}
    return {
        key: {name: _referable(each) for name, each in value.items()}
        if key == "properties"
        else _referable(value)
        if key in ("items", "prefixItems", "anyOf", "oneOf", "allOf", "additionalProperties")
        else value
        for key, value in schema.items()
    }


def _with_bare_value(name: str, definition: dict[str, Any]) -> dict[str, Any]:
    """The schema of a clause's words, or of the bare value that stands for one of them."""
    short = SHORT_FIELDS.get(name)
    if short is None:
        return definition
    return {"anyOf": [definition["properties"][short], definition]}


def _short_fields() -> dict[str, str]:
    fields = {}
    for arguments, _ in CLAUSES.values():
        if arguments.SHORT is not None:
            alias = {field: info.alias or field for field, info in arguments.model_fields.items()}
            fields[arguments.__name__] = alias.get(arguments.SHORT, arguments.SHORT)
    return fields


SHORT_FIELDS = _short_fields()
