"""The rules that the platform itself brings: made when they are first needed, kept whatever users call theirs."""

from __future__ import annotations

from rules.choices import SystemRule
from rules.models import Rule

VERSION = 1
"""They have no document; their events carry this version."""


def system_rule(code: SystemRule) -> Rule:
    """The platform's rule. A user's rule that has its name keeps it."""
    rule = Rule.objects.filter(system=code).first()
    if rule is not None:
        return rule
    name = str(code.label)
    if Rule.objects.filter(name=name).exists():
        name = f"{name} (VMS)"
    return Rule.objects.get_or_create(system=code, defaults={"name": name})[0]
