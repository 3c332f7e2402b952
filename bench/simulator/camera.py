"""One simulated camera: its streams, its login, the faults raised on it and what its clients did."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from bench.simulator.authentication import Login
from bench.simulator.faults import Fault, FaultBoard, FaultCommand, FaultyCamera
from bench.simulator.feed import Feed, LiveUnit, Subscriber
from bench.simulator.media import clip_load

Transport = Literal["tcp", "udp"]
MAIN, SUB = "main", "sub"


@dataclass(frozen=True)
class CameraSpec:
    """How a camera is set up; without a sub file the sub stream sends the main file too.

    ``has_sound``: over RTSP, as a second track that no fault but a lost connection touches.
    """

    name: str
    main: Path
    sub: Path | None = None
    login: Login | None = None
    transports: tuple[Transport, ...] = ("tcp", "udp")
    session_timeout_seconds: float = 60.0
    phase_seconds: float = 0.0
    has_sound: bool = False


@dataclass
class Counts:
    """What happened to a camera since it was switched on; ``clients`` is how many play now."""

    rtsp_connections: int = 0
    http_requests: int = 0
    plays: int = 0
    clients: int = 0
    clients_peak: int = 0
    units_sent: int = 0
    units_dropped: int = 0
    rtp_packets: int = 0
    bytes_sent: int = 0
    logins_refused: int = 0
    sessions_expired: int = 0
    reports_received: int = 0


@dataclass(eq=False)
class SimulatedCamera(FaultyCamera):
    """Belongs to the simulator's event loop: call its methods there, or through a thread's or a process's handle."""

    spec: CameraSpec
    board: FaultBoard = field(default_factory=FaultBoard)
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self.login = self.spec.login
        main = self._feed(self.spec.main)
        self.feeds = {MAIN: main, SUB: self._feed(self.spec.sub) if self.spec.sub else main}

    def _feed(self, path: Path) -> Feed:
        return Feed(clip_load(path), board=self.board, phase_seconds=self.spec.phase_seconds, on_unit=self._count_unit)

    @property
    def running_feeds(self) -> set[Feed]:
        """One feed where both streams send the same file."""
        return set(self.feeds.values())

    def _count_unit(self, unit: LiveUnit) -> None:
        self.counts.units_sent += 1

    def subscribe(self, stream: str, subscriber: Subscriber) -> None:
        self.feeds[stream].subscribers.add(subscriber)
        self.counts.plays += 1
        self.counts.clients += 1
        self.counts.clients_peak = max(self.counts.clients_peak, self.counts.clients)

    def unsubscribe(self, stream: str, subscriber: Subscriber) -> None:
        if subscriber in self.feeds[stream].subscribers:
            self.feeds[stream].subscribers.discard(subscriber)
            self.counts.clients -= 1

    def heal(self) -> None:
        self.board.clear()

    def apply(self, command: FaultCommand) -> None:
        """Raise a fault; ValueError or OSError for a command without what it needs."""
        actions = {
            Fault.DROP: self._drop,
            Fault.SILENT_END: self._end,
            Fault.PTS_JUMP: self._shift_clock,
            Fault.RESTART_TIMESTAMPS: self._restart_clock,
            Fault.RESOLUTION_CHANGE: self._change_file,
            Fault.CHANGE_LOGIN: self._change_login,
        }
        actions.get(command.fault, self.board.put)(command)

    def _drop(self, command: FaultCommand) -> None:
        for subscriber in self._subscribers():
            subscriber.close(reset=command.reset)

    def _end(self, command: FaultCommand) -> None:
        for subscriber in self._subscribers():
            subscriber.end()

    def _subscribers(self) -> list[Subscriber]:
        return [subscriber for feed in self.running_feeds for subscriber in feed.subscribers]

    def _shift_clock(self, command: FaultCommand) -> None:
        for feed in self.running_feeds:
            feed.shift_clock(command.shift_seconds)

    def _restart_clock(self, command: FaultCommand) -> None:
        for feed in self.running_feeds:
            feed.restart_clock()

    def _change_file(self, command: FaultCommand) -> None:
        if command.file is None:
            raise ValueError("resolution_change needs a file")
        clip = clip_load(command.file)
        for feed in self.running_feeds:
            feed.change_clip(clip)

    def _change_login(self, command: FaultCommand) -> None:
        scheme = self.login.scheme if self.login else "basic"
        self.login = Login(command.user, command.password, scheme)

    def report(self) -> dict[str, object]:
        """The camera's state as the control port tells it."""
        return {"name": self.spec.name, "faults": self.board.raised(), "counts": asdict(self.counts)}


def cameras_named(count: int, template: CameraSpec, files: list[Path]) -> list[CameraSpec]:
    """``cam0`` … over the files in turn, each camera at another place in its file."""
    return [
        replace(template, name=f"cam{number}", main=files[number % len(files)], phase_seconds=number * 1.37)
        for number in range(count)
    ]
