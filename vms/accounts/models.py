"""Users, their sessions, and what a role asks of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vms.accounts.choices import Role, Theme


def validate_time_zone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError(
            gettext("%(value)s is not a time zone. Use a name such as Europe/Berlin.") % {"value": f"{value!r}"}
        )


class AccountManager(UserManager["User"]):
    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra: object
    ) -> User:
        return super().create_superuser(username, email, password, **{"role": Role.ADMIN, **extra})


class User(AbstractUser):
    """A person or a script. Admins see every camera; others see what is granted to them.

    The role is the only truth: Django's own two flags, which open its admin, follow from it.
    """

    role = models.CharField(max_length=16, choices=Role, default=Role.VIEWER)
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[validate_time_zone], help_text=_("Empty: the site's own time zone.")
    )
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.SYSTEM)
    language = models.CharField(max_length=8, default=settings.LANGUAGE_CODE)
    invited_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_steps_hidden = models.BooleanField(default=False, editable=False)

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(
                condition=models.Q(role=Role.ADMIN, is_staff=True, is_superuser=True)
                | (~models.Q(role=Role.ADMIN) & models.Q(is_staff=False, is_superuser=False)),
                name="user_flags_follow_role",
            ),
        ]

    def clean(self) -> None:
        super().clean()
        self._flags_follow_role()

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  Django's signature
        self._flags_follow_role()
        if (fields := kwargs.get("update_fields")) is not None and "role" in fields:
            kwargs["update_fields"] = {*fields, "is_staff", "is_superuser"}
        super().save(*args, **kwargs)

    def _flags_follow_role(self) -> None:
        self.is_staff = self.is_superuser = self.role == Role.ADMIN

    @property
    def is_admin(self) -> bool:
        return self.is_active and self.role == Role.ADMIN

    @property
    def is_supervisor(self) -> bool:
        """Admins count as supervisors."""
        return self.is_active and self.role in {Role.ADMIN, Role.SUPERVISOR}

    @property
    def is_invited(self) -> bool:
        """Whether a link to set the first password was made and not used yet."""
        return self.invited_at is not None and not self.has_usable_password()


class RoleSetting(models.Model):
    """What admins ask of everybody with a role; without a row: nothing."""

    role = models.CharField(max_length=16, choices=Role, primary_key=True)
    second_factor = models.BooleanField(_("second factor required"), default=False)

    def __str__(self) -> str:
        return str(Role(self.role).label)


class Session(AbstractBaseSession):
    """A browser that is signed in. Its key is a secret, so pages name it by ``handle``."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> Any:  # noqa: ANN401  Django's signature
        return import_module(settings.SESSION_ENGINE).SessionStore

    @property
    def handle(self) -> str:
        return salted_hmac("vms.accounts.session", self.session_key, algorithm="sha256").hexdigest()[:32]
