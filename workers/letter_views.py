"""The pages of dead letters: listed, looked at, sent again or discarded, one by one or together."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from events.selectors import events_visible_to
from vms.accounts.models import User
from vms.errors import InvalidError
from vms.paging import page_of
from workers.choices import DeadLetterState
from workers.filters import DeadLetterFilter
from workers.fleet_views import supervisor_require
from workers.models import DeadLetter
from workers.selectors import dead_letter_get, dead_letters_visible_to, jobs_visible_to
from workers.services.jobs import JOB_LETTER
from workers.services.letter_bulk import MOST_AT_ONCE, Settled, dead_letters_discard, dead_letters_replay
from workers.services.replays import REPLAYS, dead_letter_discard, dead_letter_replay

PAGE_SIZE = 40

DEEDS: dict[str, Callable[[User, list[int], str], Settled]] = {
    "replay": lambda user, chosen, reason: dead_letters_replay(user=user, letter_ids=chosen),
    "discard": lambda user, chosen, reason: dead_letters_discard(user=user, letter_ids=chosen, reason=reason),
}


@login_required
@require_safe
def letter_list(request: HttpRequest) -> HttpResponse:
    letters = _filtered(request, supervisor_require(request))
    rows = letters.qs if letters.is_valid() else DeadLetter.objects.none()
    page = page_of(rows, field="at", after=request.GET.get("after", ""), size=PAGE_SIZE)
    kept = [letter.id for letter in page.rows if letter.state == DeadLetterState.KEPT]
    is_whole = page.is_first and not page.following
    asked = request.GET.copy()
    asked.pop("after", None)
    context = {
        "form": letters.form,
        "page": page,
        "filtered": bool(asked),
        "query": request.GET.urlencode(),
        "kept": kept,
        "all_kept": len(kept) if is_whole else rows.filter(state=DeadLetterState.KEPT).count(),
        "most": MOST_AT_ONCE,
    }
    return render(request, "workers/letters.html", context)


@login_required
@require_POST
def letters_do(request: HttpRequest) -> HttpResponse:
    """What is ticked, or as many of the oldest that the list's filters find as may be settled at once."""
    user = supervisor_require(request)
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        raise InvalidError(gettext("Say what is to be done with them."))
    settled = deed(user, _chosen(request, user), request.POST.get("reason", ""))
    _tell(request, settled)
    asked = request.GET.copy()
    asked.pop("after", None)
    return redirect(f"{reverse('letter_list')}?{asked.urlencode()}" if asked else "letter_list")


def _filtered(request: HttpRequest, user: User) -> DeadLetterFilter:
    asked: QueryDict = request.GET.copy()
    asked.setdefault("state", DeadLetterState.KEPT)
    return DeadLetterFilter(asked, queryset=dead_letters_visible_to(user), request=request)


def _chosen(request: HttpRequest, user: User) -> list[int]:
    if request.POST.get("all") == "yes":
        letters = _filtered(request, user)
        found: QuerySet[DeadLetter] = letters.qs if letters.is_valid() else DeadLetter.objects.none()
        kept = found.filter(state=DeadLetterState.KEPT).order_by("at", "id")
        return list(kept.values_list("id", flat=True)[:MOST_AT_ONCE])
    texts = request.POST.getlist("letter")
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


def _tell(request: HttpRequest, settled: Settled) -> None:
    if settled.done:
        words = ngettext("%(number)s is settled.", "%(number)s are settled.", settled.done)
        messages.success(request, words % {"number": settled.done})
    if settled.kept:
        words = ngettext(
            "%(number)s is still kept: its page says why.",
            "%(number)s are still kept: their pages say why.",
            settled.kept,
        )
        messages.error(request, words % {"number": settled.kept})
    if settled.missed:
        words = ngettext(
            "Somebody else was faster with %(number)s.", "Somebody else was faster with %(number)s.", settled.missed
        )
        messages.info(request, words % {"number": settled.missed})


@login_required
@require_safe
def letter_detail(request: HttpRequest, letter_id: int) -> HttpResponse:
    user = supervisor_require(request)
    letter = dead_letter_get(user, letter_id)
    context = {
        "letter": letter,
        "about": _about(user, letter),
        "payload": json.dumps(letter.payload, indent=2, ensure_ascii=False) if letter.payload else "",
        "kept": letter.state == DeadLetterState.KEPT,
        "replayable": letter.kind in REPLAYS,
    }
    return render(request, "workers/letter.html", context)


def _about(user: User, letter: DeadLetter) -> str:
    """The page of the job or event that it names; empty where there is none for this user."""
    try:
        key = uuid.UUID(letter.subject)
    except ValueError:
        return ""
    if letter.kind == JOB_LETTER:
        return reverse("job_detail", args=[key]) if jobs_visible_to(user).filter(id=key).exists() else ""
    return reverse("event_detail", args=[key]) if events_visible_to(user).filter(id=key).exists() else ""


@login_required
@require_POST
def letter_replay(request: HttpRequest, letter_id: int) -> HttpResponse:
    letter = dead_letter_replay(user=supervisor_require(request), letter_id=letter_id)
    if letter.state == DeadLetterState.KEPT:
        messages.error(request, gettext("It failed again and is kept."))
    else:
        messages.success(request, gettext(letter.outcome))
    return redirect("letter_detail", letter_id)


@login_required
@require_POST
def letter_discard(request: HttpRequest, letter_id: int) -> HttpResponse:
    user = supervisor_require(request)
    dead_letter_discard(user=user, letter_id=letter_id, reason=request.POST.get("reason", ""))
    messages.success(request, gettext("It is discarded."))
    return redirect("letter_list")
