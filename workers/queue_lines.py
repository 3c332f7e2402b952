"""The queues of background work, as the Fleet page shows them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from redis.exceptions import RedisError

from vms.observability.queues import queue_lengths

QUEUE_WORDS: dict[str, StrOrPromise] = {
    "deliveries": _("Messages of alerts and mailed reports"),
    "chunks": _("Recordings to analyse"),
    "validation": _("Uploads to check"),
    "reports": _("Reports"),
    "exports": _("Exports of events"),
    "backtests": _("Rules tried on past days"),
}
"""What people wait for; the others are looks at what is due."""


def queue_lines() -> list[tuple[StrOrPromise, int]] | None:
    """How many messages of each wait or are worked on; None where Valkey cannot be asked."""
    try:
        lengths = queue_lengths(())
    except RedisError:
        return None
    swept = sum(length for queue, length in lengths.items() if queue not in QUEUE_WORDS)
    return [*((words, lengths.get(queue, 0)) for queue, words in QUEUE_WORDS.items()), (_("Regular looks"), swept)]
