"""Changing rules, their versions, and the values of their parameters on single cameras."""

from rules.services.overrides import OverrideValues, overrides_set
from rules.services.rules import RuleChange, rule_create, rule_delete, rule_update
from rules.services.versions import (
    RuleChangedError,
    Saving,
    document_parse,
    version_publish,
    version_roll_back,
    version_save,
)

__all__ = [
    "OverrideValues",
    "RuleChange",
    "RuleChangedError",
    "Saving",
    "document_parse",
    "overrides_set",
    "rule_create",
    "rule_delete",
    "rule_update",
    "version_publish",
    "version_roll_back",
    "version_save",
]
