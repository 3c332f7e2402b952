"""A platform of one node: leases with epochs, reports answered with orders, states kept; and runners of no camera."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
import uuid
import zlib
from dataclasses import dataclass, field
from typing import Any

from tests.runtime.scripted_platform import Reply, Request
from workers.runtime.contract import (
    CameraConfig,
    LiveBox,
    PictureUpload,
    StreamCondition,
    StreamHealth,
    StreamRelease,
    StreamReport,
    StreamReportAnswer,
    StreamStates,
    StreamStatesAnswer,
    StreamVerdict,
    StreamWork,
)
from workers.runtime.live.picture import LivePicture
from workers.runtime.live.runner import LiveSink
from workers.runtime.streams.runner import Outfit

STREAM = re.compile(r"/internal/v1/streams/([0-9a-f-]{36})/(\w+)")


@dataclass
class FleetPlatform:
    """``orders`` says what to answer about a stream; ``away`` answers nothing but 503, ``disallows`` 403."""

    epochs: dict[uuid.UUID, int] = field(default_factory=dict)
    orders: dict[uuid.UUID, str] = field(default_factory=dict)
    pictures_wanted: set[uuid.UUID] = field(default_factory=set)
    picture_seconds: float = 0.5
    states: dict[uuid.UUID, dict[str, Any]] = field(default_factory=dict)
    releases: list[tuple[uuid.UUID, StreamRelease]] = field(default_factory=list)
    reports: list[StreamReport] = field(default_factory=list)
    pictures: list[tuple[PictureUpload, bytes]] = field(default_factory=list)
    saves: list[tuple[uuid.UUID, dict[str, Any]]] = field(default_factory=list)
    saved_together: list[int] = field(default_factory=list)
    states_are_lost: bool = False
    refuse: dict[str, str] = field(default_factory=dict)
    wrong_clock_ms: int = 0
    detect_url: str = "rtsp://127.0.0.1:9/none"
    away: bool = False
    disallows: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request) -> Reply:
        if self.away:
            return Reply.error(503, "unavailable")
        if self.disallows:
            return Reply.error(403, "node_disabled")
        with self._lock:
            if request.path.endswith("/streams/report"):
                return self._report(request)
            if request.path.endswith("/streams/states"):
                return self._states(request)
            match = STREAM.fullmatch(request.path)
            if match is None:
                return Reply(204)
            stream_id, what = uuid.UUID(match[1]), match[2]
            if what in self.refuse:
                return Reply.error(409, self.refuse[what])
            answers = {"claim": self._claim, "release": self._release, "picture": self._picture}
            return answers[what](stream_id, request)

    def clock_ms(self) -> int:
        return round(time.time() * 1000) + self.wrong_clock_ms

    def work(self, stream_id: uuid.UUID, epoch: int) -> StreamWork:
        return StreamWork(
            stream_id=stream_id,
            epoch=epoch,
            now_ms=60_000,
            zero_ms=self.clock_ms() - 60_000,
            camera=CameraConfig(camera_id=1, name="Gate", detect_fps=5, zones=(), rules=()),
            detect_url=self.detect_url,
            networks=("127.0.0.0/8",),
            state=self.states.get(stream_id),
        )

    def _claim(self, stream_id: uuid.UUID, _request: Request) -> Reply:
        self.epochs[stream_id] = self.epochs.get(stream_id, 0) + 1
        self.orders.pop(stream_id, None)
        return Reply(200, self.work(stream_id, self.epochs[stream_id]).model_dump_json().encode())

    def _report(self, request: Request) -> Reply:
        report = StreamReport.model_validate_json(request.body)
        self.reports.append(report)
        verdicts = tuple(
            StreamVerdict(
                stream_id=standing.stream_id,
                order=self._order(standing.stream_id, standing.epoch),  # type: ignore[arg-type]
                picture_wanted=standing.stream_id in self.pictures_wanted,
                picture_seconds=self.picture_seconds,
            )
            for standing in report.streams
        )
        return Reply(200, StreamReportAnswer(clock_ms=self.clock_ms(), verdicts=verdicts).model_dump_json().encode())

    def _order(self, stream_id: uuid.UUID, epoch: int) -> str:
        return self.orders.get(stream_id, "keep") if self.epochs.get(stream_id) == epoch else "lost"

    def _states(self, request: Request) -> Reply:
        told = StreamStates.model_validate_json(request.body)
        self.saved_together.append(len(told.states))
        lost = tuple(state.stream_id for state in told.states if self.states_are_lost)
        for state in told.states:
            if not self.states_are_lost:
                self.states[state.stream_id] = json.loads(zlib.decompress(base64.b64decode(state.packed)))
                self.saves.append((state.stream_id, self.states[state.stream_id]))
        return Reply(200, StreamStatesAnswer(lost=lost).model_dump_json().encode())

    def _release(self, stream_id: uuid.UUID, request: Request) -> Reply:
        release = StreamRelease.model_validate_json(request.body)
        self.releases.append((stream_id, release))
        if release.state is not None:
            self.states[stream_id] = release.state
        return Reply(204)

    def _picture(self, _stream_id: uuid.UUID, request: Request) -> Reply:
        length = int.from_bytes(request.body[:4], "big")
        head = PictureUpload.model_validate(json.loads(request.body[4 : 4 + length]))
        self.pictures.append((head, request.body[4 + length :]))
        return Reply(204)


@dataclass
class IdleRunner:
    """Watches nothing; does what a test tells it to."""

    work: StreamWork
    sink: LiveSink
    outfit: Outfit
    memory: dict[str, Any] = field(default_factory=dict)
    failure: Exception | None = None
    is_running: bool = False
    is_closed: bool = False
    renews: bool = True
    ring_bytes: int = 0
    ring_limit: int = 0
    renewed: list[StreamWork] = field(default_factory=list)

    def start(self) -> None:
        self.is_running = True

    def suspend(self, seconds: float) -> dict[str, Any]:
        self.is_running = False
        return self.state()

    def close(self) -> None:
        self.is_closed = True

    def renew(self, work: StreamWork, sink: LiveSink) -> bool:
        if self.renews:
            self.renewed.append(work)
            self.sink = sink
        return self.renews

    def state(self) -> dict[str, Any]:
        return {"tracker": {"rows": [self.memory]}}

    def now_ms(self) -> int:
        return round(self.outfit.clock() * 1000) - self.work.zero_ms

    def health(self) -> StreamHealth:
        return StreamHealth(
            condition=StreamCondition.ONLINE,
            since_ms=0,
            now_ms=self.now_ms(),
            frame_ms=None,
            width=0,
            height=0,
            frames_analysed=0,
            frames_skipped=0,
            frames_damaged=0,
            connections=1,
            clock_jumps=0,
            lag_ms=0,
            ring_bytes=self.ring_bytes,
        )

    def picture(self, max_age_seconds: float) -> LivePicture | None:
        return LivePicture(b"jpeg", self.now_ms())

    def boxes(self, at_ms: int) -> tuple[LiveBox, ...]:
        return (LiveBox(track_id=1, class_name="person", confidence=0.5, box_xyxy=(0, 0, 1, 1)),)

    def limit_ring(self, max_bytes: int) -> None:
        self.ring_limit = max_bytes


@dataclass
class IdleRunners:
    """Makes them, and remembers them; ``broken`` is raised instead."""

    made: list[IdleRunner] = field(default_factory=list)
    broken: Exception | None = None

    def __call__(self, work: StreamWork, sink: LiveSink, outfit: Outfit) -> IdleRunner:
        if self.broken is not None:
            raise self.broken
        self.made.append(IdleRunner(work, sink, outfit))
        return self.made[-1]
