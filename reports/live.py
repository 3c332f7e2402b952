"""What the asking user's open pages are told about a run."""

from __future__ import annotations

from events.live import push, user_group
from reports.models import Run


def run_changed(run: Run) -> None:
    push(
        user_group(run.requested_by_id),
        {
            "kind": "report.progress",
            "id": str(run.id),
            "camera_id": None,
            "data": {
                "title": run.title,
                "state": run.state,
                "progress_percent": run.progress_percent,
                "error": run.error,
                "formats": run.formats,
            },
        },
    )
