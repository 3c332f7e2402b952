"""The live streams of one node: claimed when ordered, renewed, given up, handed over."""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import structlog

from workers.runtime.client import PlatformClient, PlatformError, SupersededError
from workers.runtime.contract import StreamClaim, StreamRelease, StreamVerdict, StreamWork
from workers.runtime.outbox import Outbox
from workers.runtime.streams.held import HeldStream, Phase
from workers.runtime.streams.journal import JournalSlot, StreamJournal
from workers.runtime.streams.lease_clock import PATIENCE_SECONDS, LeaseClock
from workers.runtime.streams.ring_budget import MOST_BYTES, ring_limit
from workers.runtime.streams.runner import Outfit, RunnerFactory
from workers.runtime.streams.sink import StreamGoneError, StreamSink

log = structlog.get_logger(__name__)

HANDS = 32
"""Streams that are claimed or stopped at a time: each mostly waits for the platform or for its own threads."""
SUSPEND_SECONDS = 1.5
RELEASE_SECONDS = 2.5


@dataclass(frozen=True, slots=True)
class HostSettings:
    """``folder`` is emptied at the start; ``ring_bytes`` is for all streams together.

    A host that cannot reach the platform watches on for ``patience_seconds``. ``model`` is named in track logs.
    """

    boot_id: uuid.UUID
    folder: Path
    ring_bytes: int = 2 * 2**30
    patience_seconds: float = PATIENCE_SECONDS
    model: str = ""


class StreamHost:
    """Thread-safe. Nothing here blocks its caller but ``stop``: streams come and go on threads of the host's own."""

    def __init__(
        self,
        settings: HostSettings,
        client: PlatformClient,
        outbox: Outbox,
        runner_factory: RunnerFactory,
        journal: StreamJournal,
    ) -> None:
        self.settings = settings
        self.lease_clock = LeaseClock(settings.patience_seconds)
        self.changed = threading.Event()
        self.superseded: Callable[[SupersededError], None] = lambda _: self.give_up_all("superseded")
        self._client, self._outbox = client, outbox
        self._make_runner, self._journal = runner_factory, journal
        self._held: dict[uuid.UUID, HeldStream] = {}
        self._claiming: set[uuid.UUID] = set()
        self._lock = threading.Lock()
        self._closing = False
        self._ring_limit = MOST_BYTES
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="streams")
        shutil.rmtree(settings.folder, ignore_errors=True)

    # --- what the node asks ------------------------------------------------------------------------------------------

    def watch(self, stream_id: uuid.UUID) -> None:
        """The platform wants this stream watched here; said twice, it is watched once."""
        with self._lock:
            if self._closing or stream_id in self._claiming:
                return
            if (held := self._held.get(stream_id)) is not None:
                held.wanted_again = held.phase is Phase.ENDING
                return
            self._claiming.add(stream_id)
        self._hands.submit(self._begin, stream_id)

    def streams(self) -> list[HeldStream]:
        """Those whose leases are to be kept up: also while one is being handed over."""
        with self._lock:
            return list(self._held.values())

    def count(self) -> int:
        return len(self._held)

    def lease_lost(self, stream_id: uuid.UUID, epoch: int) -> None:
        """The platform has refused something that was sent under this lease.

        While the stream is being renewed that says nothing: the new lease has ended this one.
        """
        with self._lock:
            held = self._held.get(stream_id)
            is_lost = held is not None and held.work.epoch == epoch and held.phase is not Phase.RENEWING
        if held is not None and is_lost:
            self._end(held, None, "lost")

    def obey(self, verdict: StreamVerdict, epoch: int) -> None:
        """``epoch``: of the standing that this answers."""
        with self._lock:
            held = self._held.get(verdict.stream_id)
        if held is None or held.work.epoch != epoch:
            return
        held.picture_seconds = verdict.picture_seconds if verdict.picture_wanted else None
        if verdict.order == "lost":
            self.lease_lost(held.stream_id, epoch)
        elif verdict.order == "stop":
            self._end(held, StreamRelease(boot_id=self.settings.boot_id, epoch=epoch, state=None), "stop")
        elif verdict.order == "renew":
            self._renew(held)

    def give_up_all(self, reason: str) -> None:
        """Stop every stream at once and tell nobody: they are another's, or will be."""
        for held in self.streams():
            self._end(held, None, reason)

    def look_after(self) -> None:
        """Give back what broke, and share out the memory; to be called every second or two."""
        held_streams = self.streams()
        for held in held_streams:
            if (failure := held.runner.failure) is not None:
                self._failed(held, failure)
        used = [held.runner.health().ring_bytes for held in held_streams]
        self._ring_limit = ring_limit(self._ring_limit, used, self.settings.ring_bytes)
        for held in held_streams:
            held.runner.limit_ring(self._ring_limit)

    def stop(self, seconds: float) -> None:
        """Hand over every stream, all at a time; what is not done in time runs out on the platform's side."""
        with self._lock:
            self._closing = True
        release = [
            self._end(held, StreamRelease(boot_id=self.settings.boot_id, epoch=held.work.epoch, state=None), "stop")
            for held in self.streams()
        ]
        wait([future for future in release if future is not None], timeout=seconds)
        if late := self.streams():
            log.warning("streams.not_handed_over", streams=len(late))
        self._hands.shutdown(wait=False, cancel_futures=True)

    # --- beginning and renewing --------------------------------------------------------------------------------------

    def _begin(self, stream_id: uuid.UUID) -> None:
        structlog.contextvars.bind_contextvars(stream_id=str(stream_id))
        try:
            work = self._claim(stream_id)
            if work is not None:
                self._open(work)
        finally:
            with self._lock:
                self._claiming.discard(stream_id)
            structlog.contextvars.clear_contextvars()

    def _claim(self, stream_id: uuid.UUID) -> StreamWork | None:
        """The work, begun at the platform's time as this node knows it."""
        asked_at = self.lease_clock.now()
        try:
            work = self._client.stream_claim(stream_id, StreamClaim(boot_id=self.settings.boot_id))
        except SupersededError as error:
            self.superseded(error)
            return None
        except PlatformError as error:
            # Who minds the streams sees that nobody took this one, and says so again.
            log.warning("stream.not_claimed", error=str(error))
            return None
        if work is None:
            return None
        if not self._held:
            self.lease_clock.keep(asked_at)
        now_ms = self._client.clock.milliseconds() - work.zero_ms if work.zero_ms else work.now_ms
        return work.model_copy(update={"now_ms": max(0, now_ms)})

    def _open(self, work: StreamWork) -> None:
        slot = self._journal.slot(work.stream_id, work.epoch, is_suspect=work.suspect)
        try:
            held = self._made(work, slot, None)
            held.runner.start()
        except Exception as error:  # the stream's edge: one that cannot be begun stops no other
            log.exception("stream.not_begun", camera=work.camera.camera_id)
            self._journal.give_back(slot)
            self._release(work, _broken(self.settings.boot_id, work, error))
            return
        with self._lock:
            self._held[work.stream_id] = held
            is_late = self._closing
        log.info("stream.begun", camera=work.camera.camera_id, epoch=work.epoch, goes_on=work.state is not None)
        if is_late:
            self._end(held, StreamRelease(boot_id=self.settings.boot_id, epoch=work.epoch, state=None), "stop")

    def _made(self, work: StreamWork, slot: JournalSlot, former: StreamSink | None) -> HeldStream:
        folder = self.settings.folder / f"{work.stream_id}-{work.epoch}"
        folder.mkdir(parents=True, exist_ok=True)
        dirty = threading.Event()
        sink = self._sink(work, dirty, former)
        outfit = Outfit(folder, self._client.clock.seconds, slot.marks, self._ring_limit)
        return HeldStream(work, sink, self._make_runner(work, sink, outfit), folder, slot, dirty)

    def _sink(self, work: StreamWork, dirty: threading.Event, former: StreamSink | None) -> StreamSink:
        return StreamSink(work, self._outbox, lambda: self._note_change(dirty), self.settings.model, former)

    def _note_change(self, dirty: threading.Event) -> None:
        dirty.set()
        self.changed.set()

    def _renew(self, held: HeldStream) -> None:
        if self._enter(held, Phase.RENEWING):
            self._hands.submit(self._renew_now, held)

    def _renew_now(self, held: HeldStream) -> None:
        try:
            work = self._claim(held.stream_id)
            if work is not None and not self._renewed(held, work):
                self._replace(held, work)
        except Exception as error:
            log.exception("stream.not_renewed", stream_id=str(held.stream_id))
            self._failed(held, error)
        finally:
            self._enter(held, Phase.RUNNING)

    def _renewed(self, held: HeldStream, work: StreamWork) -> bool:
        sink = self._sink(work, held.dirty, held.sink)
        if not held.runner.renew(work, sink):
            return False
        held.slot.hold(work.stream_id, work.epoch)
        with self._lock:
            former, held.work, held.sink = held.sink, work, sink
        former.keep_tracks()
        log.info("stream.renewed", stream_id=str(held.stream_id), epoch=work.epoch)
        return True

    def _replace(self, held: HeldStream, work: StreamWork) -> None:
        """The camera is to be read otherwise: a new runner goes on from the old one's memory."""
        state = held.runner.suspend(SUSPEND_SECONDS)
        held.slot.hold(work.stream_id, work.epoch)
        new = self._made(work.model_copy(update={"state": state}), held.slot, held.sink)
        with self._lock:
            goes_on = held.phase is Phase.RENEWING
            if goes_on:
                held.phase, self._held[work.stream_id] = Phase.ENDING, new
        if goes_on:
            new.runner.start()
        _put_away(held)

    # --- ending ------------------------------------------------------------------------------------------------------

    def _failed(self, held: HeldStream, failure: Exception) -> None:
        if isinstance(failure, StreamGoneError):
            self._end(held, None, "lost")
        else:
            self._end(held, _broken(self.settings.boot_id, held.work, failure), "failed")

    def _end(self, held: HeldStream, release: StreamRelease | None, reason: str) -> Future[None] | None:
        """Stop the stream; ``release`` is sent with its state, None is sent to nobody."""
        if not self._enter(held, Phase.ENDING):
            return None
        log.info("stream.ends", stream_id=str(held.stream_id), epoch=held.work.epoch, reason=reason)
        if release is None:
            held.sink.revoke()
        return self._hands.submit(self._finish, held, release)

    def _finish(self, held: HeldStream, release: StreamRelease | None) -> None:
        try:
            state = held.runner.suspend(SUSPEND_SECONDS)
            if release is not None:
                self._release(held.work, release.model_copy(update={"state": state}))
        except Exception:
            log.exception("stream.not_ended", stream_id=str(held.stream_id))
        with self._lock:
            self._held.pop(held.stream_id, None)
        if held.wanted_again:
            self.watch(held.stream_id)
        _put_away(held)
        self._journal.give_back(held.slot)

    def _release(self, work: StreamWork, release: StreamRelease) -> None:
        try:
            self._client.stream_release(work.stream_id, release, RELEASE_SECONDS)
        except PlatformError as error:
            # The lease runs out by itself, since no report names it any more.
            log.warning("stream.release_not_told", stream_id=str(work.stream_id), error=str(error))

    def _enter(self, held: HeldStream, phase: Phase) -> bool:
        """Whether the stream may go into this phase now: nothing comes after its end."""
        with self._lock:
            if held.phase is Phase.ENDING or held.phase is phase:
                return False
            held.phase = phase
            return True


def _put_away(held: HeldStream) -> None:
    try:
        held.runner.close()
    except Exception:  # what is still to be written needs a disk; the stream is over either way
        log.exception("stream.files_not_kept", stream_id=str(held.stream_id))
    held.sink.keep_tracks()
    shutil.rmtree(held.folder, ignore_errors=True)


def _broken(boot_id: uuid.UUID, work: StreamWork, error: Exception) -> StreamRelease:
    reason = f"The worker met an error: {type(error).__name__}: {error}"[:2000]
    return StreamRelease(boot_id=boot_id, epoch=work.epoch, state=None, reason=reason, failed=True)
