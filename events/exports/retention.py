"""Removing exports that have been kept for long enough."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from events.models import Export
from vms.audit.services import audit_record
from vms.commits import after_commit
from vms.storage.media import media_delete
from vms.storage.rowless import rowless_remove


def exports_expire() -> int:
    """Remove what was finished more than ``EXPORT_DAYS`` ago: rows first, as nobody can ask for a file without one.

    And files whose row is gone already.
    """
    old = Export.objects.filter(finished_at__lt=timezone.now() - timedelta(days=settings.EXPORT_DAYS))
    exports = list(old)
    for export in exports:
        with transaction.atomic():
            audit_record(actor=None, action="export.expired", target=export)
            name = export.file_name
            export.delete()
            after_commit(media_delete, name)
    rowless_remove("exports", Export.objects.all())
    return len(exports)
