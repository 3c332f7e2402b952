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

from cameras.selectors import cameras_seen_by
from vms.accounts.models import User

SESSIONS = import_module(settings.SESSION_ENGINE).SessionStore


@dataclass(frozen=True, slots=True)
class Access:
    user: User
    cameras: frozenset[int]


def access_of(session_keys: Collection[str]) -> dict[str, Access]:
    """By session key. A session that has ended, or whose user was switched off or has a new password, is not there."""
    rows = SESSIONS.get_model_class().objects.filter(session_key__in=session_keys, expire_date__gt=timezone.now())
    signed_in = {key: _signed_in(data) for key, data in rows.values_list("session_key", "session_data")}
    wanted = {user_id for user_id, _ in signed_in.values()}
    users = {str(user.pk): user for user in User.objects.filter(id__in=filter(str.isdigit, wanted), is_active=True)}
    hashes = {user_id: _hashes(user) for user_id, user in users.items()}
    cameras = cameras_seen_by(users.values())
    return {
        key: Access(users[user_id], cameras[users[user_id].pk])
        for key, (user_id, mark) in signed_in.items()
        if any(constant_time_compare(mark, known) for known in hashes.get(user_id, ()))
    }


@lru_cache(maxsize=4096)
def _signed_in(session_data: str) -> tuple[str, str]:
    """The user's id and the mark of the password under which they signed in, as ``django.contrib.auth`` keeps them."""
    content = SESSIONS().decode(session_data)
    return str(content.get(SESSION_KEY, "")), str(content.get(HASH_SESSION_KEY, ""))


def _hashes(user: User) -> tuple[str, ...]:
    return user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()
