"""CPU time of a node's process by the stage of a camera's line: by thread, and inside of threads by stopwatches."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from workers.runtime.live.marks import NoLookMark, StreamMarks

TASKS = Path("/proc/self/task")
STAGES = {
    "receive": "network, ring of packets",
    "decode": "H.264 to pictures",
    "gate": "motion gate, regions, RGB, what is worth telling the tracker",
    "rules": "tracks, rules, events",
    "canvases": "whose turn, packing, drawing",
    "inference": "the model, its boxes and whose they are",
    "media": "clips and snapshots",
    "rest": "start, measuring",
}
_BY_THREAD = {"read": "receive", "analyse": "rules", "detector": "canvases", "media": "media"}
"""By how its name begins. OpenVINO's own threads have no name, or one that they got in a callback."""


class Stopwatch(NoLookMark):
    """Adds up the CPU time of one thread between entering and leaving."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._entered = 0.0

    def __enter__(self) -> None:
        self._entered = time.thread_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.thread_time() - self._entered


class StageMeter:
    """CPU seconds by stage since the process began, of cameras that are watched with ``marks``."""

    def __init__(self) -> None:
        self._decoding: list[Stopwatch] = []
        self._looking: list[Stopwatch] = []

    def marks(self) -> StreamMarks:
        """For one camera."""
        decoding, looking = Stopwatch(), Stopwatch()
        self._decoding.append(decoding)
        self._looking.append(looking)
        return StreamMarks(decoding=decoding, inferring=looking)

    def read(self) -> dict[str, float]:
        seconds = _by_thread()
        decode = sum(each.seconds for each in self._decoding)
        gate = sum(each.seconds for each in self._looking)
        own = {"decode": decode, "receive": seconds["receive"] - decode, "gate": gate, "rules": seconds["rules"] - gate}
        return seconds | own


def _by_thread() -> dict[str, float]:
    names = {str(thread.native_id): thread.name for thread in threading.enumerate()}
    main = str(threading.main_thread().native_id)
    seconds = dict.fromkeys(STAGES, 0.0)
    for task in TASKS.iterdir():
        try:
            nanoseconds = int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue  # the thread has ended
        kind = names.get(task.name, "").replace("_", " ").split(" ")[0]
        stage = "rest" if task.name == main else _BY_THREAD.get(kind, "inference")
        seconds[stage] += nanoseconds / 1e9
    return seconds
