"""Why a camera could not be looked at, in plain words."""

from __future__ import annotations

from workers.runtime.contract import ProbeCode
from workers.runtime.contract.marking import gettext_noop
from workers.runtime.live.conditions import Condition

CODES = {
    Condition.UNAUTHORISED: ProbeCode.WRONG_LOGIN,
    Condition.REFUSED: ProbeCode.REFUSED,
    Condition.UNREACHABLE: ProbeCode.UNREACHABLE,
    Condition.NOT_FOUND: ProbeCode.NOT_FOUND,
    Condition.NO_VIDEO: ProbeCode.NO_VIDEO,
    Condition.STALLED: ProbeCode.TIMEOUT,
    Condition.ENDED: ProbeCode.NO_VIDEO,
    Condition.GARBAGE: ProbeCode.UNREADABLE,
    Condition.FORBIDDEN: ProbeCode.REDIRECTED,  # where it is itself was judged before
}
SENTENCES_HERE = {
    ProbeCode.TIMEOUT: gettext_noop("The camera takes the connection, but sends no picture in time."),
    ProbeCode.REFUSED: gettext_noop(
        "The camera, or whatever is at this address, refuses the connection. Check the port."
    ),
    ProbeCode.UNREACHABLE: gettext_noop(
        "Nothing answers at this address. Check the host, the port and the network between."
    ),
    ProbeCode.UNREADABLE: gettext_noop(
        "What answers there does not speak like a camera. Check the scheme and the port."
    ),
    ProbeCode.REDIRECTED: gettext_noop("The camera sends its visitors on to another host; that is not followed."),
    ProbeCode.TOO_COSTLY: gettext_noop(
        "The pictures of this camera need more memory or time than a look at it may take."
    ),
}
LOGIN_WANTED = gettext_noop("The camera asks for a user name and a password, and none is given.")


class ProbeFault(Exception):  # noqa: N818 - a fault of the camera, not of this program
    """No look at this camera; the message is a plain sentence without secrets."""

    def __init__(self, code: ProbeCode, sentence: str = "") -> None:
        super().__init__(sentence or SENTENCES_HERE[code])
        self.code = code
