"""Ending what people and their scripts are signed in with: sessions of browsers, refresh tokens of scripts."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken

from events.live import LiveMessage, push, user_group
from vms.accounts.models import Session, User
from vms.accounts.selectors import tokens_of
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.errors import NotFoundError


@transaction.atomic
def session_end(*, user: User, person: User, handle: str) -> None:
    """Sign one browser of ``person`` out; its open pages notice at once.

    Raises:
        ForbiddenError: it is somebody else's, and ``user`` is no admin.
        NotFoundError: there is no such session.
    """
    _own_or_admin(user, person)
    session = next((row for row in Session.objects.filter(user=person) if row.handle == handle), None)
    if session is None:
        raise NotFoundError(_("This session has ended already."))
    session.delete()
    audit_record(actor=user, action="user.session_ended", target=person, username=person.username)
    access_announce(person)


@transaction.atomic
def sessions_end(*, user: User, person: User, keep: str | None = None) -> int:
    """Sign ``person`` out of every browser but the one with the session key ``keep``."""
    _own_or_admin(user, person)
    ended, _rows = Session.objects.filter(user=person).exclude(session_key=keep or "").delete()
    audit_record(actor=user, action="user.sessions_ended", target=person, username=person.username, number=ended)
    access_announce(person)
    return ended


@transaction.atomic
def token_make(*, user: User) -> str:
    """A refresh token for a script of the user's own; it is shown once."""
    token = str(RefreshToken.for_user(user))
    audit_record(actor=user, action="user.token_made", target=user)
    return token


@transaction.atomic
def token_end(*, user: User, person: User, token_id: int) -> None:
    """Make a refresh token hold no more; access tokens that came of it end within a quarter of an hour.

    Raises:
        ForbiddenError: it is somebody else's, and ``user`` is no admin.
        NotFoundError: there is no such token, or it holds no more.
    """
    _own_or_admin(user, person)
    token = tokens_of(person).filter(id=token_id).first()
    if token is None:
        raise NotFoundError(_("This token does not hold any more."))
    BlacklistedToken.objects.get_or_create(token=token)
    audit_record(actor=user, action="user.token_ended", target=person, username=person.username)


def sign_ins_end(person: User, *, keep: str | None = None) -> None:
    """End all of it but the session with the key ``keep``, within the caller's transaction."""
    Session.objects.filter(user=person).exclude(session_key=keep or "").delete()
    holding = OutstandingToken.objects.filter(user=person, blacklistedtoken=None)
    BlacklistedToken.objects.bulk_create([BlacklistedToken(token=token) for token in holding], ignore_conflicts=True)
    access_announce(person)


def access_announce(person: User) -> None:
    """Tell the person's open pages, after the commit, that what they may see has changed."""
    message = LiveMessage(kind="access.changed", id=str(person.id), camera_id=None, data={})
    after_commit(push, user_group(person.id), message)


def _own_or_admin(user: User, person: User) -> None:
    if user != person:
        admin_require(user)
