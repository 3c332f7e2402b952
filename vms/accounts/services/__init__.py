"""What an account's role allows."""

from __future__ import annotations

from django.utils.translation import gettext as _

from vms.accounts.models import User
from vms.errors import ForbiddenError


def admin_require(user: User) -> None:
    """Raise ForbiddenError for anyone but an admin."""
    if not user.is_admin:
        raise ForbiddenError(_("Only an admin may change this."))
