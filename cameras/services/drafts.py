"""Adding a camera in steps: what was filled in is kept from the first step on, and becomes a camera at once or not."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cameras.addresses import address_bare, address_host, address_require, source_kind_of
from cameras.models import Camera, CameraDraft, DraftValues, Site
from cameras.selectors import camera_get
from cameras.services.cameras import CameraChange, camera_create
from cameras.services.probing import address_probe
from cameras.services.zones import zone_create
from rules.models import Rule
from rules.services.assignment import rules_assign
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.errors import InvalidError, NotFoundError
from vms.locking import row_lock
from workers.runtime.contract import ProbeAnswer

KEPT_DAYS = 30
"""Then a draft that nobody touched is removed: it holds a login."""

log = structlog.get_logger(__name__)


@transaction.atomic
def draft_start(*, user: User, url: str) -> CameraDraft:
    """Keep the address, with its login, of a camera that is to be added.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: it is no address of a camera.
    """
    admin_require(user)
    address_require(source_kind_of(url), url)
    draft = CameraDraft(created_by=user)
    draft.url = url
    draft.save()
    audit_record(actor=user, action="camera.draft_started", target=draft, host=address_host(url))
    return draft


@transaction.atomic
def draft_readdress(*, user: User, draft: CameraDraft, url: str) -> CameraDraft:
    """Give the draft another address; one written without a login keeps the login where nothing else changed.

    What the last look found is forgotten. Errors as for ``draft_start`` and ``row_lock``.
    """
    admin_require(user)
    address_require(source_kind_of(url), url)
    draft = row_lock(draft)
    if url != address_bare(draft.url):
        draft.url = url
    draft.answer = None
    draft.save()
    audit_record(actor=user, action="camera.draft_readdressed", target=draft, host=address_host(url))
    return draft


def draft_look(*, user: User, draft: CameraDraft) -> ProbeAnswer:
    """Look at the camera, for up to a minute, and keep what was found. Errors as for ``address_probe``."""
    answer = address_probe(user=user, url=draft.url, detect_fps=draft.filled_in.detect_fps)
    CameraDraft.objects.filter(id=draft.id).update(answer=answer.model_dump(mode="json"), changed_at=timezone.now())
    draft.answer = answer.model_dump(mode="json")
    return answer


@transaction.atomic
def draft_keep(*, user: User, draft: CameraDraft, values: DraftValues, clip_url: str | None = None) -> CameraDraft:
    """Keep what was filled in; ``clip_url`` None leaves that address as it is.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: the second address is none.
        NotFoundError: somebody finished or discarded it meanwhile.
    """
    admin_require(user)
    if clip_url:
        address_require(source_kind_of(clip_url), clip_url, field="clip_url")
    draft = row_lock(draft)
    if clip_url is not None:
        draft.clip_url = clip_url
    draft.values = values.model_dump(mode="json")
    draft.save()
    return draft


@transaction.atomic
def draft_finish(*, user: User, draft: CameraDraft) -> Camera:
    """Make the camera, with its rules and the areas it takes over, and let go of the draft: all of it or nothing.

    Raises:
        ForbiddenError: the user is no admin.
        NotFoundError: somebody finished or discarded it meanwhile.
        InvalidError: something is missing or does not fit; ``fields`` says what.
    """
    admin_require(user)
    locked = CameraDraft.objects.select_for_update().filter(id=draft.id).first()
    if locked is None:
        raise NotFoundError(_("Somebody has finished or discarded this draft meanwhile."))
    values = locked.filled_in
    camera = camera_create(user=user, change=_change(locked, values))
    if values.zones_from is not None:
        for zone in camera_get(user, values.zones_from).zones.all():
            zone_create(user=user, camera=camera, name=zone.name, kind=zone.kind, points=zone.points)
    rules = list(Rule.objects.filter(id__in=values.rules))
    if rules:
        rules_assign(user=user, camera=camera, added=rules)
    locked.delete()
    return camera


@transaction.atomic
def draft_discard(*, user: User, draft: CameraDraft) -> None:
    admin_require(user)
    draft = row_lock(draft, to_delete=True)
    audit_record(actor=user, action="camera.draft_discarded", target=draft, host=address_host(draft.url))
    draft.delete()


def drafts_sweep() -> int:
    """Remove drafts that nobody touched for a month; return how many."""
    old = CameraDraft.objects.filter(changed_at__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    removed, _ = old.delete()
    if removed:
        log.info("camera_drafts.swept", drafts=removed)
    return removed


def _change(draft: CameraDraft, values: DraftValues) -> CameraChange:
    site = Site.objects.filter(id=values.site or 0).first()
    if site is None or not values.name:
        raise InvalidError(_("The camera still needs a name and a site: fill in step 3."))
    url = draft.url
    return CameraChange(
        name=values.name,
        site=site,
        source_kind=source_kind_of(url),
        url=url,
        clip_url=draft.clip_url or None,
        detect_fps=values.detect_fps,
        priority=values.priority,
    )
