"""What a worker's words about a camera mean: in which state it is, why, and what that minute is worth."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import (
    gettext,
    gettext_noop,  # stored in English, shown by reason_words
)

from cameras.choices import CoverageState, HealthFault, HealthState
from workers.runtime.contract import StreamCondition

SIZE_CHANGED = gettext_noop("The size of its picture has changed")
CLOCK_JUMPED = gettext_noop("Its clock has jumped")
REASONS = {
    StreamCondition.CONNECTING: gettext_noop("It does not answer yet"),
    StreamCondition.FROZEN: gettext_noop("The same picture comes again and again"),
    StreamCondition.SLOW: gettext_noop("Pictures come too slowly"),
    StreamCondition.RESOLUTION_CHANGED: SIZE_CHANGED,
    StreamCondition.STALLED: gettext_noop("No picture comes any more, though the connection stands"),
    StreamCondition.ENDED: gettext_noop("It ended the connection"),
    StreamCondition.GARBAGE: gettext_noop("What it sends cannot be read"),
    StreamCondition.UNREACHABLE: gettext_noop("It does not answer at its address"),
    StreamCondition.REFUSED: gettext_noop("It refuses the connection"),
    StreamCondition.UNAUTHORISED: gettext_noop("It does not accept the user name or the password"),
    StreamCondition.NOT_FOUND: gettext_noop("It has no stream at this address"),
    StreamCondition.NO_VIDEO: gettext_noop("It sends no video"),
    StreamCondition.FORBIDDEN: gettext_noop("Its address is outside the networks in which cameras may be"),
}
CLIP_REASONS = {
    StreamCondition.STALLED: gettext_noop("No clips: the stream for clips sends nothing, though the connection stands"),
    StreamCondition.ENDED: gettext_noop("No clips: the camera ended the stream for clips"),
    StreamCondition.GARBAGE: gettext_noop("No clips: what comes as the stream for clips cannot be read"),
    StreamCondition.UNREACHABLE: gettext_noop("No clips: the stream for clips does not answer at its address"),
    StreamCondition.REFUSED: gettext_noop("No clips: the stream for clips refuses the connection"),
    StreamCondition.UNAUTHORISED: gettext_noop(
        "No clips: the stream for clips does not accept the user name or the password"
    ),
    StreamCondition.NOT_FOUND: gettext_noop("No clips: the camera has no stream for clips at its address"),
    StreamCondition.NO_VIDEO: gettext_noop("No clips: the stream for clips has no video"),
    StreamCondition.FORBIDDEN: gettext_noop(
        "No clips: the stream for clips is outside the networks in which cameras may be"
    ),
}
"""Why there will be no clip though pictures are analysed: a camera's other stream has faults of its own."""
LATE = gettext_noop("Pictures are analysed late")
SKIPPED = gettext_noop("Frames are skipped, since the worker is full")
DAMAGED = gettext_noop("Many pictures arrive damaged")
NO_CLIPS = gettext_noop("Pictures are analysed, but clips cannot be recorded")
UNSTABLE = gettext_noop("Unstable: it keeps dropping out")
NO_WORKER = gettext_noop("No worker is watching it")
WORKER_SILENT = gettext_noop("No worker was watching it")
NOT_RUNNING = gettext_noop("VMS was not running")
SET_ASIDE = gettext_noop("Set aside: it kept stopping its worker")
SWITCHED_OFF = gettext_noop("Switched off")
NOT_LIVE = gettext_noop("It is fed by uploaded recordings")

DEGRADED = {StreamCondition.SLOW, StreamCondition.RESOLUTION_CHANGED}
GOOD_STATES = frozenset({HealthState.ONLINE, HealthState.DEGRADED})
PLATFORM_REASONS = frozenset({LATE, SKIPPED, NO_CLIPS})
OFF_REASONS = (SWITCHED_OFF, NOT_LIVE)
"""Nobody is to watch it."""


def reason_words(reason: str) -> str:
    """A stored reason in the reader's language."""
    return gettext(reason) if reason else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a report says by itself, before anything is debounced."""

    state: HealthState
    reason: str = ""

    @property
    def is_good(self) -> bool:
        return self.state in GOOD_STATES

    @property
    def fault(self) -> str:
        if self.state == HealthState.ONLINE:
            return ""
        return HealthFault.PLATFORM if self.reason in PLATFORM_REASONS else HealthFault.CAMERA


def reading_of(condition: StreamCondition, trouble: str) -> Reading:
    """``trouble``: what the counters say of pictures that do come; empty where nothing is wrong with them."""
    if condition == StreamCondition.ONLINE:
        return Reading(HealthState.DEGRADED, trouble) if trouble else Reading(HealthState.ONLINE)
    if condition in DEGRADED:
        return Reading(HealthState.DEGRADED, REASONS[condition])
    state = HealthState.FROZEN if condition == StreamCondition.FROZEN else HealthState.OFFLINE
    return Reading(state, REASONS[condition])


def coverage_of(reading: Reading) -> CoverageState:
    """A picture that does not change shows nothing: such time is as blind as none."""
    if reading.state == HealthState.ONLINE:
        return CoverageState.ANALYSED
    return CoverageState.DEGRADED if reading.state == HealthState.DEGRADED else CoverageState.BLIND
