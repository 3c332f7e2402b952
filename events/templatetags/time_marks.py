"""Marks and gaps of a timeline, written without a template: a day of twenty busy cameras has thousands of them."""

from __future__ import annotations

import uuid
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from events.timeline import Period, Row
from vms.templatetags.vms_pages import SOME_KEYS, url_around

register = template.Library()


@register.simple_tag
def time_marks(row: Row, period: Period) -> SafeString:
    page, snapshot = (url_around(name, SOME_KEYS[uuid.UUID]) for name in ("event_detail", "event_snapshot"))
    camera_id, name = row.camera.id, escape(row.camera.name)
    parts = []
    for mark in row.marks:
        is_page = mark.number == 1 or not period.is_day
        where = f"{page[0]}{mark.event_id}{page[1]}?" if is_page else f"?hour={mark.at}&amp;"
        picture = f' data-picture="{snapshot[0]}{mark.event_id}{snapshot[1]}"' if mark.number == 1 else ""
        place = f'x="{mark.x:.1f}" width="{mark.width:.1f}"'
        parts.append(
            f'<a class="time-mark sev-{mark.severity}" href="{where}camera={camera_id}" '
            f'aria-label="{name}, {escape(mark.words)}" data-cell="{mark.x:.1f}"{picture}>'
            f'<rect class="time-reach" {place} height="40"/>'
            f'<rect {place} y="{mark.top:.1f}" height="{mark.height:.1f}"/></a>'
        )
    return mark_safe("".join(parts))  # noqa: S308  names and words are escaped


@register.simple_tag
def time_gaps(row: Row) -> SafeString:
    name = escape(row.camera.name)
    parts = []
    for gap in row.gaps:
        place = f'x="{gap.x:.1f}" width="{gap.width:.1f}"'
        parts.append(
            f'<g class="time-gap strip-{gap.kind}" tabindex="0" role="img" '
            f'aria-label="{name}: {escape(gap.words)}" data-cell="{gap.x:.1f}">'
            f'<rect class="time-gap-room" {place} height="40"/><rect {place} y="37" height="3"/></g>'
        )
    return mark_safe("".join(parts))  # noqa: S308  names and words are escaped
