"""A process in which something hangs is ended; faults of the watch itself do not end the watch."""

from __future__ import annotations

from tests.runtime.live.watch import until
from workers.runtime.lease import STALLED_EXIT_CODE
from workers.runtime.watchdog import Watchdog


def test_what_hangs_for_too_long_ends_the_process() -> None:
    codes: list[int] = []
    hung = {"detector": 19.0, "reports": 0.0}
    gauges = {"detector": lambda: hung["detector"], "reports": lambda: hung["reports"]}
    watchdog = Watchdog(gauges, 20.0, end=codes.append)
    watchdog.look()
    assert codes == []
    hung["detector"] = 21.0
    watchdog.look()
    assert codes == [STALLED_EXIT_CODE]


def test_a_duty_that_fails_is_tried_again() -> None:
    tries: list[int] = []

    def duty() -> None:
        tries.append(1)
        raise ValueError

    watchdog = Watchdog({}, 20.0, (duty,))
    watchdog.start()
    until(lambda: len(tries) > 1, "another try")
    watchdog.stop()
