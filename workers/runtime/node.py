"""A GPU host's process: registered, giving signs of life, working through the jobs it is woken for."""

from __future__ import annotations

import contextlib
import fcntl
import threading
import time
import uuid
from pathlib import Path
from typing import TextIO

import structlog

from workers.runtime.chunk_run import ChunkRunner
from workers.runtime.chunk_service import ChunkService
from workers.runtime.client import (
    NotAllowedError,
    PlatformClient,
    PlatformError,
    SupersededError,
    UnreachableError,
)
from workers.runtime.closeups.models import CloseupModels
from workers.runtime.contract import (
    DetectorKind,
    Heartbeat,
    NodeRegistered,
    NodeRegistration,
)
from workers.runtime.detectors import Detector, DetectorSettings, load_detector
from workers.runtime.downloads import RecordingCache
from workers.runtime.journal import Journal
from workers.runtime.live.detector import SharedDetector
from workers.runtime.live.runner import RunnerSettings
from workers.runtime.load import NodeMeter
from workers.runtime.outbox import Outbox
from workers.runtime.sender import EventLane, FileLane, TrackLane, pause_seconds
from workers.runtime.settings import NodeSettings
from workers.runtime.streams.host import HostSettings
from workers.runtime.streams.runner import CameraRunners, RunnerFactory
from workers.runtime.streams.service import StreamService
from workers.runtime.watchdog import Watchdog

log = structlog.get_logger(__name__)

VERSION = "0.1.0"
STOP_SECONDS = 1.0
HAND_OVER_SECONDS = 3.0
LEAVE_SECONDS = 0.7
REGISTER_PAUSE_SECONDS = 2.0
LONG_WAIT = 30
"""So many times in vain, about a minute: nothing that starts takes so long."""


class SpoolInUseError(Exception):
    """Another process works in the same spool folder."""


class Node:
    """Everything a process holds: one for each process, and one process for each spool folder.

    ``detector`` and ``runner_factory`` are for benches: what the settings say is loaded where they are None.
    """

    def __init__(
        self,
        settings: NodeSettings,
        *,
        detector: Detector | None = None,
        runner_factory: RunnerFactory | None = None,
    ) -> None:
        self.settings = settings
        self.boot_id = uuid.uuid4()
        self._lock = _lock_folder(settings.spool_dir)
        self._client = PlatformClient(settings)
        self._outbox = Outbox(
            settings.spool_dir, max_entries=settings.outbox_max_entries, max_bytes=settings.outbox_max_bytes
        )
        self._lanes = [
            EventLane(self._outbox, self._client, self._lease_lost),
            FileLane(self._outbox, self._client, self._lease_lost),
            TrackLane(self._outbox, self._client, self._lease_lost),
        ]
        of_detector = DetectorSettings(settings.models_dir, kind=settings.detector, device=settings.device)
        self._kind, self._detector = _shared(detector or load_detector(of_detector))
        self._models = CloseupModels(of_detector)
        self._chunks = ChunkService(self._chunk_runner(), self._supersede)
        self._streams = self._stream_service(runner_factory)
        self._watchdog = self._watchdog_of_all()
        self._load = NodeMeter(self._detector, settings.device, settings.spool_dir, self._streams.host.count)
        self._heartbeat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._heartbeat_seconds = 5
        self._beat_now = threading.Event()
        self._stopping = threading.Event()
        self._superseded = threading.Event()

    def _stream_service(self, runner_factory: RunnerFactory | None) -> StreamService:
        settings = HostSettings(
            self.boot_id,
            self.settings.spool_dir / "streams",
            self.settings.ring_bytes,
            self.settings.patience_seconds,
            self._detector.name,
        )
        runners = runner_factory or CameraRunners(self._detector, RunnerSettings(models=self._models))
        service = StreamService(settings, self._client, self._outbox, runners)
        service.host.superseded = self._supersede
        return service

    def _watchdog_of_all(self) -> Watchdog:
        return Watchdog(
            {
                "the detector": self._detector.stuck_seconds,
                "a further model": self._models.stuck_seconds,
                "a picture": self._streams.stuck_seconds,
                "the reports": self._streams.silent_seconds,
            },
            self.settings.stall_seconds,
            duties=(self._streams.look_after,),
        )

    def _chunk_runner(self) -> ChunkRunner:
        folder = self.settings.spool_dir
        return ChunkRunner(
            boot_id=self.boot_id,
            client=self._client,
            outbox=self._outbox,
            recordings=RecordingCache(self._client, folder / "recordings"),
            journal=Journal(folder),
            detector=self._detector,
            folder=folder / "work",
            models=self._models,
        )

    def start(self) -> NodeRegistered | None:
        """Register, however long it takes until the platform is there, and begin; None: told to stop before."""
        self._load.begin(self._beat_now.set)
        registered = self._register()
        if registered is None:
            return None
        for lane in self._lanes:
            lane.start()
        self._heartbeat.start()
        self._streams.start(registered)
        self._watchdog.start()
        return registered

    def stop(self) -> None:
        """Give back what is being worked on and end the threads."""
        self._stopping.set()
        self._beat_now.set()
        self._chunks.stop()
        self._streams.quieten()
        self._leave()
        self._streams.stop(HAND_OVER_SECONDS)
        for seconds in (0, STOP_SECONDS):  # told to all of them first, so that they end together
            for lane in self._lanes:
                lane.stop(seconds)

    def close(self) -> None:
        """Let go of the detector, once nothing is in flight any more: the library aborts a process that does not."""
        self._watchdog.stop()
        self._detector.close()
        self._models.close()

    def work(self, job_id: uuid.UUID) -> None:
        """Work on the job's chunks until there are none for us, or its turn is over and the platform wakes somebody."""
        if not (self._stopping.is_set() or self._superseded.is_set()):
            self._chunks.work(job_id)

    def watch(self, stream_id: uuid.UUID) -> None:
        """Begin to watch a live stream, on threads of its own."""
        if not (self._stopping.is_set() or self._superseded.is_set()):
            self._streams.host.watch(stream_id)

    def platform_ms(self) -> int:
        """The platform's time, milliseconds since 1970."""
        return self._client.clock.milliseconds()

    def _lease_lost(self, owner_id: uuid.UUID, epoch: int) -> None:
        """Of a job or of a stream."""
        self._chunks.lease_lost(owner_id, epoch)
        self._streams.host.lease_lost(owner_id, epoch)

    # --- signs of life -----------------------------------------------------------------------------------------------

    def _register(self) -> NodeRegistered | None:
        failures = 0
        while not self._stopping.is_set():
            try:
                registered = self._client.register(self._registration())
            except PlatformError as error:
                failures += 1
                self._tell_not_registered(error, failures)
                self._stopping.wait(min(pause_seconds(failures), REGISTER_PAUSE_SECONDS))
            else:
                self._heartbeat_seconds = registered.heartbeat_seconds
                log.info("node.registered", node=registered.name, detector=self._kind, model=self._detector.name)
                return registered
        return None

    def _tell_not_registered(self, error: PlatformError, failures: int) -> None:
        """Where the platform starts together with its worker, this one waits for it: no reason to warn at each try."""
        if not isinstance(error, UnreachableError):
            log.error("node.not_registered", error=str(error))
        elif failures == 1:
            log.info("node.waits_for_platform", platform=self.settings.internal_url, error=str(error))
        elif failures == LONG_WAIT:
            log.warning("node.not_registered", platform=self.settings.internal_url, error=str(error))

    def _registration(self) -> NodeRegistration:
        return NodeRegistration(
            boot_id=self.boot_id,
            hostname=self.settings.hostname[:255],
            version=VERSION,
            detector=self._kind,
            model=self._detector.name,
            classes=self._detector.class_names,
            further_models=tuple(sorted(self._models.names)),
            stopped=self._chunks.runner.journal.stopped,
            stopped_streams=self._streams.journal.stopped,
        )

    def _beat(self) -> None:
        while not self._stopping.is_set():
            self._beat_now.wait(self._heartbeat_seconds)
            self._beat_now.clear()
            if self._stopping.is_set():
                return
            try:
                self._client.heartbeat(self._sign_of_life())
            except SupersededError as error:
                self._supersede(error)
            except NotAllowedError as error:
                log.error("node.not_allowed", error=error.message)
            except PlatformError as error:
                log.warning("node.heartbeat_failed", error=str(error))
            except Exception:  # the thread's edge: a node without heartbeats would get no work
                log.exception("node.heartbeat_failed")

    def _leave(self) -> None:
        """Before anything is handed over, or it might be given to us again."""
        with contextlib.suppress(PlatformError):
            if self._heartbeat.ident is not None:
                self._heartbeat.join(LEAVE_SECONDS)
                self._client.heartbeat(self._sign_of_life(leaving=True), LEAVE_SECONDS)

    def _sign_of_life(self, *, leaving: bool = False) -> Heartbeat:
        return Heartbeat(
            boot_id=self.boot_id,
            outbox_waiting=self._outbox.waiting(),
            outbox_lost=self._outbox.counter("lost"),
            load=self._load.load().model_copy(
                update={
                    "track_logs_lost": self._outbox.tracks_lost(),
                    "clock_off_seconds": round(time.time() - self._client.clock.seconds(), 3),
                }
            ),
            leaving=leaving,
            broken_models=self._models.broken,
        )

    def _supersede(self, error: SupersededError) -> None:
        """Two processes under one name would take each other's work for ever: the earlier one goes idle."""
        self._superseded.set()
        log.error("node.superseded", error=error.message)
        self._chunks.give_up(error.message)
        self._streams.host.give_up_all("superseded")


def _shared(detector: Detector) -> tuple[DetectorKind, SharedDetector]:
    """Chunks and live streams use one detector: what it is, and itself as it is shared."""
    return detector.kind, SharedDetector(detector)


def _lock_folder(folder: Path) -> TextIO:
    """Hold the spool folder for as long as the process lives."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SpoolInUseError(f"Another worker uses {folder}. Give each its own VMS_SPOOL_DIR.") from None
    return lock
