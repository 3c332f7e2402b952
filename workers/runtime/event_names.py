"""Which event a transition of the rules is about: its own, or one that the platform holds open from another host."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, cast

from pydantic import BaseModel, ConfigDict

from rules.engine.transitions import Ended, Started
from workers.runtime.contract import OpenStreamEvent, event_key

ADOPTION_MS = 10_000
"""Within so much analysed time the rules must have found an open event again; then it is over."""

EYES_OPEN_MS = 3_000
"""Of analysed time: who is found in it was there all along."""

Key = tuple[int, int, int, int]
"""Rule, its version, track, start: what the rules know an event by."""


class AdoptedName(BaseModel):
    """The rules found an event again that was open already, and date its start otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Key
    event_id: uuid.UUID


class EventNames:
    """One stream's. ``open_events`` that the saved rules do not know wait to be found again.

    A host that dies takes the last moments of its memory along: what began in them was told, but is in no state.
    From ``next_track_id`` on both hosts count for themselves: only who was there when this one began to look can be
    the one of an open event. Who comes later is somebody else, whatever the number.
    """

    def __init__(
        self,
        owner_id: uuid.UUID,
        rules: dict[str, Any] | None,
        names: Iterable[AdoptedName] = (),
        open_events: Iterable[OpenStreamEvent] = (),
        next_track_id: int = 1,
    ) -> None:
        self._owner_id = owner_id
        self._names = {name.key: name.event_id for name in names}
        known = {self._id_of(cast(Key, tuple(key))) for key in (rules or {}).get("open", ())}
        waiting = (event for event in open_events if event.event_id not in known)
        self._waiting = {(event.rule_id, event.rule_version, event.track_id): event for event in waiting}
        self._first_ms: int | None = None
        self._next_track_id = next_track_id
        self._there: set[int] = set()
        """Of those numbered here, who was there when this host began to look."""

    def seen(self, track_ids: Iterable[int], now_ms: int) -> None:
        """Told before what the rules make of the frame."""
        if not self._waiting:
            return
        self._first_ms = now_ms if self._first_ms is None else self._first_ms
        if now_ms - self._first_ms <= EYES_OPEN_MS:
            self._there.update(track_ids)

    def started(self, started: Started) -> tuple[uuid.UUID, bool]:
        """The event's id, and whether the platform is to be told of it."""
        key = started.rule_id, started.version, started.track_id
        may_go_on = started.track_id < self._next_track_id or started.track_id in self._there
        open_event = self._waiting.pop(key, None) if may_go_on else None
        if open_event is None:
            return self._id_of((*key, started.start_ms)), True
        self._names[*key, started.start_ms] = open_event.event_id
        return open_event.event_id, False

    def ended(self, ended: Ended) -> uuid.UUID:
        key = ended.rule_id, ended.version, ended.track_id, ended.start_ms
        event_id = self._id_of(key)
        self._names.pop(key, None)
        return event_id

    def overdue(self, now_ms: int) -> list[tuple[uuid.UUID, int]]:
        """Open events that were not found again, and when they end: where this host began to look."""
        if not self._waiting:
            return []
        self._first_ms = now_ms if self._first_ms is None else self._first_ms
        return self.give_up(self._first_ms) if now_ms - self._first_ms > ADOPTION_MS else []

    def give_up(self, now_ms: int) -> list[tuple[uuid.UUID, int]]:
        """All that still wait to be found again, and when they end."""
        given_up = [(event.event_id, max(event.start_ms, now_ms)) for event in self._waiting.values()]
        self._waiting.clear()
        return given_up

    def names(self) -> tuple[AdoptedName, ...]:
        return tuple(AdoptedName(key=key, event_id=event_id) for key, event_id in self._names.items())

    def waiting(self) -> tuple[OpenStreamEvent, ...]:
        return tuple(self._waiting.values())

    def _id_of(self, key: Key) -> uuid.UUID:
        return self._names.get(key) or event_key(self._owner_id, *key)
