"""Many dead letters sent again or discarded: each by itself, so that one that fails hinders none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from vms.accounts.models import User
from vms.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from workers.choices import DeadLetterState
from workers.models import DeadLetter
from workers.selectors import dead_letters_visible_to
from workers.services.replays import dead_letter_discard, dead_letter_replay, reason_require

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Settled:
    """How many are settled now, how many are still kept, and how many somebody else settled meanwhile."""

    done: int = 0
    kept: int = 0
    missed: int = 0


def dead_letters_replay(*, user: User, letter_ids: Iterable[int]) -> Settled:
    """Send each again.

    Raises:
        NotFoundError: one is not there, or not the user's; nothing is done then.
        InvalidError: there is none, or there are too many at once.
    """
    return _each(user, letter_ids, lambda letter_id: dead_letter_replay(user=user, letter_id=letter_id))


def dead_letters_discard(*, user: User, letter_ids: Iterable[int], reason: str) -> Settled:
    """Give all of them up for one reason; errors as above, and InvalidError for a reason that is none."""
    reason_require(reason)
    return _each(user, letter_ids, lambda letter_id: dead_letter_discard(user=user, letter_id=letter_id, reason=reason))


def _each(user: User, letter_ids: Iterable[int], deed: Callable[[int], DeadLetter]) -> Settled:
    wanted = sorted(set(letter_ids))
    if not wanted:
        raise InvalidError(_("No dead letter was chosen. Tick at least one and try again."))
    if len(wanted) > MOST_AT_ONCE:
        raise InvalidError(_("At most %(most)s dead letters can be settled at once.") % {"most": MOST_AT_ONCE})
    if dead_letters_visible_to(user).filter(id__in=wanted).count() != len(wanted):
        raise NotFoundError(_("At least one of these dead letters is not yours. Nothing was changed."))
    results = [_one(deed, letter_id) for letter_id in wanted]
    return Settled(results.count("done"), results.count("kept"), results.count("missed"))


def _one(deed: Callable[[int], DeadLetter], letter_id: int) -> str:
    try:
        letter = deed(letter_id)
    except ForbiddenError:
        return "kept"
    except ConflictError:  # settled meanwhile, or of a kind that cannot be sent again
        still = DeadLetter.objects.filter(id=letter_id, state=DeadLetterState.KEPT).exists()
        return "kept" if still else "missed"
    return "kept" if letter.state == DeadLetterState.KEPT else "done"
