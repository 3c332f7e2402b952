"""A GPU host whose cameras play recorded detections: ``python -m bench.replay.node``. SIGUSR1 ends the playing."""

from __future__ import annotations

import os
import signal
import sys
import threading
import weakref
from concurrent.futures import Future

from bench.replay.journal import ReplayJournal
from bench.replay.player import ReplayPlayer
from bench.replay.recording import SCENES, recorded
from bench.replay.runner import ReplayRunner
from workers.runtime.__main__ import main
from workers.runtime.contract import DetectorKind, StreamWork
from workers.runtime.detections import Detections
from workers.runtime.detectors.base import Detector, Image
from workers.runtime.live.runner import LiveSink, RunnerSettings
from workers.runtime.node import Node
from workers.runtime.settings import NodeSettings
from workers.runtime.streams.runner import Outfit, Runner

JOURNAL = "replay.jsonl"
PAUSED = "paused"
"""This file in the spool folder says that nothing is played any more and the journal is whole."""


class InstantDetector(Detector):
    """Finds nothing, at once: no frame is really looked at here."""

    kind = DetectorKind.OPENVINO

    def __init__(self) -> None:
        self.name = "replay"
        self.class_names = recorded(next(iter(SCENES))).class_names

    def submit(self, image: Image) -> Future[Detections]:
        done: Future[Detections] = Future()
        done.set_result(Detections.empty())
        return done


class ReplayHost:
    """Makes the runners of a process, and stops them all between two frames."""

    def __init__(self, settings: NodeSettings) -> None:
        self._folder = settings.spool_dir
        self._folder.mkdir(parents=True, exist_ok=True)
        self._journal = ReplayJournal(self._folder / JOURNAL)
        self._runners: weakref.WeakSet[ReplayRunner] = weakref.WeakSet()
        self._player = ReplayPlayer()
        self._player.start()

    def runner(self, work: StreamWork, sink: LiveSink, outfit: Outfit) -> Runner:
        settings = RunnerSettings(ring_bytes=outfit.ring_bytes, clock=outfit.clock, marks=outfit.marks)
        runner = ReplayRunner(work, sink, outfit.folder, settings, self._player, self._journal)
        self._runners.add(runner)
        return runner

    def pause(self) -> None:
        self._player.pause()
        for runner in list(self._runners):
            runner.write_journal()
        (self._folder / PAUSED).touch()


def make_node(settings: NodeSettings) -> Node:
    for name in SCENES:
        recorded(name)
    host = ReplayHost(settings)
    signal.signal(signal.SIGUSR1, lambda *_: threading.Thread(target=host.pause).start())
    return Node(settings, detector=InstantDetector(), runner_factory=host.runner)


if __name__ == "__main__":
    code = main(make_node)
    sys.stderr.flush()
    os._exit(code)
