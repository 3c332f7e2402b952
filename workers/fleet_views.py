"""The Fleet page for supervisors and admins: nodes, who watches which camera, queues, the newest dead letters."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from django_stubs_ext import StrOrPromise

from alerts.models import LineProof
from cameras.selectors import cameras_visible_to
from vms.accounts.models import User
from vms.accounts.views import signed_in
from vms.errors import NotFoundError
from workers.choices import DeadLetterState, NodeState, StreamWorkState
from workers.models import WorkerNode
from workers.queue_lines import queue_lines
from workers.selectors import dead_letters_visible_to, nodes_visible_to, streams_visible_to
from workers.services.breaker import breaker_close
from workers.services.node_changes import node_disable, node_drain, node_enable, node_undrain
from workers.standings import NodeStanding, node_standings

MAY_WATCH = (NodeState.WORKING, NodeState.PROBATION, NodeState.TAKEN_OUT)
"""The last one where there is no other."""
STREAMS_SHOWN = 60
LETTERS_SHOWN = 5

Deed = Callable[..., WorkerNode]
DEEDS: dict[str, tuple[Deed, StrOrPromise]] = {
    "drain": (node_drain, _("{} gets nothing new and hands over what it watches.")),
    "undrain": (node_undrain, _("{} works again.")),
    "enable": (node_enable, _("{} is switched on.")),
    "disable": (node_disable, _("{} is switched off: nothing that it sends is taken in.")),
    "close-breaker": (breaker_close, _("{} gets work again.")),
}


@login_required
@require_safe
def fleet(request: HttpRequest) -> HttpResponse:
    user = supervisor_require(request)
    part = request.htmx and request.htmx.target == "fleet"  # type: ignore[attr-defined]
    return render(request, "workers/fleet_body.html" if part else "workers/fleet.html", fleet_context(user))


def fleet_context(user: User) -> dict[str, object]:
    streams = streams_visible_to(user)
    counts = dict(streams.order_by().values_list("state").annotate(Count("id")))
    letters = dead_letters_visible_to(user).filter(state=DeadLetterState.KEPT)
    standings = node_standings(nodes_visible_to(user))
    return {
        "standings": standings,
        "alone": _alone(standings),
        "visible": set(cameras_visible_to(user).values_list("id", flat=True)),
        "streams": streams[:STREAMS_SHOWN],
        "stream_total": sum(counts.values()),
        "stream_counts": [(state, counts[state]) for state in StreamWorkState if state in counts],
        "letters": letters[:LETTERS_SHOWN],
        "letter_total": letters.count(),
        "line": LineProof.objects.first(),
        "queues": queue_lines(),
    }


def _alone(standings: list[NodeStanding]) -> int | None:
    """The node that has cameras and that no other is there to take them over from."""
    watching = [standing for standing in standings if standing.state in MAY_WATCH]
    return watching[0].node.id if len(watching) == 1 and watching[0].streams else None


@login_required
@require_POST
def node_deed(request: HttpRequest, node_id: int, deed: str) -> HttpResponse:
    user = supervisor_require(request)
    if deed not in DEEDS:
        raise NotFoundError(gettext("There is no such page."))
    change, sentence = DEEDS[deed]
    node = change(user=user, node_id=node_id)
    messages.success(request, str(sentence).format(node.name))
    return redirect("fleet")


def supervisor_require(request: HttpRequest) -> User:
    """Raise NotFoundError for anybody who has no business with the fleet."""
    user = signed_in(request)
    if not user.is_supervisor:
        raise NotFoundError(gettext("There is no such page."))
    return user
