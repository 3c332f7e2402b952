"""Changing sites."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from cameras.models import Site
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import ConflictError
from vms.locking import row_lock
from vms.validation import model_save


@transaction.atomic
def site_create(*, user: User, name: str, time_zone: str = "UTC", holidays: Sequence[str] = ()) -> Site:
    """Add a site.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the name is taken, or the time zone unknown.
    """
    admin_require(user)
    site = Site(name=name, time_zone=time_zone, holidays=list(holidays))
    model_save(site)
    audit_record(actor=user, action="site.created", target=site, name=name, time_zone=time_zone)
    return site


@transaction.atomic
def site_update(
    *,
    user: User,
    site: Site,
    name: str | None = None,
    time_zone: str | None = None,
    holidays: Sequence[str] | None = None,
) -> Site:
    """Change what is given; errors as for ``site_create`` and ``row_lock``."""
    admin_require(user)
    site = row_lock(site)
    site.name = site.name if name is None else name
    site.time_zone = site.time_zone if time_zone is None else time_zone
    site.holidays = site.holidays if holidays is None else list(holidays)
    model_save(site)
    audit_record(actor=user, action="site.changed", target=site, name=site.name, time_zone=site.time_zone)
    return site


@transaction.atomic
def site_delete(*, user: User, site: Site) -> None:
    """Delete a site without cameras.

    Raises:
        ForbiddenError: the user is no admin.
        ConflictError: it has cameras.
    """
    admin_require(user)
    site = row_lock(site, to_delete=True)
    audit_record(actor=user, action="site.deleted", target=site, name=site.name)
    try:
        site.delete()
    except ProtectedError:
        raise ConflictError(_("%(name)s still has cameras. Delete or move them first.") % {"name": site.name}) from None
