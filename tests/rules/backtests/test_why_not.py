"""Why not: which rule came nearest at a moment, and what was missing, by the API and on the page."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from events.models import TrackLog
from rules.engine.frames import FrameTracks
from rules.engine.track_log import quantised
from rules.frozen import camera_config
from rules.models import Rule
from rules.services import OverrideValues, RuleChange, Saving, overrides_set, rule_update, version_save
from rules.why_not import NothingLoggedError, camera_why_not
from tests.api.clients import client_of
from tests.cameras.world import make_job, make_user
from tests.engine.walks import Sighting, frame
from tests.rules.backtests.world import (
    ZERO,
    document,
    log_segment,
    log_tracks,
    make_live_rule,
    make_stream,
    visits,
)
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import InvalidError
from workers.models import Stream, StreamLease, ToldConfig

pytestmark = pytest.mark.django_db

CAR = "name: Car at the gate\nwho: {classes: [car]}\nwhen: {in_zone: Yard}\n"
GATE = "name: Gate\nwhen: {in_zone: Gate}\n"
THREE_SECONDS = ZERO + timedelta(seconds=3)


@pytest.fixture
def ada() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def stream(ada: User) -> Stream:
    """Somebody stands in the yard for the first four seconds."""
    stream = make_stream()
    log_tracks(stream, visits(6))
    for text in (document(), CAR):
        make_live_rule(ada, stream.camera, text=text)
    tell(stream)
    return stream


def tell(stream: Stream, *, epoch: int = 1, from_ms: int = 0) -> None:
    """A node claims the stream, and is told the rules in force."""
    config = camera_config(stream.camera, ZERO).config
    told = ToldConfig.objects.create(stream=stream, digest=str(epoch), config=config.model_dump(mode="json"))
    rules = [[rule.rule_id, rule.version] for rule in config.rules]
    StreamLease.objects.filter(stream=stream, until_ms=None).update(until_ms=from_ms)
    StreamLease.objects.create(
        stream=stream, epoch=epoch, boot_id=uuid.uuid4(), rules=rules, told=told, from_ms=from_ms
    )


def test_the_nearest_rule_comes_first_and_says_how_long_was_missing(ada: User, stream: Stream) -> None:
    answer = camera_why_not(user=ada, camera=stream.camera, at=THREE_SECONDS)
    assert (answer.frame_at, answer.tracks) == (THREE_SECONDS, 1)
    first, second = answer.rules
    assert first.rule == Rule.objects.get(name="Loiterer")
    assert first.sentences == ["Missing was to be in “Yard” for 5 s: it was so for 3 s."]
    assert (first.track_id, first.class_name, first.met) == (1, "person", False)
    assert second.sentences == ["No track is car as the rule asks; in the picture: person."]
    assert first.nearness > second.nearness


def test_a_fulfilled_rule_says_so(ada: User, stream: Stream) -> None:
    answer = camera_why_not(user=ada, camera=stream.camera, at=ZERO + timedelta(seconds=306))
    assert (answer.rules[0].met, answer.rules[0].sentences) == (True, ["It was fulfilled at that moment."])


def test_a_rule_that_cannot_be_used_there_says_why(ada: User, stream: Stream) -> None:
    make_live_rule(ada, stream.camera, text=GATE)
    answer = camera_why_not(user=ada, camera=stream.camera, at=THREE_SECONDS)
    assert [each.sentences for each in answer.rules if each.rule is None] == [
        ["Rule “Gate” was left out: camera Yard cam has no zone named “Gate”."]
    ]


ENDS = [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
"""Of the calendar: there is no minute before or after."""


@pytest.mark.parametrize("at", [ZERO - timedelta(minutes=1), ZERO + timedelta(minutes=10), *ENDS])
def test_a_moment_of_which_nothing_was_logged_is_told_as_such(ada: User, stream: Stream, at: datetime) -> None:
    with pytest.raises(NothingLoggedError):
        camera_why_not(user=ada, camera=stream.camera, at=at)


def test_a_moment_without_an_offset_is_not_guessed(ada: User, stream: Stream) -> None:
    with pytest.raises(InvalidError, match="offset"):
        camera_why_not(user=ada, camera=stream.camera, at=ZERO.replace(tzinfo=None))


def test_the_api_answers_for_those_who_see_the_camera(ada: User, stream: Stream) -> None:
    address = f"/api/v1/cameras/{stream.camera_id}/why-not"
    answer = client_of(ada).get(address, {"at": THREE_SECONDS.isoformat()}).json()
    assert [each["rule_name"] for each in answer["rules"]] == ["Loiterer", "Car at the gate"]
    assert answer["rules"][0]["missing"][0]["held_seconds"] == 3.0
    assert client_of(ada).get(address).status_code == 400
    assert (
        client_of(ada).get(address, {"at": (ZERO - timedelta(days=1)).isoformat()}).json()["code"] == "nothing_logged"
    )
    assert client_of(make_user("vera")).get(address, {"at": THREE_SECONDS.isoformat()}).status_code == 404


def test_the_page_tells_it_in_words(ada: User, stream: Stream) -> None:
    browser = Client()
    browser.force_login(ada)
    address = f"/rules/why-not/{stream.camera_id}/"
    assert "Choose a moment" in browser.get(address).content.decode()
    page = browser.get(address, {"at": THREE_SECONDS.isoformat()}).content.decode()
    assert "it was so for 3 s" in page
    assert "Nothing was logged" in browser.get(address, {"at": "2026-01-01T10:00"}).content.decode()
    assert "no moment" in browser.get(address, {"at": "now"}).content.decode()
    browser.force_login(make_user("vera"))
    assert browser.get(address).status_code == 404


def test_a_schedule_that_was_closed_is_told_by_the_clock(ada: User, stream: Stream) -> None:
    text = "name: Night\nwhen: {all: [{in_zone: Yard}, {schedule: {days: mon-fri, from: '22:00', to: '06:00'}}]}\n"
    make_live_rule(ada, stream.camera, text=text)
    answer = camera_why_not(user=ada, camera=stream.camera, at=THREE_SECONDS)
    (night,) = [each for each in answer.rules if each.rule and each.rule.name == "Night"]
    assert night.sentences == [
        "Missing was the time of day: it was fri 2026-11-20 09:00, "
        "and the rule asks for mon, tue, wed, thu, fri 22:00 to 06:00."
    ]


PARAMETER = "name: Loiterer\nparameters: {seconds: 20}\nwhen: {in_zone: {zone: Yard, for: $seconds}}\n"
HOURS = "name: Left for hours\nwho: {classes: [person]}\nwhen: {in_zone: {zone: Yard, for: 2 h}}\n"


def test_a_rule_that_asks_for_hours_is_told_of_hours(ada: User) -> None:
    """Logged were a quarter of an hour, then nothing for a while, and then an hour and a half in one go."""
    stream = make_stream()
    log_tracks(stream, standing_from(0, minutes=15, step_ms=1_000))
    log_tracks(stream, standing_from(60 * 60_000, minutes=90, step_ms=1_000))
    make_live_rule(ada, stream.camera, text=HOURS)
    tell(stream)
    answer = camera_why_not(user=ada, camera=stream.camera, at=ZERO + timedelta(minutes=149))
    assert answer.rules[0].sentences == ["Missing was to be in “Yard” for 2 h: it was so for 89 min."]
    assert answer.rules[0].track_id == 60


def standing_from(at_ms: int, *, minutes: int, step_ms: int) -> list[FrameTracks]:
    """Somebody in the yard; the track's number is the minute in which it begins."""
    sight = {at_ms // 60_000: Sighting(0.5, 0.5)}
    return [quantised(frame(at_ms + step, sight)) for step in range(0, minutes * 60_000, step_ms)]


def test_a_worker_that_numbers_tracks_anew_takes_none_for_another(ada: User) -> None:
    """Track 2 was in the yard until the worker died; track 2 of its successor is somebody else, who just came."""
    stream, sight = make_stream(), Sighting(0.5, 0.5)
    log_segment(stream, [quantised(frame(at_ms, {2: sight})) for at_ms in range(0, 60_000, 200)], epoch=1)
    later = [
        quantised(frame(at_ms, {1: sight} if at_ms < 62_000 else {2: sight})) for at_ms in range(60_200, 63_200, 200)
    ]
    log_segment(stream, later, epoch=2)
    make_live_rule(ada, stream.camera, text=document())
    tell(stream, epoch=2)
    answer = camera_why_not(user=ada, camera=stream.camera, at=ZERO + timedelta(seconds=63))
    assert answer.rules[0].sentences == ["Missing was to be in “Yard” for 5 s: it was so for 1 s."]


def change(admin: User, text: str) -> Rule:
    """The loiterer's next version, in force at once."""
    rule = Rule.objects.get(name="Loiterer")
    version_save(user=admin, rule=rule, saving=Saving(text, publish=True))
    return rule


def test_the_version_of_that_moment_is_asked_and_named(ada: User, stream: Stream) -> None:
    change(ada, document(seconds=60))
    tell(stream, epoch=2, from_ms=300_000)
    log_segment(
        stream, [quantised(frame(at_ms, {9: Sighting(0.5, 0.5)})) for at_ms in range(301_000, 304_200, 200)], epoch=2
    )
    then = camera_why_not(user=ada, camera=stream.camera, at=THREE_SECONDS).rules[0]
    assert (then.version, then.was_in_use, then.version_now) == (1, True, 2)
    assert then.sentences == ["Missing was to be in “Yard” for 5 s: it was so for 3 s."]
    later = camera_why_not(user=ada, camera=stream.camera, at=ZERO + timedelta(seconds=304)).rules[0]
    assert (later.version, later.was_in_use, later.version_now) == (2, True, 2)
    assert later.sentences == ["Missing was to be in “Yard” for 60 s: it was so for 3 s."]


def test_zones_and_values_of_the_camera_are_those_of_that_moment(ada: User) -> None:
    stream = make_stream()
    rule = make_live_rule(ada, stream.camera, text=PARAMETER)
    camera = stream.camera
    overrides_set(user=ada, rule=rule, overrides=[OverrideValues(camera, {"seconds": 5})])
    log_tracks(stream, visits(6))
    tell(stream)
    camera.zones.update(points=[[0.0, 0.0], [0.1, 0.0], [0.1, 0.1]])
    overrides_set(user=ada, rule=rule, overrides=[OverrideValues(camera, {"seconds": 50})])
    (then,) = camera_why_not(user=ada, camera=camera, at=THREE_SECONDS).rules
    assert then.sentences == ["Missing was to be in “Yard” for 5 s: it was so for 3 s."]


def test_of_a_lease_that_kept_no_zones_those_of_now_are_asked(ada: User, stream: Stream) -> None:
    StreamLease.objects.update(told=None)
    answer = camera_why_not(user=ada, camera=stream.camera, at=THREE_SECONDS).rules[0]
    assert (answer.was_in_use, answer.sentences) == (True, ["Missing was to be in “Yard” for 5 s: it was so for 3 s."])


@pytest.mark.parametrize("text", [document(seconds=6), HOURS.replace("Left for hours", "Loiterer")])
def test_a_new_version_knows_nothing_of_what_was_before_it(ada: User, text: str) -> None:
    """Somebody stood there for ten seconds; the version came in the fifth."""
    stream = make_stream()
    make_live_rule(ada, stream.camera)
    tell(stream)
    log_tracks(stream, standing_from(0, minutes=1, step_ms=200)[:25])
    change(ada, text)
    tell(stream, epoch=2, from_ms=5_000)
    log_tracks(stream, standing_from(0, minutes=1, step_ms=200)[25:51], epoch=2)
    (answer,) = camera_why_not(user=ada, camera=stream.camera, at=ZERO + timedelta(seconds=10)).rules
    assert answer.version == 2
    assert answer.sentences[0].endswith("it was so for 5 s.")


def test_a_version_that_many_leases_knew_remembers_them_all(ada: User, stream: Stream) -> None:
    tell(stream, epoch=2, from_ms=1_000)
    log_segment(stream, visits(1)[5:10], epoch=2)
    tell(stream, epoch=3, from_ms=2_000)
    log_segment(stream, visits(1)[10:], epoch=3)
    answer = camera_why_not(user=ada, camera=stream.camera, at=THREE_SECONDS).rules[0]
    assert answer.sentences == ["Missing was to be in “Yard” for 5 s: it was so for 3 s."]


def test_a_rule_that_is_in_use_only_now_is_told_as_such(ada: User, stream: Stream) -> None:
    make_live_rule(ada, stream.camera, text=document("Newcomer", seconds=10))
    found = {
        each.rule.name: each
        for each in camera_why_not(user=ada, camera=stream.camera, at=THREE_SECONDS).rules
        if each.rule
    }
    assert [(name, each.was_in_use) for name, each in sorted(found.items())] == [
        ("Car at the gate", True),
        ("Loiterer", True),
        ("Newcomer", False),
    ]
    assert found["Newcomer"].sentences == ["Missing was to be in “Yard” for 10 s: it was so for 3 s."]


def test_a_rule_that_was_switched_off_since_still_answers_for_then(ada: User, stream: Stream) -> None:
    rule_update(user=ada, rule=Rule.objects.get(name="Loiterer"), change=RuleChange(enabled=False))
    names = {
        each.rule.name for each in camera_why_not(user=ada, camera=stream.camera, at=THREE_SECONDS).rules if each.rule
    }
    assert "Loiterer" in names


def test_a_recording_is_asked_by_the_rules_it_was_analysed_with(ada: User) -> None:
    stream = make_stream()
    make_live_rule(ada, stream.camera)
    job = make_job(ada, stream.camera)
    job.config = camera_config(stream.camera, ZERO).config.model_dump(mode="json")
    job.save()
    row = log_segment(stream, visits(1))
    TrackLog.objects.filter(id=row.id).update(stream=None, job=job)
    change(ada, document(seconds=60))
    (answer,) = camera_why_not(user=ada, camera=stream.camera, at=THREE_SECONDS).rules
    assert (answer.version, answer.was_in_use, answer.version_now) == (1, True, 2)
    assert answer.sentences == ["Missing was to be in “Yard” for 5 s: it was so for 3 s."]


def test_the_page_and_the_api_name_the_version(ada: User, stream: Stream) -> None:
    change(ada, document(seconds=60))
    make_live_rule(ada, stream.camera, text=document("Newcomer", seconds=10))
    browser = Client()
    browser.force_login(ada)
    page = browser.get(f"/rules/why-not/{stream.camera_id}/", {"at": THREE_SECONDS.isoformat()}).content.decode()
    assert "Version 1; in force now: version 2" in page
    assert "Not in use then" in page
    address = f"/api/v1/cameras/{stream.camera_id}/why-not"
    told = client_of(ada).get(address, {"at": THREE_SECONDS.isoformat()}).json()["rules"]
    versions = {each["rule_name"]: (each["version"], each["was_in_use"], each["version_now"]) for each in told}
    assert versions["Loiterer"] == (1, True, 2)
    assert versions["Newcomer"] == (1, False, 1)
