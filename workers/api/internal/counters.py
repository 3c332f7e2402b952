"""What this web process counts of what nodes send; ``/metrics`` shows it beside what is read at each scrape."""

from __future__ import annotations

from prometheus_client import Counter

from workers.runtime.contract import EventReceipt

REFUSED = Counter("vms_node_requests_refused", "Requests of nodes that were refused, by the code of why.", ["code"])
EVENTS = Counter("vms_node_events", "Messages of events from nodes, by what became of them.", ["outcome"])
OUTCOMES = {201: "new", 200: "known", 409: "lease_lost", 422: "refused"}
LATER = "later"
for _code in ("clock_skew", "replayed", "unauthenticated", "lease_lost", "storage_full"):
    REFUSED.labels(_code)  # at 0 from the start: a series that only appears with its trouble cannot be alerted on
for _outcome in (*OUTCOMES.values(), LATER):
    EVENTS.labels(_outcome)


def count_receipt(receipt: EventReceipt | None) -> None:
    """None: it was not taken in, and comes again."""
    EVENTS.labels(LATER if receipt is None else OUTCOMES[receipt.status]).inc()
