"""Reading events."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.selectors import alert_counts
from events.selectors import classes_seen_by
from tests.pages.rows import alert_make, camera_make, event_make, user_make
from vms.accounts.models import User

pytestmark = pytest.mark.django_db


def test_the_classes_are_those_of_the_users_cameras_each_once_and_in_order() -> None:
    gate, yard, hidden = camera_make("Gate"), camera_make("Yard"), camera_make("Hidden")
    for camera, name in [(gate, "person"), (gate, "car"), (yard, "car"), (yard, "person"), (hidden, "boat")]:
        event_make(camera, class_name=name)
    assert classes_seen_by(user_make("guard", gate, yard)) == ["car", "person"]
    assert classes_seen_by(user_make("ada", role="admin")) == ["boat", "car", "person"]


def test_who_sees_no_event_has_no_classes_to_choose() -> None:
    event_make(camera_make("Gate"))
    assert classes_seen_by(user_make("guard", camera_make("Yard"))) == []
    assert classes_seen_by(user_make("stranger")) == []
    assert classes_seen_by(AnonymousUser()) == []


OTHER_INDEXES = """
SELECT other.indexrelid::regclass::text FROM pg_index AS other JOIN pg_index AS wanted USING (indrelid)
WHERE wanted.indexrelid = %s::regclass AND other.indexrelid <> wanted.indexrelid AND NOT other.indisunique
"""


@pytest.mark.parametrize(("asked", "index"), [(classes_seen_by, "event_classes"), (alert_counts, "alert_open_count")])
def test_what_every_page_asks_is_answered_from_an_index_alone(asked: Callable[[User], object], index: str) -> None:
    user = user_make("ada", role="admin")
    alert_make(event_make(camera_make("Gate")))
    with CaptureQueriesContext(connection) as captured:
        asked(user)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # as on a table that is worth an index
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(OTHER_INDEXES, [index])
        for (other,) in cursor.fetchall():  # of a single row, reading it in any order costs as little
            cursor.execute(f"DROP INDEX {other}")
        cursor.execute(f"EXPLAIN {captured[-1]['sql']}")
        lines = [line for (line,) in cursor.fetchall()]
    assert any(f"Index Only Scan using {index}" in line for line in lines), lines
