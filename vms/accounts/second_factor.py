"""The second factor: who needs one, and whether a code is right."""

from __future__ import annotations

from django.contrib.auth.signals import user_login_failed
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from vms.accounts.choices import Role
from vms.accounts.models import RoleSetting, User

LONGEST_CODE = 20


def factor_required(role: str) -> bool:
    return RoleSetting.objects.filter(role=role, second_factor=True).exists()


def roles_with_factor() -> set[Role]:
    return {Role(role) for role in RoleSetting.objects.filter(second_factor=True).values_list("role", flat=True)}


def factor_of(user: User) -> TOTPDevice | None:
    device: TOTPDevice | None = TOTPDevice.objects.filter(user=user, confirmed=True).first()
    return device


def factor_missing(user: User, session: SessionBase) -> bool:
    """Whether this session must not go on. One that gave a code costs no query.

    Who sets a second factor up signs every other session out, so only the role is asked here.
    """
    return DEVICE_ID_SESSION_KEY not in session and factor_required(user.role)


@transaction.atomic
def code_accept(user: User, code: str) -> TOTPDevice | StaticDevice | None:
    """The device that ``code`` belongs to: the app's, or the list of recovery codes, of which it is struck."""
    text = code.replace(" ", "").replace("-", "")[:LONGEST_CODE]
    for model, token in ((TOTPDevice, text), (StaticDevice, recovery_digest(text))):
        if (model is TOTPDevice) != text.isdecimal():
            continue
        for device in model.objects.select_for_update().filter(user=user, confirmed=True):
            if device.verify_token(token):
                return device
    return None


def code_refused(request: HttpRequest, user: User) -> None:
    """A wrong code counts like a wrong password (django-axes listens)."""
    user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=request)


def recovery_digest(code: str) -> str:
    """What is stored instead of a recovery code: as long as the column of django-otp allows."""
    return salted_hmac("vms.accounts.recovery", code.lower(), algorithm="sha256").hexdigest()[:16]
