"""What a rule document and a zone look like, and how a document is read: the names for the rest of the platform."""

from __future__ import annotations

from rules.engine.basics import MESSAGE_WORDS, SCENE_CLASS, Document, Message, Name, Point, Severity, Who, ZoneShape
from rules.engine.loader import MAX_DOCUMENT_BYTES, DocumentError, Fault, parse_rule, parse_rules
from rules.engine.rule import Condition, Deduplicate, LineCrossing, Override, RuleSpec, ZonePresence
from rules.engine.vocabulary import rule_json_schema

__all__ = [
    "MAX_DOCUMENT_BYTES",
    "MESSAGE_WORDS",
    "SCENE_CLASS",
    "Condition",
    "Deduplicate",
    "Document",
    "DocumentError",
    "Fault",
    "LineCrossing",
    "Message",
    "Name",
    "Override",
    "Point",
    "RuleSpec",
    "Severity",
    "Who",
    "ZonePresence",
    "ZoneShape",
    "parse_rule",
    "parse_rules",
    "rule_json_schema",
]
