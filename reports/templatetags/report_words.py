"""Words and numbers as reports write them."""

from __future__ import annotations

from django import template

from reports.renderers.columns import SEVERITY_LABELS, VERDICT_LABELS

register = template.Library()


@register.filter
def percent(share: float) -> str:
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


@register.filter
def hour_words(name: str) -> str:
    """``14:00 to 14:59`` as it reads in a sentence."""
    return name.replace(" to ", " and ")


@register.filter
def severity_label(value: str) -> str:
    return SEVERITY_LABELS[value]


@register.filter
def verdict_label(value: str) -> str:
    return VERDICT_LABELS[value]
