"""Reading users and what they are signed in with."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from vms.accounts.models import User
from vms.errors import NotFoundError


def users_visible_to(user: User) -> QuerySet[User]:
    """Users are the admins' business."""
    return User.objects.all() if user.is_admin else User.objects.none()


def user_get(user: User, person_id: int) -> User:
    """One user.

    Raises:
        NotFoundError: there is none, or ``user`` is no admin.
    """
    person = users_visible_to(user).filter(id=person_id).first()
    if person is None:
        raise NotFoundError(_("There is no such user."))
    return person


def tokens_of(person: User) -> QuerySet[OutstandingToken]:
    """The refresh tokens that hold, the newest first."""
    holding = OutstandingToken.objects.filter(user=person, blacklistedtoken=None, expires_at__gt=timezone.now())
    return holding.order_by("-created_at")
