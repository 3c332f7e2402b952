"""Sessions that know whose they are and where they were last seen (``SESSION_ENGINE``)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.http import HttpRequest
from django.utils import timezone

from vms.accounts.models import Session, User

SEEN = "seen"
SEEN_EVERY = timedelta(minutes=5)
LONGEST_AGENT = 300


class SessionStore(DatabaseSessionStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)  # noqa: S101  made from the class above
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row


def session_begin(request: HttpRequest) -> None:
    """Note when and from where somebody signed in."""
    _note(request, since=timezone.now().isoformat())


def session_keep(request: HttpRequest) -> None:
    """Note that it is still used, where that was noted a while ago."""
    seen = request.session.get(SEEN)
    if seen and datetime.fromisoformat(seen["at"]) < timezone.now() - SEEN_EVERY:
        _note(request, since=seen["since"])


def sessions_of(person: User) -> list[tuple[Session, dict[str, Any]]]:
    """The sessions that hold, the one used last first; beside each what was noted of it."""
    rows = Session.objects.filter(user=person, expire_date__gt=timezone.now())
    return sorted(((row, seen_of(row)) for row in rows), key=lambda pair: str(pair[1].get("at", "")), reverse=True)


def seen_of(row: Session) -> dict[str, Any]:
    """``since`` and ``at`` as moments, ``ip`` and ``agent``; empty for a session that no sign-in page began."""
    seen = row.get_decoded().get(SEEN) or {}
    return seen | {name: datetime.fromisoformat(seen[name]) for name in ("since", "at") if name in seen}


def _note(request: HttpRequest, *, since: str) -> None:
    session: SessionBase = request.session
    session[SEEN] = {
        "since": since,
        "at": timezone.now().isoformat(),
        "ip": request.META.get("REMOTE_ADDR", ""),
        "agent": request.headers.get("User-Agent", "")[:LONGEST_AGENT],
    }
