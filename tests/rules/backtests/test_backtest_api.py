"""Back-tests by the API, on the pages and in the terminal."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework.test import APIClient

from cameras.models import Site
from events.choices import Verdict
from events.models import Clip
from rules.backtests.running import backtest_run
from rules.models import Backtest, Rule
from tests.api.clients import client_of
from tests.cameras.world import grant, make_camera, make_user
from tests.rules.backtests.world import (
    ZERO,
    document,
    judge,
    live_events,
    log_tracks,
    make_backtest,
    make_live_rule,
    make_stream,
    tell,
    visits,
)
from vms.accounts.choices import Role
from vms.accounts.models import User
from workers.models import Stream

pytestmark = pytest.mark.django_db

DAYS = {"first": "2026-11-20", "last": "2026-11-20"}


@pytest.fixture
def ada() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def stream() -> Stream:
    return make_stream()


@pytest.fixture
def rule(ada: User, stream: Stream) -> Rule:
    """Live for an hour: eight events, four of them faint."""
    rule = make_live_rule(ada, stream.camera)
    frames = visits()
    log_tracks(stream, frames)
    events = live_events(stream, rule, frames)
    judge([each for each in events if each.confidence < 0.6], Verdict.FALSE)
    return rule


@pytest.fixture
def client(ada: User) -> APIClient:
    return client_of(ada)


def wish(stream: Stream, **more: Any) -> dict[str, Any]:
    hour = {"start": ZERO.isoformat(), "end": (ZERO + timedelta(hours=1)).isoformat()}
    return {"cameras": [stream.camera_id], **hour, **more}


def test_a_back_test_is_asked_for_followed_and_read_by_the_api(client: APIClient, rule: Rule, stream: Stream) -> None:
    text = {"document": document(sure=0.7)}
    asked = client.post(f"/api/v1/rules/{rule.id}/backtests", wish(stream, **text), format="json")
    assert (asked.status_code, asked.json()["state"], asked.json()["cameras"]) == (202, "queued", [])
    backtest_run(backtest_id=asked.json()["id"])
    answer = client.get(f"/api/v1/backtests/{asked.json()['id']}").json()
    assert (answer["state"], answer["progress_percent"], answer["version"]) == ("done", 100, None)
    assert {name: answer["total"][name] for name in ("hits", "kept", "gone", "gone_false", "false_share")} == {
        "hits": 4, "kept": 4, "gone": 4, "gone_false": 4, "false_share": None,
    }  # fmt: skip
    assert [each["camera_name"] for each in answer["cameras"]] == ["Yard cam"]
    hits = client.get(f"/api/v1/backtests/{answer['id']}/hits?page_size=3").json()
    assert [hit["kind"] for hit in hits["results"]] == ["gone", "kept", "gone"]
    assert [hit["verdict"] for hit in hits["results"]] == ["false", "unreviewed", "false"]
    assert len(client.get(hits["next"]).json()["results"]) == 3
    (listed,) = client.get(f"/api/v1/rules/{rule.id}/backtests").json()["results"]
    assert listed == answer


def test_a_wish_that_cannot_be_fulfilled_says_why(client: APIClient, rule: Rule, stream: Stream) -> None:
    address = f"/api/v1/rules/{rule.id}/backtests"
    hidden = client_of(make_user("vera")).post(address, wish(stream), format="json")
    faulty = client.post(address, wish(stream, document="name: a"), format="json")
    both = client.post(address, wish(stream, document=document(), version=1), format="json")
    backwards = client.post(address, wish(stream, end=ZERO.isoformat()), format="json")
    assert [each.status_code for each in (hidden, faulty, both, backwards)] == [404, 422, 422, 422]
    assert not Backtest.objects.exists()


def test_a_camera_of_somebody_else_cannot_be_named(rule: Rule, stream: Stream) -> None:
    vera, vault = make_user("vera"), make_camera("Vault")
    grant(vera, stream.camera)
    address, wished = f"/api/v1/rules/{rule.id}/backtests", wish(stream, cameras=[stream.camera_id, vault.id])
    there = client_of(vera).post(address, wished, format="json")
    missing = client_of(vera).post(address, wish(stream, cameras=[stream.camera_id, 999999]), format="json")
    assert there.status_code == missing.status_code in {400, 422}
    assert str(vault.id) in there.json()["fields"]["cameras"][0]
    assert there.json()["fields"]["cameras"][0].replace(str(vault.id), "999999") in missing.content.decode().replace(
        "\\", ""
    )


def test_a_back_test_is_cancelled_by_the_api(client: APIClient, ada: User, rule: Rule, stream: Stream) -> None:
    backtest = make_backtest(ada, rule, stream.camera)
    assert client.post(f"/api/v1/backtests/{backtest.id}/cancel").json()["state"] == "cancelled"
    assert client.post(f"/api/v1/backtests/{backtest.id}/cancel").status_code == 409


def test_a_rule_is_tried_from_its_page(ada: User, rule: Rule, stream: Stream) -> None:
    browser = Client()
    browser.force_login(ada)
    assert f"/rules/{rule.id}/try" in browser.get(f"/rules/{rule.id}/").content.decode()
    form = browser.get(f"/rules/{rule.id}/try").content.decode()
    assert "Yard cam" in form
    answer = browser.post(f"/rules/{rule.id}/try", {"version": 1, "cameras": [stream.camera_id], **DAYS})
    backtest = Backtest.objects.get()
    assert answer["Location"] == f"/rules/back-tests/{backtest.id}/"
    assert "every 2s" in browser.get(answer["Location"]).content.decode()
    backtest_run(backtest_id=backtest.id)
    Clip.objects.create(event=stream.camera.events.latest("started_at"), snapshot_name="clips/a.jpg")
    page = browser.get(answer["Location"]).content.decode()
    assert "every 2s" not in page
    assert page.count("hit-frame") == 7
    assert page.count("/snapshot") == 1
    assert "8 found" in page
    assert "100 %" in page
    assert "hit-frame" not in browser.get(f"{answer['Location']}?kind=new").content.decode()


def test_that_a_zone_was_drawn_otherwise_stands_on_the_page_in_the_answer_and_in_the_terminal(
    ada: User, client: APIClient, rule: Rule, stream: Stream
) -> None:
    tell(stream, until_ms=20 * 60_000)
    stream.camera.zones.filter(name="Yard").update(points=[[0, 0], [1, 0], [1, 1]])
    backtest = make_backtest(ada, rule, stream.camera)
    backtest_run(backtest_id=backtest.id)
    (camera,) = client.get(f"/api/v1/backtests/{backtest.id}").json()["cameras"]
    assert [each["zones"] for each in camera["differing"]] == [["Yard"]]
    browser = Client()
    browser.force_login(ada)
    page = browser.get(f"/rules/back-tests/{backtest.id}/").content.decode()
    assert "Tried with the zones and values of now" in page and "zone “Yard”" in page
    lines = told("Loiterer", "--from", "2026-11-20", "--to", "2026-11-20")
    assert "otherwise then than now" in lines[3] and "zone “Yard”" in lines[3]


def test_a_form_without_a_camera_says_so_and_asks_for_nothing(ada: User, rule: Rule) -> None:
    browser = Client()
    browser.force_login(ada)
    answer = browser.post(f"/rules/{rule.id}/try", {"version": 1, **DAYS})
    assert answer.status_code == 422
    assert "Choose at least one camera" in answer.content.decode()
    assert not Backtest.objects.exists()


def test_a_period_at_the_beginning_of_the_calendar_is_refused(ada: User, rule: Rule, stream: Stream) -> None:
    """Midnight of that day in Tokyo is of the year before in UTC, which PostgreSQL gives back and Python cannot."""
    Site.objects.update(time_zone="Asia/Tokyo")
    browser = Client()
    browser.force_login(ada)
    days = {"first": "0001-01-01", "last": "0001-01-01"}
    answer = browser.post(f"/rules/{rule.id}/try", {"version": 1, "cameras": [stream.camera_id], **days})
    assert answer.status_code == 422
    assert "must not begin before 1970" in answer.content.decode()


def test_a_page_of_somebody_elses_back_test_is_not_there(ada: User, rule: Rule, stream: Stream) -> None:
    backtest = make_backtest(ada, rule, stream.camera)
    browser, vera = Client(), make_user("vera")
    grant(vera, stream.camera)
    browser.force_login(vera)
    assert browser.get(f"/rules/back-tests/{backtest.id}/").status_code == 404
    assert browser.post(f"/rules/back-tests/{backtest.id}/cancel").status_code == 404


def told(*arguments: str) -> list[str]:
    output = StringIO()
    call_command("rules", "backtest", *arguments, stdout=output)
    return output.getvalue().splitlines()


def test_a_file_is_tried_in_the_terminal(ada: User, rule: Rule, tmp_path: Path) -> None:
    path = tmp_path / "loiterer.yaml"
    path.write_text(document(sure=0.7))
    lines = told(str(path), "--camera", "Yard cam", "--from", "2026-11-20", "--to", "2026-11-20", "--hits")
    assert lines[1].split() == ["camera", "found", "kept", "new", "gone", "false", "logged"]
    assert lines[2].split() == ["Yard", "cam", "4", "4", "0", "4", "-", "1.0", "h"]
    assert len(lines) == 2 + 1 + 8 + 1
    assert not Backtest.objects.exists()


def test_a_rule_is_tried_in_the_terminal_on_its_own_cameras(ada: User, rule: Rule) -> None:
    lines = told("Loiterer", "--from", "2026-11-20T10:00+01:00", "--to", "2026-11-20T10:00Z")
    assert lines[2].split() == ["Yard", "cam", "8", "8", "0", "0", "100%", "1.0", "h"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Nobody"], "no rule and no file"),
        (["Loiterer", "--camera", "Vault"], "no camera named Vault"),
        (["Loiterer", "--from", "yesterday"], "no moment"),
        (["Loiterer", "--from", "2026-11-21", "--to", "2026-11-20"], "must end"),
    ],
)
def test_what_the_terminal_cannot_do_is_said(rule: Rule, arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        told(*arguments)
