"""The catalog's ready rules as things to choose from, and their documents with other values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from django.utils.text import slugify
from django.utils.translation import gettext as _

from rules.catalog import FIELDS, FOLDER, catalog_rules
from rules.choices import Kind
from rules.engine.clauses import CLAUSES
from rules.engine.schema import RuleSpec
from rules.engine.yaml_reading import read_documents
from vms.errors import InvalidError, NotFoundError

PLACES_AND_TIMES = frozenset(("in_zone", "outside", "crosses", "count", "absent", "schedule", "camera"))
"""An area or a line, drawn and named, is all that these ask for."""
SEQUENCES = frozenset(("then", "times", "rate", "removed"))
METRIC = frozenset(("metres", "m/s", "km/h", "square_metre"))


@dataclass(frozen=True, slots=True)
class ReadyRule:
    key: str
    field: str
    spec: RuleSpec
    written: dict[str, Any]
    """The document as plain values."""

    @property
    def kind(self) -> Kind:
        """Hard: a further model, a calibrated camera, or one thing after another."""
        clauses = list(self.spec.clauses())
        words = {word for word, (arguments, _) in CLAUSES.items() if any(type(each) is arguments for each in clauses)}
        metric = any({getattr(each, "unit", ""), getattr(each, "per", "")} & METRIC for each in clauses)
        if self.spec.models_needed() - {"detector"} or metric or words & SEQUENCES:
            return Kind.HARD
        return Kind.EASY if words <= PLACES_AND_TIMES else Kind.MEDIUM

    @property
    def document(self) -> str:
        return self.with_values(self.spec.name, {})

    def with_values(self, name: str, parameters: dict[str, Any]) -> str:
        """The document under another name and with other values.

        Raises:
            InvalidError: it has no such parameter.
        """
        known = self.written.get("parameters", {})
        unknown = sorted(set(parameters) - set(known))
        if unknown:
            told = _("%(name)s has no parameter “%(unknown)s”; it has %(names)s.") % {
                "name": self.spec.name,
                "unknown": unknown[0],
                "names": ", ".join(known) or _("none"),
            }
            raise InvalidError(told, fields={"parameters": unknown})
        data = {**self.written, "name": name}
        if known:
            data["parameters"] = {**known, **parameters}
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=None, width=120)


@cache
def ready_rules() -> dict[str, ReadyRule]:
    """By key, in the order of the files."""
    found = {}
    for field in FIELDS:
        written = read_documents((FOLDER / f"{field}.yaml").read_text(encoding="utf-8"))
        for spec, (data, _line) in zip(catalog_rules(field), written, strict=True):
            key = slugify(spec.name)
            found[key] = ReadyRule(key, field, spec, data)
    return found


def ready_rule_get(key: str) -> ReadyRule:
    ready = ready_rules().get(key)
    if ready is None:
        raise NotFoundError(_("The catalog has no such rule."))
    return ready
