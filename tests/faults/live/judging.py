"""What is asked after every fault: each event exactly once, one holder a camera, nothing that nobody was told of."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tests.faults.live.evidence import evidence
from tests.faults.live.fleet import Fleet
from tests.faults.live.footage import PERIOD_SECONDS
from tests.faults.live.looked_at import Frames, are_counted, frames, rate
from tests.faults.live.oracle import Expectation, Problem, Window, expectation
from tests.faults.live.sightings import ending_of, first_sighting

LEARNING_PERIODS = 3
LOWEST_SHARE = 0.95
OPENING_SECONDS = 3.0
"""From a claim to the first picture."""
ARRIVING_SECONDS = 60.0
SETTLING_SECONDS = 3.0
"""From something's happening to its row: analysis, outbox, one batch."""


@dataclass(frozen=True)
class Judge:
    """``usual``: frames of each camera that are looked at in a second when nothing is wrong."""

    fleet: Fleet
    expected: Expectation
    usual: Mapping[str, float]

    @classmethod
    def learnt(cls, fleet: Fleet) -> Judge:
        """Watch for a few undisturbed periods."""
        fleet.wait_until(lambda: are_counted(fleet), 120, "every camera's frames are counted")
        start, before = time.time(), frames(fleet)
        time.sleep(LEARNING_PERIODS * PERIOD_SECONDS + SETTLING_SECONDS)
        after = frames(fleet)
        expected = expectation(fleet, (start, time.time() - SETTLING_SECONDS))
        cameras = {name for (name,) in fleet.sql("SELECT name FROM cameras_camera WHERE NOT hidden")}
        assert set(expected.phases) == {(name, rule) for name in cameras for rule in ("Crossing", "Stay")}
        return cls(fleet, expected, {name: rate(before[name], after[name]) for name in cameras})

    def without(self, camera: str) -> Judge:
        """The same for the other cameras."""
        phases = {key: phase for key, phase in self.expected.phases.items() if key[0] != camera}
        return Judge(self.fleet, Expectation(phases), self.usual)

    def passes_more(self, periods: float = 1.25) -> None:
        """Let what must still be found happen, and arrive."""
        time.sleep(periods * PERIOD_SECONDS + SETTLING_SECONDS)

    def asserts_exactly_once(self, since: float, blind: Mapping[str, Sequence[Window]] | None = None) -> None:
        """Every event since then, but for those in the windows in which a camera could not be seen.

        What is on its way is waited for; what is lost never comes, and what is there twice never goes. More than one
        period is judged: in less there need be no event at all.
        """
        first = max(since - PERIOD_SECONDS, self.fleet.calm_since)
        time.sleep(max(0.0, first + 1.25 * PERIOD_SECONDS + SETTLING_SECONDS - time.time()))
        window = (first, time.time() - SETTLING_SECONDS)
        until = time.monotonic() + ARRIVING_SECONDS
        while (problems := self.expected.problems(self.fleet, window, blind or {})) and time.monotonic() < until:
            time.sleep(1)
        assert problems == [], self.account(problems, blind)
        assert self.fleet.sql("SELECT reason FROM workers_deadletter WHERE state = 'kept'") == []
        self.asserts_single_owners()

    def account(
        self,
        problems: Sequence[Problem],
        blind: Mapping[str, Sequence[Window]] | None = None,
        until: float | None = None,
    ) -> str:
        """The problems, and what is known of the first one on each camera: later runs may not show it again."""
        lines = [problem.text for problem in problems]
        for camera in dict.fromkeys(problem.camera for problem in problems):
            at = next(problem.at for problem in problems if problem.camera == camera)
            lines += evidence(self.fleet, camera, at, until)
            if windows := (blind or {}).get(camera, ()):
                spans = ", ".join(f"{start - at:+.1f} to {end - at:+.1f}" for start, end in windows)
                lines.append(f"  no event need be found from {spans}")
        return "\n".join([*lines, self.fleet.surroundings()])

    def asserts_single_owners(self) -> None:
        twice = self.fleet.sql(
            "SELECT stream_id FROM workers_streamlease WHERE until_ms IS NULL GROUP BY stream_id HAVING count(*) > 1"
        )
        assert twice == []
        overlapping = self.fleet.sql(
            "SELECT a.stream_id, a.epoch, b.epoch FROM workers_streamlease a JOIN workers_streamlease b"
            " ON a.stream_id = b.stream_id AND a.epoch < b.epoch AND (a.until_ms IS NULL OR a.until_ms > b.from_ms)"
        )
        assert overlapping == []

    def asserts_not_slower(self, cameras: Collection[str], before: Frames) -> None:
        """Of these as many frames as ever were looked at since, but for one in twenty."""
        until = time.time()
        self.fleet.wait_until(
            lambda: all(at > until for name, (_, at) in frames(self.fleet).items() if name in cameras),
            60,
            "the frames up to now are counted",
        )
        after = frames(self.fleet)
        slower: list[Problem] = []
        for name in cameras:
            then = rate(before[name], after[name])
            text = f"{name}: {self.usual[name]:.2f} frames a second, {then:.2f} meanwhile"
            tell(text)
            if then < LOWEST_SHARE * self.usual[name]:
                slower.append(Problem(name, before[name][1], text))
        assert slower == [], self.account(slower, until=time.time())

    def asserts_nobody_began_anew(self, since: float, before: Frames) -> None:
        """Every camera was looked at since, by whoever did so before: another one's count begins at 0."""
        after = frames(self.fleet)
        counts = {name: (count, after.get(name, (0.0, 0.0))[0]) for name, (count, _) in before.items()}
        anew = [
            Problem(name, since, f"{name}: {then:.0f} frames were looked at then, {now:.0f} now")
            for name, (then, now) in counts.items()
            if now <= then
        ]
        assert anew == [], self.account(anew, until=time.time())
        assert self.fleet.ended() == {}, self.fleet.surroundings()

    def seen_again(self, cameras: Sequence[str], since: float, seconds: float = 60) -> dict[str, float]:
        """Wait until a host sees each of the cameras again; how long after ``since`` that was."""
        ids = dict(self.fleet.sql("SELECT name, id FROM cameras_camera"))
        names = [name for name in ids if name in cameras]
        self.fleet.wait_until(
            lambda: all(first_sighting(self.fleet, ids[name], since) for name in names),
            seconds,
            "cameras are seen again",
        )
        return {name: (first_sighting(self.fleet, ids[name], since) or 0) - since for name in names}

    def gaps(self, cameras: Sequence[str]) -> dict[str, float]:
        """Seconds from the end of each camera's last lease, given back in order, to the next host's first picture."""
        rows = self.fleet.sql(
            "SELECT c.name, c.id, s.id::text, s.epoch FROM workers_stream s JOIN cameras_camera c ON c.id = s.camera_id"
        )
        gaps = {}
        for name, camera_id, stream_id, epoch in rows:
            if name in cameras and (left_at := ending_of(self.fleet, stream_id, epoch - 1)) is not None:
                seen_at = first_sighting(self.fleet, camera_id, left_at)
                gaps[name] = float("inf") if seen_at is None else seen_at - left_at
        assert gaps.keys() == set(cameras)
        return gaps


def tell(*words: object) -> None:
    """A figure for whoever runs the tests with ``-s``."""
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")


def cameras_of(fleet: Fleet, node: str) -> list[str]:
    return sorted(camera for camera, holder in fleet.holders().items() if holder == node)
