"""Keeps the condition of a stream; its changes wait until they are fetched, so that none is lost."""

from __future__ import annotations

import threading
from collections import deque

from workers.runtime.live.conditions import Condition, ConditionChange

MAX_CHANGES = 256


class ConditionBoard:
    """Written by the thread that reads and the one that watches over it."""

    def __init__(self, now_ms: int) -> None:
        self._lock = threading.Lock()
        self.current = ConditionChange(Condition.CONNECTING, now_ms)
        self._changes: deque[ConditionChange] = deque((self.current,), maxlen=MAX_CHANGES)

    def put(self, condition: Condition, now_ms: int) -> None:
        with self._lock:
            if condition is not self.current.condition:
                self.current = ConditionChange(condition, now_ms)
                self._changes.append(self.current)

    def take_changes(self) -> list[ConditionChange]:
        with self._lock:
            changes = list(self._changes)
            self._changes.clear()
        return changes
