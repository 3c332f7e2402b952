"""Has a camera looked at by a child process: cameras are strangers, and FFmpeg cannot be interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import structlog
from django.core.cache import cache
from django.utils.translation import gettext as _

from cameras.addresses import address_host, address_require, source_kind_of
from cameras.models import Camera
from cameras.services.networks import networks_allowed
from vms.accounts.models import User
from vms.accounts.services import admin_require
from vms.audit.services import audit_record
from vms.children import child_asked
from vms.database import connection_leave
from vms.errors import DomainError, InvalidError
from vms.rates import within_rate
from workers.runtime.contract import ProbeAnswer, ProbeCode, ProbeRequest

MODULE = "workers.runtime.probe"
MOST_SECONDS = 50
"""Of the wall clock: two ways to open a stream, the look itself, and a read that waits in between."""
MOST_AT_ONCE = 4
MOST_PER_MINUTE = 20
"""Of one user: a look tells what answers at an address, so it is no tool to search networks with."""

log = structlog.get_logger(__name__)


class BusyError(DomainError):
    """Too many looks at cameras at once, or in a minute."""

    code = "busy"
    http_status = 429


class ProbeBrokenError(DomainError):
    """The child process did not work, which says nothing about the camera."""

    code = "probe_broken"
    http_status = 500


class CameraStream(StrEnum):
    """Which of a camera's two streams; the values are its fields."""

    ANALYSED = "url"
    CLIPS = "clip_url"


def address_probe(*, user: User, url: str, detect_fps: float = 5.0) -> ProbeAnswer:
    """Look at the camera at ``url``; takes up to ``MOST_SECONDS``.

    Raises:
        ForbiddenError: the user is no admin.
        InvalidError: it is no address of a camera.
        BusyError: too many looks now; try again soon.
    """
    admin_require(user)
    address_require(source_kind_of(url), url)
    answer = _look(user, url, detect_fps)
    audit_record(
        actor=user, action="camera.address_probed", target=user, host=address_host(url), code=answer.code.value
    )
    return answer


def camera_probe(*, user: User, camera: Camera, stream: CameraStream = CameraStream.ANALYSED) -> ProbeAnswer:
    """Look again at a stored camera; errors as for ``address_probe``."""
    admin_require(user)
    url = camera.clip_url if stream is CameraStream.CLIPS else camera.url
    if not url:
        raise InvalidError(_("Camera %(name)s has no address of that stream.") % {"name": camera.name})
    answer = _look(user, url, camera.detect_fps)
    audit_record(actor=user, action="camera.probed", target=camera, stream=stream.value, code=answer.code.value)
    return answer


def _look(user: User, url: str, detect_fps: float) -> ProbeAnswer:
    request = ProbeRequest(url=url, networks=networks_allowed(), detect_fps=detect_fps)
    _count(user)
    with _place():
        connection_leave()  # nothing is asked of it for up to a minute
        answer = _asked(request)
    log.info("camera.probed", code=answer.code.value, user=user.get_username())
    return answer


def _count(user: User) -> None:
    if not within_rate(f"probe-rate:{user.pk}", MOST_PER_MINUTE):
        raise BusyError(
            _("You have looked at %(most_per_minute)s cameras in a minute. Wait a little.")
            % {"most_per_minute": MOST_PER_MINUTE}
        )


@contextmanager
def _place() -> Iterator[None]:
    """One of the few places; a web process that dies in it gives it back after its time."""
    taken = next((key for key in _place_keys() if cache.add(key, 1, timeout=MOST_SECONDS + 10)), None)
    if taken is None:
        raise BusyError(
            _("%(most_at_once)s cameras are being looked at just now. Try again in a few seconds.")
            % {"most_at_once": MOST_AT_ONCE}
        )
    try:
        yield
    finally:
        cache.delete(taken)


def _place_keys() -> list[str]:
    return [f"probe-place:{number}" for number in range(MOST_AT_ONCE)]


def _asked(request: ProbeRequest) -> ProbeAnswer:
    result = child_asked(MODULE, request, ProbeAnswer, seconds=MOST_SECONDS)
    if result.answer is not None:
        return result.answer
    if result.code is None:
        return ProbeAnswer(
            code=ProbeCode.TIMEOUT,
            sentence=_("The camera took more than %(most_seconds)s s.") % {"most_seconds": MOST_SECONDS},
        )
    if result.code < 0:
        return ProbeAnswer(code=ProbeCode.UNREADABLE, sentence=_("The reader stopped on what the camera sends."))
    raise ProbeBrokenError(_("The look at the camera did not work. The server's log says when."))
