"""“Send a test”: a real message by the real way, and the true answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from alerts.breaker import endpoint_note
from alerts.channels import ENDPOINT_CHANNELS, email, in_app, web_push
from alerts.channels.outcome import DeliveryError
from alerts.choices import Channel, EndpointKind
from alerts.models import Endpoint
from alerts.wording.notice import Notice, notice_for_test
from vms.accounts.models import User
from vms.audit.services import audit_record
from vms.errors import DomainError, ForbiddenError
from vms.rates import within_rate

TEST_SEEN = "channel.test_seen"
MOST_PER_MINUTE = 6
"""Of one user: a test tells what answers at an address, so it is no tool to search networks with."""

PERSONAL_TRIALS: dict[Channel, Callable[[User, Notice], str]] = {
    Channel.IN_APP: in_app.send_to,
    Channel.WEB_PUSH: web_push.send_to,
    Channel.EMAIL: email.send_to,
}


class TooManyTestsError(DomainError):
    code = "busy"
    http_status = 429


@dataclass(frozen=True, slots=True)
class Trial:
    """``answer`` is the other side's, in plain words."""

    taken: bool
    answer: str
    milliseconds: int


def endpoint_test(*, user: User, endpoint: Endpoint) -> Trial:
    """Send a test message to an endpoint. One that is taken closes its breaker.

    Raises:
        ForbiddenError: the user is no supervisor.
        TooManyTestsError: too many tests in a minute.
    """
    if not user.is_supervisor:
        raise ForbiddenError(_("Only a supervisor may send tests to endpoints."))
    channel = ENDPOINT_CHANNELS[EndpointKind(endpoint.kind)]
    trial = _tried(user, lambda: channel.send_notice(endpoint, notice_for_test()))
    if trial.taken:
        endpoint_note(endpoint_id=endpoint.id, succeeded=True, answer=trial.answer)
    audit_record(actor=user, action="endpoint.tested", target=endpoint, taken=trial.taken)
    return trial


def channel_test(*, user: User, channel: Channel) -> Trial:
    """Send a test message to the user; errors as for ``endpoint_test``."""
    send = PERSONAL_TRIALS[channel]
    trial = _tried(user, lambda: send(user, notice_for_test()))
    audit_record(actor=user, action="channel.tested", target=user, channel=channel.value, taken=trial.taken)
    return trial


def channel_test_seen(*, user: User, channel: Channel) -> None:
    """The user says that the test has arrived, which nobody else can know."""
    audit_record(actor=user, action=TEST_SEEN, target=user, channel=channel.value)


def _tried(user: User, send: Callable[[], str]) -> Trial:
    _count(user)
    started = time.monotonic()
    try:
        taken, answer = True, send()
    except DeliveryError as error:
        taken, answer = False, str(error)
    return Trial(taken, answer, round((time.monotonic() - started) * 1000))


def _count(user: User) -> None:
    if not within_rate(f"alert-tests:{user.pk}", MOST_PER_MINUTE):
        raise TooManyTestsError(
            _("You have sent %(number)s tests in a minute. Wait a little.") % {"number": MOST_PER_MINUTE}
        )
