"""Carries an address with its login from one page to the next, sealed, so that no page holds it."""

from __future__ import annotations

import json
import time

from django.utils.translation import gettext_lazy as _

from vms.accounts.models import User
from vms.errors import InvalidError
from vms.storage import encryption

PURPOSE = "carried-address"
SECONDS = 15 * 60
EXPIRED = _("The result is too old, or is somebody else's. Look at the camera again.")


def address_seal(*, user: User, url: str) -> str:
    """A text to put into a form: only this user gets the address back, for a quarter of an hour."""
    carried = {"user": user.pk, "until": time.time() + SECONDS, "url": url}
    return encryption.encrypt(json.dumps(carried), purpose=PURPOSE)


def address_unseal(*, user: User, sealed: str) -> str:
    """Undo ``address_seal``.

    Raises:
        InvalidError: it is too old, changed, or another user's.
    """
    try:
        carried = json.loads(encryption.decrypt(sealed, purpose=PURPOSE))
    except (ValueError, encryption.DecryptionError):
        raise InvalidError(str(EXPIRED)) from None
    if carried["user"] != user.pk or carried["until"] < time.time():
        raise InvalidError(str(EXPIRED))
    return str(carried["url"])
