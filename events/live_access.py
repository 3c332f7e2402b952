"""Who is signed in under a session, and what they may see: asked for many open pages at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django_otp import DEVICE_ID_SESSION_KEY

from cameras.selectors import cameras_seen_by
from vms.accounts.models import User
from vms.accounts.second_factor import roles_with_factor

SESSIONS = import_module(settings.SESSION_ENGINE).SessionStore


@dataclass(frozen=True, slots=True)
class Access:
    user: User
    cameras: frozenset[int]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the session itself says. ``mark``: of the password under which they signed in."""

    user_id: str
    mark: str
    gave_code: bool


def access_of(session_keys: Collection[str]) -> dict[str, Access]:
    """By session key. Not there: a session that has ended or lacks the second factor that its user's role asks for,

    or whose user was switched off or has a new password.
    """
    rows = SESSIONS.get_model_class().objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    sessions = {key: _signed_in(data) for key, data in rows.values_list("session_key", "session_data")}
    wanted = filter(str.isdigit, {session.user_id for session in sessions.values()})
    users = {str(user.pk): user for user in User.objects.filter(id__in=wanted, is_active=True)}
    marks = {user_id: _marks(user) for user_id, user in users.items()}
    careful = roles_with_factor()
    cameras = cameras_seen_by(users.values())
    found = {}
    for key, session in sessions.items():
        user = users.get(session.user_id)
        if user is None or (user.role in careful and not session.gave_code):
            continue
        if any(constant_time_compare(session.mark, mark) for mark in marks[session.user_id]):
            found[key] = Access(user, cameras[user.pk])
    return found


@lru_cache(maxsize=4096)
def _signed_in(session_data: str) -> SignedIn:
    content = SESSIONS().decode(session_data)
    user_id, mark = (str(content.get(key, "")) for key in (SESSION_KEY, HASH_SESSION_KEY))
    return SignedIn(user_id, mark, gave_code=DEVICE_ID_SESSION_KEY in content)


def _marks(user: User) -> tuple[str, ...]:
    return user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()
