"""What a request's body may hold: no list without end, no number beyond all numbers, and rows found by one query."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cameras.models import Camera
from tests.api.clients import client_of
from tests.cameras.world import make_camera, make_user
from vms.accounts.choices import Role
from vms.parsers import MOST_ITEMS

pytestmark = pytest.mark.django_db
GROUPS, WISH = "/api/v1/camera-groups", "/api/v1/alert-wishes/email"


@pytest.mark.parametrize("kind", [int, str])
def test_many_rows_are_found_by_as_few_queries_as_one(kind: type) -> None:
    client = client_of(make_user("ada", role=Role.ADMIN))
    keys = [kind(make_camera(f"Gate {number}").pk) for number in range(10)]
    asked = {}
    for most in (1, 10):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(GROUPS, {"name": f"{most} gates", "cameras": keys[:most]}, format="json")
        assert (answer.status_code, len(answer.json()["cameras"])) == (201, most)
        asked[most] = len(queries)
    assert asked[10] == asked[1]


@pytest.mark.parametrize("key", [None, 0, -1, 999_999, 2**64, "x", "٣", True, [1], {"a": 1}, 0.5])
def test_what_is_no_number_of_a_row_is_refused_among_others(key: object) -> None:
    client, camera = client_of(make_user("ada", role=Role.ADMIN)), make_camera("Gate")
    answer = client.post(GROUPS, {"name": "Gates", "cameras": [camera.pk, key]}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["cameras"])


def test_a_list_without_end_is_refused_before_anybody_looks_at_its_items() -> None:
    user = make_user("vera")
    with CaptureQueriesContext(connection) as queries:
        answer = client_of(user).patch(WISH, {"cameras": [1] * (MOST_ITEMS + 1)}, format="json")
    assert answer.status_code == 400
    assert str(MOST_ITEMS) in answer.json()["message"]
    assert len(queries) < 10


@pytest.mark.parametrize("number", ["1e400", "-1e400", "[[1e999]]", '{"a": 1e400}'])
def test_a_number_that_python_takes_for_infinite_is_refused(number: str) -> None:
    user = make_user("ada", role=Role.ADMIN)
    body = f'{{"name": "Gates", "cameras": [{number}]}}'
    answer = client_of(user).post(GROUPS, body, content_type="application/json")
    assert (answer.status_code, answer.json()["message"]) == (400, "A number in the JSON is too large.")
    assert not Camera.objects.exists()
