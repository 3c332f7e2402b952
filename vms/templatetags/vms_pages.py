"""What templates say often: moments in the right zone, lengths of time, sizes, icons."""

from __future__ import annotations

import math
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS_3
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, pgettext_lazy

from cameras.models import Site
from vms.browsers import browser_name

register = template.Library()
register.filter("browser", browser_name)

ZOOMS = (1, 2, 3, 4)
AGO = ((86_400, pgettext_lazy("days", "d")), (3_600, "h"), (60, "min"), (1, "s"))
SOME_KEYS: dict[type, int | uuid.UUID] = {int: 2**31 - 1, uuid.UUID: uuid.UUID(int=2**127)}
AIM_SHARE = 0.6
"""How much of a small picture the object it shows may fill."""

STYLES = {
    "full": pgettext_lazy("date", "d M Y, H:i:s"),
    "time": "H:i:s",
    "short": pgettext_lazy("date", "d M, H:i"),
    "day": pgettext_lazy("date", "d M Y"),
}
"""As Django's ``date`` filter has them."""


def zone_for(user: object, site: Site | None) -> ZoneInfo:
    """The user's own zone where one is set, else the site's."""
    name = getattr(user, "time_zone", "") or (site.time_zone if site else "UTC")
    return ZoneInfo(name)


def offset_words(moment: datetime) -> str:
    minutes = int((moment.utcoffset() or timedelta()).total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02d}" if rest else "")  # noqa: RUF001  a true minus


def clock_words(local: datetime, style: str) -> str:
    return local.strftime(_pattern(style, local.month, get_language()))


@lru_cache(maxsize=1024)
def _pattern(style: str, month: int, language: str | None) -> str:
    """For Python, which writes a moment in a tenth of the time that Django takes. ``language``: the one in use."""
    codes = {"d": "%d", "M": MONTHS_3[month].title(), "Y": "%Y", "H": "%H", "i": "%M", "s": "%S"}
    return "".join(codes.get(each, each) for each in str(STYLES[style]))


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], value: datetime | None, site: Site | None = None, style: str = "full") -> str:
    """A <time> in the reader's zone, with its offset; the title gives UTC."""
    if value is None:
        return "—"
    local = value.astimezone(zone_for(context.get("user"), site))
    words = f'{clock_words(local, style)} <span class="offset">{offset_words(local)}</span>'
    return _time(value, "milliseconds", "", words)


def _time(value: datetime, accuracy: str, more: str, words: str) -> SafeString:
    """A <time>, of which a list has hundreds: what stands in it needs no escaping."""
    stamp = value.astimezone(UTC).isoformat(timespec=accuracy)
    title = f"{stamp[:10]} {stamp[11:19]} UTC"
    return SafeString(f'<time datetime="{stamp}" title="{title}"{more}>{words}</time>')


@register.filter
def clock_in(value: datetime, zone: ZoneInfo) -> str:
    return f"{value.astimezone(zone):%H:%M}"


@register.filter
def utc_minute(value: datetime) -> str:
    """For addresses: ``2026-11-28T13:04Z``."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


@register.filter
def translated(sentence: str) -> str:
    """A sentence that is stored in English (marked there by ``gettext_noop``) in the reader's language."""
    return gettext(sentence) if sentence else ""


@register.filter
def inside(word: str) -> str:
    """A label inside of a sentence; only English writes it small, German has capitals of its own."""
    return str(word).lower() if get_language() == "en" else str(word)


@register.filter
def absolute(value: int) -> int:
    return abs(value)


@register.filter
def local_words(value: datetime, site: Site | None) -> str:
    """For texts outside of pages, such as mail: on the site's clock, with its offset."""
    local = value.astimezone(zone_for(None, site))
    return f"{local:%Y-%m-%d %H:%M:%S} {offset_words(local)}"


@register.simple_tag
def ago(value: datetime | None) -> str:
    """A <time> that says how long ago it was, in words; pages keep it current."""
    if value is None:
        return gettext("never")
    return _time(value, "seconds", " data-ago", ago_words((timezone.now() - value).total_seconds()))


def ago_words(seconds: float) -> str:
    if seconds < 10:
        return gettext("just now")
    size, unit = next(each for each in AGO if seconds >= each[0])
    return gettext("%(length)s ago") % {"length": f"{int(seconds // size)} {unit}"}


@register.filter
def duration(milliseconds: float | None) -> str:
    """4200 -> ``4.2 s``; 65 000 -> ``1 min 05 s``; 3 700 000 -> ``1 h 01 min``."""
    if milliseconds is None:
        return "—"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{number_format(seconds, 1)} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


@register.filter
def lasted(started: datetime, ended: datetime | None) -> str:
    """How long something took, from its start to its end."""
    return duration((ended - started).total_seconds() * 1000) if ended else "—"


@register.filter
def bytes_words(size: int) -> str:
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{number_format(amount, 1)} {unit}"
        amount /= 1000
    return f"{number_format(amount, 2)} GB"


@register.filter
def percent(value: float | None) -> str:
    return "—" if value is None else f"{value * 100:.0f} %"


@register.filter
def percent_down(value: float | None) -> str:
    """Never rounded up: 100 % is all of it."""
    if value is None:
        return "—"
    tenths = math.floor(value * 1000 + 1e-9)
    return f"{tenths // 10} %" if tenths % 10 == 0 else f"{number_format(tenths / 10, 1)} %"


@register.filter
def minutes_words(minutes: int) -> str:
    """7 -> ``7 min``; 135 -> ``2 h 15 min``."""
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


@register.filter
def aim(box_xyxy: list[float]) -> str:
    """Classes that point a small picture at a box and enlarge it, in the steps that the style sheet knows."""
    left, top, right, bottom = box_xyxy
    size = max(right - left, bottom - top, 0.01)
    zoom = max((step for step in ZOOMS if step * size <= AIM_SHARE), default=ZOOMS[0])
    return f"at-x-{round((left + right) * 10)} at-y-{round((top + bottom) * 10)} zoom-{zoom}"


@register.filter
def frame_of(box_xyxy: list[float]) -> SafeString:
    """An empty picture with the box in it, where no snapshot was kept."""
    left, top, right, bottom = (min(max(float(each), 0), 1) for each in box_xyxy)
    return format_html(
        '<svg class="hit-frame" viewBox="0 0 320 180" role="img" aria-label="{}">'
        '<rect class="hit-box" x="{}" y="{}" width="{}" height="{}" rx="3"/></svg>',
        gettext("No picture was kept"),
        f"{left * 320:.1f}",
        f"{top * 180:.1f}",
        f"{(right - left) * 320:.1f}",
        f"{(bottom - top) * 180:.1f}",
    )


@register.filter
def tenth(value: float) -> SafeString:
    """For coordinates: one decimal, with a point in every language; ``floatformat`` takes ten times as long."""
    return SafeString(f"{value:.1f}")


@register.simple_tag
def url_of(name: str, key: int | uuid.UUID) -> SafeString:
    """As ``url`` with one id, which resolves each anew: that takes longer than the rest of a row."""
    before, after = url_around(name, SOME_KEYS[type(key)])
    return SafeString(f"{before}{key}{after}")


@cache
def url_around(name: str, some: int | uuid.UUID) -> tuple[str, str]:
    """What stands before and after an id in the address of a page; ``some``: one of ``SOME_KEYS``."""
    before, after = reverse(name, args=[some]).split(str(some))
    return before, after


@register.simple_tag
def icon(name: str, label: str | Promise = "") -> SafeString:
    """A picture from the sprite: decoration unless it gets a label."""
    return _icon(name, str(label))


@lru_cache(maxsize=1024)
def _icon(name: str, label: str) -> SafeString:
    speech = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"></use></svg>', speech, static("img/icons.svg"), name)
