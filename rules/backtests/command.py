"""``manage.py rules backtest``: a back-test in the terminal, at once and without a trace."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from cameras.models import Camera
from rules.backtests.measuring import Found, Trial, camera_measure
from rules.backtests.results import CameraResult, Tally
from rules.engine.schema import RuleSpec
from rules.models import Rule
from rules.services.versions import document_parse
from vms.accounts.models import User
from vms.errors import InvalidError, NotFoundError

LONGEST_NAME = 28
MOST_LINES = 200


def arguments_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rule", help="the name of a rule, whose newest version is tried, or a YAML file with one")
    parser.add_argument("--camera", action="append", default=[], help="its name; again for more; without: the rule's")
    parser.add_argument("--from", dest="first", help="a day or a moment (ISO 8601); without: seven days ago")
    parser.add_argument("--to", dest="last", help="a moment, or the last day, inclusive; without: now")
    parser.add_argument("--hits", action="store_true", help="also print every hit")
    parser.add_argument("--as", dest="person", help="the admin who asks; without: the first one")


def backtest_lines(user: User, options: dict[str, Any]) -> Iterator[str]:
    """The table, camera by camera as each is done.

    Raises:
        DomainError: what was asked for cannot be used; the message says why.
    """
    spec, rule = _tried(options["rule"])
    cameras = _cameras(options["camera"], rule)
    zone = ZoneInfo(cameras[0].site.time_zone)
    end = _moment(options["last"], zone, end=True) if options["last"] else timezone.now()
    start = _moment(options["first"], zone) if options["first"] else end - timedelta(days=7)
    if end <= start:
        raise InvalidError("The period must end after it starts.")
    yield f"{spec.name}, {start.astimezone(zone):%Y-%m-%d %H:%M} to {end.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"
    yield _row("camera", "found", "kept", "new", "gone", "false", "logged")
    results: list[CameraResult] = []
    for camera in cameras:
        result, found = camera_measure(Trial(spec, rule, user, start, end), camera, lambda _: None)
        results.append(result)
        yield _line(camera.name, result, f"{result.covered_seconds / 3600:.1f} h")
        yield from [f"  {result.reason}"] if result.reason else []
        yield from _otherwise(result, ZoneInfo(camera.site.time_zone))
        yield from _hits(found, ZoneInfo(camera.site.time_zone)) if options["hits"] else []
    yield _line("all", Tally.of(results), "")


def _tried(name: str) -> tuple[RuleSpec, Rule | None]:
    """A rule's newest text, or a file's; the live rule of that name is what it is compared with."""
    rule = Rule.objects.filter(name=name, system="").first()
    newest = rule.versions.first() if rule else None
    if newest is not None:
        return newest.parsed, rule
    path = Path(name)
    if not path.is_file():
        raise NotFoundError(f"There is no rule and no file named {name}.")
    spec = document_parse(path.read_text(encoding="utf-8"))
    return spec, Rule.objects.filter(name=spec.name, system="").first()


def _cameras(names: list[str], rule: Rule | None) -> list[Camera]:
    cameras = Camera.objects.select_related("site").order_by("name")
    if not names:
        chosen = list(cameras.filter(rules=rule)) if rule else []
        if not chosen:
            raise InvalidError("Say with --camera where to try it: the rule is on no camera.")
        return chosen
    chosen = list(cameras.filter(name__in=names))
    if missing := set(names) - {camera.name for camera in chosen}:
        raise NotFoundError(f"There is no camera named {sorted(missing)[0]}.")
    return chosen


def _moment(text: str, zone: ZoneInfo, *, end: bool = False) -> datetime:
    """A day is from its midnight on, or until the next."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidError(f"“{text}” is no moment; write 2026-11-20 or 2026-11-20T08:00.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return moment + timedelta(days=1) if end and len(text) == len("2026-11-20") else moment


def _line(name: str, tally: Tally, logged: str) -> str:
    share = "-" if tally.false_share is None else f"{tally.false_share:.0%}"
    return _row(name, tally.hits, tally.kept, tally.new, tally.gone, share, logged)


def _row(name: str, *columns: object) -> str:
    return f"{name[:LONGEST_NAME]:<{LONGEST_NAME}}" + "".join(f"{column!s:>8}" for column in columns)


def _otherwise(result: CameraResult, zone: ZoneInfo) -> Iterator[str]:
    for then in result.differing:
        times = f"{then.start.astimezone(zone):%Y-%m-%d %H:%M} to {then.end.astimezone(zone):%Y-%m-%d %H:%M}"
        yield f"  otherwise then than now, which is what is tried: {', '.join(then.words)}; {times}"


def _hits(found: list[Found], zone: ZoneInfo) -> Iterator[str]:
    for each in found[:MOST_LINES]:
        started = f"{each.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        yield f"  {started}  {each.kind:<5} {each.class_name}, track {each.track_id}"
    if len(found) > MOST_LINES:
        yield f"  and {len(found) - MOST_LINES} more"
