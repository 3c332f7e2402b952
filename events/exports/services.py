"""Asking for exports, trying them again, handing them out, and removing them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.actors import build_export
from events.choices import ExportState
from events.exports.selectors import export_content_require_visible, export_get, export_size
from events.models import Export
from events.selectors import events_visible_to
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.errors import ConflictError, InvalidError, NotFoundError, TooLargeError
from vms.storage.media import media_delete
from vms.templatetags.vms_pages import bytes_words
from vms.work_leases import UNFINISHED

MOST_EVENTS = 500
MOST_WAITING = 5


@transaction.atomic
def export_request(*, user: User, event_ids: Iterable[uuid.UUID]) -> Export:
    """Ask for events as one file. It is built in the background, with what the user may see then.

    Raises:
        NotFoundError: one of them is not there, or not the user's.
        InvalidError: there are none, or too many.
        TooLargeError: their clips are more than an export may hold.
        ConflictError: too many of the user's exports wait already.
    """
    wanted = sorted(set(event_ids))
    if not wanted:
        raise InvalidError(_("No event was chosen. Tick at least one and try again."))
    if len(wanted) > MOST_EVENTS:
        raise InvalidError(
            _("An export holds at most %(most)s events. Narrow the filter, or tick fewer.") % {"most": MOST_EVENTS}
        )
    if events_visible_to(user).filter(id__in=wanted).count() != len(wanted):
        raise NotFoundError(_("At least one of these events does not exist. Nothing was exported."))
    _require_small(export_size(user, wanted))
    if Export.objects.filter(UNFINISHED, requested_by=user).count() >= MOST_WAITING:
        words = _("%(most)s of your exports are being built already. Wait for one.")
        raise ConflictError(words % {"most": MOST_WAITING})
    export = Export.objects.create(requested_by=user, event_ids=wanted, next_attempt_at=timezone.now())
    audit_record(actor=user, action="export.requested", target=export, events=[str(each) for each in wanted])
    after_commit(build_export.send, str(export.id))
    return export


@transaction.atomic
def export_retry(*, user: User, export_id: uuid.UUID) -> Export:
    """Build a failed export once more.

    Raises:
        NotFoundError: there is none, or it is another user's.
        ConflictError: it has not failed.
    """
    export = export_get(user, export_id)
    again = {"state": ExportState.QUEUED, "attempts": 0, "progress_percent": 0, "error": "", "finished_at": None}
    failed = Export.objects.filter(id=export.id, state=ExportState.FAILED)
    if not failed.update(next_attempt_at=timezone.now(), **again):
        raise ConflictError(_("Only an export that failed can be built again."))
    after_commit(build_export.send, str(export.id))
    return export_get(user, export_id)


@transaction.atomic
def export_delete(*, user: User, export_id: uuid.UUID) -> None:
    """Remove an export and its file. A worker that is building it notices, and stops."""
    export = export_get(user, export_id)
    audit_record(actor=user, action="export.deleted", target=export)
    after_commit(media_delete, export.file_name)
    export.delete()


@transaction.atomic
def export_hand_out(*, user: User, export_id: uuid.UUID) -> Export:
    """The export whose file ``user`` may have at this moment; that they took it is noted.

    Raises:
        NotFoundError: there is none, it is another user's, or it is not ready.
        ForbiddenError: it shows a camera that is not the user's any more.
    """
    export = export_get(user, export_id)
    if export.state != ExportState.DONE:
        raise NotFoundError(_("This export is not ready."))
    export_content_require_visible(user, export)
    audit_record(actor=user, action="export.downloaded", target=export, sha256=export.sha256)
    return export


def _require_small(size_bytes: int) -> None:
    if size_bytes > settings.EXPORT_MAX_BYTES:
        sizes = {"size": bytes_words(size_bytes), "most": bytes_words(settings.EXPORT_MAX_BYTES)}
        raise TooLargeError(
            _("These events are about %(size)s, and an export holds at most %(most)s. Choose fewer.") % sizes
        )
