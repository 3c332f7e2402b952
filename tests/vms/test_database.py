"""Moments as the database tells them, and conditions on what somebody may see where they see nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DataError, connection
from django.db.models import Q

from cameras.choices import ZoneKind
from cameras.models import Zone
from cameras.selectors import on_cameras_visible_to
from tests.cameras.world import make_camera
from vms.database import MomentLoader

pytestmark = pytest.mark.django_db


def read(moment: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [moment])
        found: datetime = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("moment", ["2026-11-28 14:35:07+00", "2026-11-28 14:35:07.05+00", "0001-01-01 00:00:00+00"])
def test_a_moment_is_read_as_it_was_written_in_utc(moment: str) -> None:
    found = read(moment)
    assert found == datetime.fromisoformat(moment)
    assert found.tzinfo is UTC


def test_moments_are_read_by_the_fast_loader() -> None:
    with connection.cursor() as cursor:
        loader = cursor.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, psycopg.pq.Format.TEXT)
    assert loader is MomentLoader


def test_a_moment_that_python_has_not_is_refused_with_its_reason() -> None:
    with pytest.raises(DataError, match="year"):
        read("12026-11-28 14:35:07+00")


def test_on_the_cameras_that_nobody_sees_nothing_is_seen_and_all_the_rest_is_elsewhere() -> None:
    zone = Zone.objects.create(camera=make_camera("Gate"), name="Yard", kind=ZoneKind.POLYGON, points=[])
    nobodys = on_cameras_visible_to(AnonymousUser())
    assert list(Zone.objects.filter(nobodys)) == []
    assert list(Zone.objects.exclude(nobodys)) == [zone]
    assert list(Zone.objects.filter(Q(nobodys) | Q(name="Yard"))) == [zone]
