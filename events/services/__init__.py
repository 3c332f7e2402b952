"""Taking in events and their files, ending and reviewing them, and what people keep of their list."""

from events.services.batch_ingest import events_end, events_ingest
from events.services.bulk_review import events_review, review_batches_sweep, review_undo
from events.services.closing import events_close, events_close_abandoned
from events.services.files import clip_store, snapshot_store
from events.services.ingest import event_end, event_ingest, event_replay
from events.services.review import event_review
from events.services.saved_filters import saved_filter_delete, saved_filter_save
from events.services.track_logs import track_log_store
from events.services.unread import events_mark_read, read_mark_set, reads_sweep

__all__ = [
    "clip_store",
    "event_end",
    "event_ingest",
    "event_replay",
    "event_review",
    "events_close",
    "events_close_abandoned",
    "events_end",
    "events_ingest",
    "events_mark_read",
    "events_review",
    "read_mark_set",
    "reads_sweep",
    "review_batches_sweep",
    "review_undo",
    "saved_filter_delete",
    "saved_filter_save",
    "snapshot_store",
    "track_log_store",
]
