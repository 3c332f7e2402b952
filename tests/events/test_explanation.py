"""Evidence in words, whatever a node wrote there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from events.explanation import evidence_moments
from tests.pages.rows import camera_make, event_make, job_make, user_make

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)
PRESENCE = {"condition": "zone_presence", "zone": "Yard", "entered_ms": 4000, "dwell_seconds": 6}
CROSSING = {"condition": "line_crossing", "line": "Kerb", "direction": "left_to_right", "crossed_ms": 4000}


def words(evidence: Any) -> list[str]:
    event = event_make(camera_make("Gate"), job=None, started_at=START, evidence=evidence)
    event.job = job_make(event.camera, started_at=START)
    return [what for what, _, _ in evidence_moments(event)]


def test_whole_evidence_is_told_in_order() -> None:
    assert words(PRESENCE) == ["Entered “Yard”", "Had stayed 6 s, the limit of the rule"]


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (CROSSING, ["Crossed “Kerb” from left to right"]),
        (PRESENCE | {"dwell_seconds": "long"}, ["Entered “Yard”"]),
        (PRESENCE | {"dwell_seconds": 10**400}, ["Entered “Yard”"]),
        (PRESENCE | {"dwell_seconds": [6]}, ["Entered “Yard”"]),
        (PRESENCE | {"zone": {"name": "Yard"}}, ["Had stayed 6 s, the limit of the rule"]),
        (CROSSING | {"direction": ["up"]}, ["Crossed “Kerb”"]),
        (CROSSING | {"line": 5}, []),
        ({"condition": ["zone_presence"]}, []),
        (["zone_presence"], []),
    ],
)
def test_what_cannot_be_read_is_left_out(evidence: Any, expected: list[str]) -> None:
    assert words(evidence) == expected


@pytest.mark.parametrize("entered_ms", [10**400, 1e300, -1e18, True, "4000", {}])
def test_the_page_of_an_event_opens_whatever_its_times_are(client: Client, entered_ms: Any) -> None:
    gate = camera_make("Gate")
    client.force_login(user_make("guard", gate))
    job = job_make(gate, started_at=START)
    ended_at = START + timedelta(seconds=9)
    evidence = PRESENCE | {"entered_ms": entered_ms}
    event = event_make(gate, job=job, started_at=START, ended_at=ended_at, state="ended", evidence=evidence)
    page = client.get(f"/events/{event.id}/")
    assert page.status_code == 200
    assert "Entered “Yard”" in page.content.decode()
