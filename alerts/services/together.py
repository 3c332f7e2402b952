"""The same deed for several alerts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from vms.errors import ConflictError, InvalidError

MOST_AT_ONCE = 200


@transaction.atomic
def alerts_each(*, alert_ids: Iterable[uuid.UUID], act: Callable[[uuid.UUID], object]) -> list[uuid.UUID]:
    """Do ``act`` to each and return those that changed; where somebody was faster, theirs stands.

    Raises:
        NotFoundError: one of them is not there or not the user's, as ``act`` says; nothing is changed then.
        InvalidError: there are none, or too many.
    """
    # In the order of their ids, so that two people who work on the same list cannot block each other.
    wanted = sorted(set(alert_ids))
    if not wanted:
        raise InvalidError(_("No alert was chosen. Tick at least one and try again."))
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidError(_("At most %(most)s alerts can be worked on at once.") % {"most": MOST_AT_ONCE})
    return [alert_id for alert_id in wanted if _is_done(act, alert_id)]


def _is_done(act: Callable[[uuid.UUID], object], alert_id: uuid.UUID) -> bool:
    try:
        act(alert_id)
    except ConflictError:
        return False
    return True
