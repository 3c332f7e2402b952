"""Setting the second factor up and away, and asking a whole role for it."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from vms.accounts.choices import Role
from vms.accounts.models import RoleSetting, User
from vms.accounts.second_factor import factor_of, factor_required, recovery_digest
from vms.accounts.services import admin_require
from vms.accounts.services.mails import account_mail
from vms.accounts.services.sign_ins import sign_ins_end
from vms.audit.services import audit_record
from vms.errors import ConflictError, ForbiddenError, InvalidError

RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what looks alike on paper."""
RESET_SUBJECT = gettext_lazy("Your second factor for VMS was reset")


@transaction.atomic
def factor_begin(*, user: User) -> TOTPDevice:
    """The device that is being set up; the same one until a code has confirmed it."""
    User.objects.select_for_update().get(id=user.id)
    if factor_of(user):
        raise ConflictError(_("The second factor is set up already."))
    device, _new = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "app"})
    return device


@transaction.atomic
def factor_confirm(*, user: User, code: str, keep: str | None) -> tuple[TOTPDevice, list[str]]:
    """From now on the code is asked for; back come the recovery codes, in clear only here.

    Whatever the password alone has signed in is signed out, but the session with the key ``keep``.

    Raises:
        InvalidError: the code is wrong.
    """
    device = factor_begin(user=user)
    if not device.verify_token(code.replace(" ", "")):
        raise InvalidError(_("This code is wrong. Type the one that the app shows now."))
    device.confirmed = True
    device.save()
    sign_ins_end(user, keep=keep)
    audit_record(actor=user, action="account.second_factor", target=user)
    return device, _codes_make(user)


@transaction.atomic
def recovery_renew(*, user: User) -> list[str]:
    """New recovery codes; the old ones hold no more."""
    if not factor_of(user):
        raise ConflictError(_("Set the second factor up first."))
    audit_record(actor=user, action="account.recovery_codes", target=user)
    return _codes_make(user)


@transaction.atomic
def factor_remove(*, user: User, person: User) -> None:
    """Take it away: one's own, or as an admin somebody's who has lost it; they are signed out everywhere.

    Raises:
        ForbiddenError: ``user`` may not, or their own role asks for it.
    """
    if user != person:
        admin_require(user)
    elif factor_required(person.role):
        raise ForbiddenError(_("Your role needs the second factor. An admin can reset it."))
    TOTPDevice.objects.filter(user=person).delete()
    StaticDevice.objects.filter(user=person).delete()
    audit_record(actor=user, action="user.second_factor_removed", target=person, username=person.username)
    if user != person:
        sign_ins_end(person)


@transaction.atomic
def factor_reset(*, user: User, person: User) -> None:
    """As an admin, take away what somebody else has lost. One's own takes a code: see the page of the second factor.

    Raises:
        ForbiddenError: ``user`` is no admin.
        ConflictError: it is their own, or there is none.
    """
    admin_require(user)
    if user == person:
        raise ConflictError(_("Your own second factor is taken away in your settings, with a code."))
    if factor_of(person) is None:
        raise ConflictError(_("%(name)s has no second factor.") % {"name": person.username})
    factor_remove(user=user, person=person)


def factor_reset_mail(*, user: User, person: User) -> None:
    """Tell them, so that whoever did not ask for it can raise the alarm.

    Raises:
        MailError: it was not taken.
    """
    link = settings.BASE_URL + reverse("second_factor")
    account_mail(person=person, subject=RESET_SUBJECT, name="factor_reset", context={"by": user, "link": link})


@transaction.atomic
def role_factor_set(*, user: User, required: set[Role]) -> None:
    """Ask exactly these roles for the second factor."""
    admin_require(user)
    for role in Role:
        setting, _new = RoleSetting.objects.select_for_update().get_or_create(role=role)
        if setting.second_factor != (role in required):
            setting.second_factor = role in required
            setting.save()
            audit_record(actor=user, action="role.second_factor", target=setting, required=setting.second_factor)


def recovery_left(user: User) -> int:
    left: int = StaticToken.objects.filter(device__user=user).count()
    return left


def _codes_make(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="recovery")
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=recovery_digest(code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]
