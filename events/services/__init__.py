"""Taking in events and their files, ending and reviewing them."""

from events.services.closing import events_close, events_close_abandoned
from events.services.files import clip_store, snapshot_store
from events.services.ingest import event_end, event_ingest, event_replay
from events.services.review import event_review
from events.services.track_logs import track_log_store

__all__ = [
    "clip_store",
    "event_end",
    "event_ingest",
    "event_replay",
    "event_review",
    "events_close",
    "events_close_abandoned",
    "snapshot_store",
    "track_log_store",
]
