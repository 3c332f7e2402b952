"""What a process heard or found of late, with whom it is for: pages that come back get it without asking PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from events.live import LiveMessage
from events.live_page import LivePage

KEPT = timedelta(seconds=60)
"""Longer than a look reaches back: what a push brought is not told again."""
OVERLAP = timedelta(seconds=3)
"""By which the clocks of the hosts may differ that draw pages and listen."""


@dataclass(frozen=True, slots=True)
class News:
    """``user_id``: the only one it is for, beside what may be seen of the camera."""

    at: datetime
    user_id: int | None
    camera_id: int | None
    text: str

    def is_for(self, page: LivePage) -> bool:
        if self.user_id is not None and (page.access is None or page.access.user.pk != self.user_id):
            return False
        return page.sees(self.camera_id)


class LiveMemory:
    """``complete_since``: from when on nothing was missed; None while nobody listens."""

    def __init__(self) -> None:
        self.complete_since: datetime | None = None
        self._news: dict[int, News] = {}

    def keep(self, group: str, message: LiveMessage, text: str) -> News:
        """In the place of what was said of the same before."""
        mark = _mark(group, message)
        self._news.pop(mark, None)
        news = self._news[mark] = News(timezone.now(), user_of(group), message["camera_id"], text)
        return news

    def knows(self, group: str, message: LiveMessage) -> bool:
        return _mark(group, message) in self._news

    def since(self, cursor: datetime) -> Iterator[News] | None:
        """What came after ``cursor``, oldest first; None: what is here is not all."""
        since = cursor - OVERLAP
        if self.complete_since is None or since < max(self.complete_since, timezone.now() - KEPT):
            return None
        return (news for news in self._news.values() if news.at >= since)

    def forget(self) -> None:
        """What is too old to be asked for."""
        long_ago = timezone.now() - KEPT - OVERLAP
        self._news = {mark: news for mark, news in self._news.items() if news.at > long_ago}


def user_of(group: str) -> int | None:
    kind, _, number = group.partition(".")
    return int(number) if kind == "user" else None


def _mark(group: str, message: LiveMessage) -> int:
    """The same for a push and for what a look finds. An alert can be changed again and again."""
    state = json.dumps(message["data"], sort_keys=True) if message["kind"] == "alert.updated" else ""
    return hash((group, message["kind"], message["id"], state))
