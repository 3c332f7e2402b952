"""Making and changing users. Whoever changes whom, an active admin is always left."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.accounts.services.sign_ins import access_announce, sign_ins_end
from vms.audit.services import audit_record
from vms.errors import ConflictError, InvalidError
from vms.validation import model_check, model_save


@dataclass(frozen=True, slots=True)
class UserChange:
    """What a user is to be like; None leaves it as it is (or at its default)."""

    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    role: str | None = None
    is_active: bool | None = None


@transaction.atomic
def user_create(*, user: User, change: UserChange, password: str = "") -> User:
    """Add a user, who is written to in the admin's language until they sign in; without ``password`` nobody can do that
    as them until a link has set one.

    Raises:
        ForbiddenError: ``user`` is no admin.
        InvalidError: a value does not fit; ``fields`` says which.
    """
    admin_require(user)
    person = User(language=user.language)
    _apply(person, change)
    person.set_password(password or None)
    model_check(person, exclude={"password"})
    if password:
        _password_check(password, person)
    model_save(person)
    audit_record(actor=user, action="user.created", target=person, username=person.username, role=person.role)
    return person


@transaction.atomic
def user_update(*, user: User, person: User, change: UserChange) -> User:
    """Change what is given. Who is switched off is signed out everywhere.

    Raises:
        ForbiddenError: ``user`` is no admin.
        ConflictError: no active admin would be left.
        InvalidError: a value does not fit; ``fields`` says which.
    """
    admin_require(user)
    # All admins' rows are locked, so that two admins cannot each take the role from the other.
    admins = list(User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("id"))
    person = User.objects.select_for_update().get(id=person.id)
    before = asdict(_as_change(person))
    _apply(person, change)
    after = asdict(_as_change(person))
    changes = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    if not changes:
        return person
    if not person.is_admin and admins == [person]:
        raise ConflictError(_("This is the last active admin. Make somebody else an admin first."))
    model_save(person)
    audit_record(actor=user, action="user.changed", target=person, username=person.username, changes=changes)
    if "is_active" in changes and not person.is_active:
        sign_ins_end(person)
    elif "role" in changes:
        access_announce(person)
    return person


def _as_change(person: User) -> UserChange:
    return UserChange(person.username, person.first_name, person.last_name, person.email, person.role, person.is_active)


def _apply(person: User, change: UserChange) -> None:
    for name, value in asdict(change).items():
        if value is not None:
            setattr(person, name, value)


def _password_check(password: str, person: User) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise InvalidError(error.messages[0], fields={"password": error.messages}) from None
