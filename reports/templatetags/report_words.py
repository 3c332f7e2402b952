"""Words and numbers as reports write them."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from events.choices import Severity, Verdict

register = template.Library()


@register.filter
def percent(share: float) -> str:
    return number_format(share * 100, 0 if share in (0, 1) else 1) + "%"


@register.filter
def hour_words(name: str) -> str:
    """``14:00 to 14:59`` as it reads in a sentence."""
    first, last = name.split()[0], name.split()[-1]
    return _("%(first)s and %(last)s") % {"first": first, "last": last}


@register.filter
def severity_label(value: str) -> str:
    return str(Severity(value).label)


@register.filter
def verdict_label(value: str) -> str:
    return str(Verdict(value).label)
