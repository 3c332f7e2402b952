"""Back-tests: what a text would have found, beside what the live rule found, and how the work survives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from guardian.shortcuts import remove_perm

from cameras.models import Camera
from events.choices import Verdict
from rules.backtests import measuring, running
from rules.backtests.measuring import Beat, Found, Trial, camera_measure
from rules.backtests.results import CameraResult
from rules.backtests.running import backtest_run, backtests_sweep
from rules.backtests.selectors import backtest_get, backtest_hits, camera_results, whole_result
from rules.backtests.services import Period, backtest_ask, backtest_cancel
from rules.choices import BacktestState, HitKind
from rules.models import Backtest, BacktestHit, Rule
from rules.services import OverrideValues, RuleChange, overrides_set, rule_update
from tests.cameras.world import grant, make_camera, make_user
from tests.engine.walks import Sighting, frame
from tests.rules.backtests.world import (
    SQUARE,
    ZERO,
    document,
    judge,
    live_events,
    log_segment,
    log_tracks,
    make_live_rule,
    make_stream,
    tell,
    visits,
)
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from workers.models import Stream

pytestmark = pytest.mark.django_db

Measured = tuple[CameraResult, list[Found]]
HOUR = Period(ZERO, ZERO + timedelta(hours=1))


@pytest.fixture
def ada() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def stream() -> Stream:
    return make_stream()


@pytest.fixture
def rule(ada: User, stream: Stream) -> Rule:
    return make_live_rule(ada, stream.camera)


def ask(user: User, rule: Rule, *cameras: Camera, text: str = "", period: Period = HOUR) -> Backtest:
    version = None if text else rule.versions.first()
    return backtest_ask(user=user, rule=rule, cameras=cameras, period=period, version=version, document=text)


def done(user: User, rule: Rule, *cameras: Camera, text: str = "", period: Period = HOUR) -> Backtest:
    asked = ask(user, rule, *cameras, text=text, period=period)
    backtest_run(backtest_id=asked.id)
    return backtest_get(user, asked.id)


def result_of(backtest: Backtest) -> CameraResult:
    ((_, result),) = camera_results(backtest)
    assert result is not None
    return result


def test_the_version_in_force_finds_exactly_the_live_events(ada: User, rule: Rule, stream: Stream) -> None:
    frames = visits()
    log_tracks(stream, frames)
    events = live_events(stream, rule, frames)
    assert len(events) == 8
    backtest = done(ada, rule, stream.camera)
    hits = list(backtest_hits(ada, backtest))
    assert backtest.state == BacktestState.DONE
    assert [(hit.kind, hit.event_id, hit.started_at, hit.ended_at, hit.track_id) for hit in hits] == [
        (HitKind.KEPT, each.id, each.started_at, each.ended_at, each.track_id) for each in events
    ]
    assert result_of(backtest).hours[9] == 8


def test_where_nothing_was_otherwise_then_nothing_is_said_of_it(ada: User, rule: Rule, stream: Stream) -> None:
    log_tracks(stream, visits(10))
    tell(stream)
    stream.camera.zones.create(name="Roof", kind="polygon", points=SQUARE)
    assert result_of(done(ada, rule, stream.camera)).differing == []


def test_zones_that_were_drawn_otherwise_are_told_with_the_time(ada: User, rule: Rule, stream: Stream) -> None:
    log_tracks(stream, visits(10))
    tell(stream, until_ms=20 * 60_000)
    stream.camera.zones.filter(name="Yard").update(points=[[0, 0], [1, 0], [1, 1]])
    (then,) = result_of(done(ada, rule, stream.camera)).differing
    assert (then.zones, then.values, then.start, then.end) == (["Yard"], False, ZERO, ZERO + timedelta(minutes=20))


def test_values_that_were_others_are_told_and_those_of_another_version_are_not(ada: User, stream: Stream) -> None:
    text = "name: Loiterer\nparameters: {seconds: 5}\nwhen: {in_zone: {zone: Yard, for: $seconds}}\n"
    rule = make_live_rule(ada, stream.camera, text=text)
    log_tracks(stream, visits(10))
    tell(stream)
    rule_update(user=ada, rule=rule, change=RuleChange(document=text.replace("seconds: 5", "seconds: 9")))
    assert result_of(done(ada, rule, stream.camera)).differing == []
    overrides_set(user=ada, rule=rule, overrides=[OverrideValues(stream.camera, {"seconds": 20})])
    (then,) = result_of(done(ada, rule, stream.camera)).differing
    assert (then.zones, then.values) == ([], True)
    assert then.words == ["values of the rule's parameters"]


def test_a_stricter_text_says_which_events_would_be_gone_and_how_many_of_them_were_false(
    ada: User, rule: Rule, stream: Stream
) -> None:
    frames = visits()
    log_tracks(stream, frames)
    events = live_events(stream, rule, frames)
    judge([each for each in events if each.confidence < 0.6], Verdict.FALSE)
    judge([each for each in events if each.confidence > 0.6][:3], Verdict.TRUE)
    result = result_of(done(ada, rule, stream.camera, text=document(sure=0.7)))
    assert (result.kept, result.new, result.gone) == (4, 0, 4)
    assert (result.kept_true, result.kept_false, result.gone_false) == (3, 0, 4)
    assert result.false_share == 0


def test_a_looser_text_finds_new_ones(ada: User, rule: Rule, stream: Stream) -> None:
    frames = visits()
    log_tracks(stream, frames)
    events = live_events(stream, rule, frames)
    result = result_of(done(ada, rule, stream.camera, text=document(seconds=2)))
    assert (result.kept, result.new, result.gone) == (len(events), 4, 0)


def test_what_began_before_the_period_is_remembered_but_not_told(ada: User, rule: Rule, stream: Stream) -> None:
    frames = visits()
    log_tracks(stream, frames)
    events = live_events(stream, rule, frames)
    late = Period(events[1].started_at, events[1].started_at + timedelta(minutes=10))
    backtest = done(ada, rule, stream.camera, period=late)
    assert [hit.event_id for hit in backtest_hits(ada, backtest)] == [events[1].id]
    assert result_of(backtest).gone == 0


def test_gaps_are_told_and_events_that_fell_into_them_are_not_called_gone(
    ada: User, rule: Rule, stream: Stream
) -> None:
    frames = visits()
    log_tracks(stream, [each for each in frames if not 600_000 <= each.timestamp_ms < 1_200_000])
    live_events(stream, rule, frames)
    result = result_of(done(ada, rule, stream.camera))
    assert [round(gap.seconds) for gap in result.gaps] == [600]
    assert result.gone == 0
    assert result.covered_seconds == pytest.approx(3000, abs=2)


def test_a_camera_without_a_track_log_says_so(ada: User, rule: Rule, stream: Stream) -> None:
    assert "Nothing was logged" in result_of(done(ada, rule, stream.camera)).reason


def test_a_rule_that_cannot_be_used_on_a_camera_says_why(ada: User, rule: Rule, stream: Stream) -> None:
    log_tracks(stream, visits(5))
    stream.camera.zones.all().delete()
    assert "no zone named “Yard”" in result_of(done(ada, rule, stream.camera)).reason


def test_a_node_that_knew_nothing_of_the_tracks_before_begins_anew(ada: User, rule: Rule, stream: Stream) -> None:
    """Its first track has the number that another one had: not one long stay."""
    here, away = Sighting(0.5, 0.5), Sighting(0.1, 0.9)
    log_segment(stream, [frame(at_ms, {2: here}) for at_ms in range(0, 4_000, 200)])
    log_segment(stream, [frame(at_ms, {1: away, 2: here}) for at_ms in range(4_200, 8_200, 200)], epoch=2)
    assert result_of(done(ada, rule, stream.camera)).hits == 0


def test_a_node_that_went_on_from_a_saved_state_ends_no_stay(ada: User, rule: Rule, stream: Stream) -> None:
    here = Sighting(0.5, 0.5)
    log_segment(stream, [frame(at_ms, {2: here}) for at_ms in range(0, 4_000, 200)])
    log_segment(stream, [frame(at_ms, {2: here}) for at_ms in range(4_200, 8_200, 200)], epoch=2)
    assert result_of(done(ada, rule, stream.camera)).hits == 1


def test_a_back_test_goes_on_where_its_worker_was_killed(
    ada: User, rule: Rule, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_stream("Back door")
    for each in (stream, other):
        log_tracks(each, visits(10))
    asked = ask(ada, rule, stream.camera, other.camera)
    measured: list[int] = []

    class Killed(BaseException):
        """Nothing of the worker runs after it, as after a SIGKILL."""

    def measure(trial: Trial, camera: Camera, beat: Beat) -> Measured:
        measured.append(camera.id)
        if len(measured) == 2:
            raise Killed
        return camera_measure(trial, camera, beat)

    monkeypatch.setattr(running, "camera_measure", measure)
    with pytest.raises(Killed):
        backtest_run(backtest_id=asked.id)
    Backtest.objects.update(next_attempt_at=timezone.now())
    backtest_run(backtest_id=asked.id)
    backtest = backtest_get(ada, asked.id)
    assert backtest.state == BacktestState.DONE
    assert measured[1] == measured[2] != measured[0]
    assert BacktestHit.objects.count() == whole_result(backtest).hits == 2


def test_two_workers_do_not_do_the_same_back_test(ada: User, rule: Rule, stream: Stream) -> None:
    asked = ask(ada, rule, stream.camera)
    Backtest.objects.update(state=BacktestState.RUNNING, attempts=1, next_attempt_at=timezone.now() + timedelta(60))
    backtest_run(backtest_id=asked.id)
    assert Backtest.objects.get().attempts == 1


def test_one_back_test_is_done_at_a_time(ada: User, rule: Rule, stream: Stream) -> None:
    first, second = ask(ada, rule, stream.camera), ask(ada, rule, stream.camera)
    running_now = Backtest.objects.filter(id=first.id)
    running_now.update(state=BacktestState.RUNNING, attempts=1, next_attempt_at=timezone.now() + timedelta(60))
    backtest_run(backtest_id=second.id)
    assert Backtest.objects.get(id=second.id).state == BacktestState.QUEUED
    running_now.update(next_attempt_at=timezone.now())
    backtest_run(backtest_id=second.id)
    assert Backtest.objects.get(id=second.id).state == BacktestState.DONE


def test_a_cancelled_back_test_stops_and_changes_nothing_more(
    ada: User, rule: Rule, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_tracks(stream, visits(10))
    asked = ask(ada, rule, stream.camera)

    def measure(trial: Trial, camera: Camera, beat: Beat) -> Measured:
        backtest_cancel(user=ada, backtest_id=asked.id)
        return camera_measure(trial, camera, beat)

    monkeypatch.setattr(running, "camera_measure", measure)
    backtest_run(backtest_id=asked.id)
    assert Backtest.objects.get().state == BacktestState.CANCELLED
    assert not BacktestHit.objects.exists()
    with pytest.raises(ConflictError):
        backtest_cancel(user=ada, backtest_id=asked.id)


def test_what_was_begun_too_often_fails_and_what_is_old_is_removed(ada: User, rule: Rule, stream: Stream) -> None:
    stuck, old = ask(ada, rule, stream.camera), done(ada, rule, stream.camera)
    past = timezone.now() - timedelta(days=40)
    Backtest.objects.filter(id=stuck.id).update(state=BacktestState.RUNNING, attempts=4, next_attempt_at=past)
    Backtest.objects.filter(id=old.id).update(finished_at=past)
    backtests_sweep()
    assert Backtest.objects.get().state == BacktestState.FAILED


def test_more_hits_than_are_shown_are_counted(
    ada: User, rule: Rule, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "MOST_HITS_A_CAMERA", 3)
    log_tracks(stream, visits())
    backtest = done(ada, rule, stream.camera)
    assert (backtest_hits(ada, backtest).count(), result_of(backtest).hits, result_of(backtest).not_shown) == (3, 8, 5)


def test_a_text_that_comes_true_all_the_time_is_told_so_and_fills_no_memory(
    ada: User, rule: Rule, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_tracks(stream, visits())
    monkeypatch.setattr(measuring, "MOST_HITS", 3)
    result = result_of(done(ada, rule, stream.camera))
    assert "more than 3 times" in result.reason and result.hits == 0


def test_only_cameras_that_the_user_sees_can_be_chosen_and_are_shown(ada: User, rule: Rule, stream: Stream) -> None:
    log_tracks(stream, visits(10))
    vera, hidden = make_user("vera"), make_camera("Vault")
    grant(vera, stream.camera)
    with pytest.raises(InvalidError, match="does not exist"):
        ask(vera, rule, stream.camera, hidden)
    backtest = done(vera, rule, stream.camera)
    assert backtest_hits(vera, backtest).count() == 1
    other = make_user("otto")
    with pytest.raises(NotFoundError):
        backtest_get(other, backtest.id)
    rule.cameras.add(hidden)
    grant(vera, hidden)
    remove_perm("view_camera", vera, stream.camera)
    assert whole_result(backtest_get(vera, backtest.id)).hits == 0
    assert not backtest_hits(vera, backtest).exists()


def test_a_text_of_ones_own_is_for_admins(rule: Rule, stream: Stream) -> None:
    vera = make_user("vera")
    grant(vera, stream.camera)
    with pytest.raises(ForbiddenError):
        ask(vera, rule, stream.camera, text=document(seconds=1))


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (Period(ZERO, ZERO), "must end"),
        (Period(ZERO, ZERO + timedelta(days=40)), "longer than 31 days"),
        (Period(ZERO + timedelta(days=4000), ZERO + timedelta(days=4001)), "future"),
    ],
)
def test_a_period_that_cannot_be_used_says_why(
    ada: User, rule: Rule, stream: Stream, period: Period, words: str
) -> None:
    with pytest.raises(InvalidError, match=words):
        ask(ada, rule, stream.camera, period=period)


def test_a_user_has_at_most_three_under_way(ada: User, rule: Rule, stream: Stream) -> None:
    for _ in range(3):
        ask(ada, rule, stream.camera)
    with pytest.raises(ConflictError, match="under way"):
        ask(ada, rule, stream.camera)
