"""One chunk from claim to checkpoint."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog

from workers.runtime.client import (
    LeaseLostError,
    NotAllowedError,
    PlatformClient,
    RefusedError,
    SupersededError,
    UnreachableError,
)
from workers.runtime.closeups.models import NO_MODELS, CloseupModels
from workers.runtime.contract import ChunkCheckpoint, ChunkFailure, ChunkWork
from workers.runtime.detectors import Detector
from workers.runtime.downloads import RecordingCache
from workers.runtime.journal import Journal
from workers.runtime.lease import ChunkStoppedError, HeldLease
from workers.runtime.outbox import Outbox
from workers.runtime.pipeline import ChunkResult, DetectorChangedError, process_chunk
from workers.runtime.recording import UnreadableRecordingError
from workers.runtime.sender import pause_seconds

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 300.0
PERSIST_SECONDS = 120.0

Answer = TypeVar("Answer")


@dataclass(slots=True)
class ChunkRunner:
    """What working on chunks takes; one for a process."""

    boot_id: uuid.UUID
    client: PlatformClient
    outbox: Outbox
    recordings: RecordingCache
    journal: Journal
    detector: Detector
    folder: Path
    models: CloseupModels = NO_MODELS

    def run(self, lease: HeldLease, *, continues: bool) -> bool:
        """Work on a leased chunk to its checkpoint; True where the job goes on after it.

        Raises:
            ChunkStoppedError: cancelled, lost, or the process ends.
            RefusedError: the lease is lost, or the node may not work.
        """
        work = lease.work
        try:
            with lease:
                result = self._analyse(lease)
                lease.keep_tracks()
                self._drain(lease)
            job_done = self._checkpoint(work, result, continues=continues)
        except (ChunkStoppedError, LeaseLostError, NotAllowedError, SupersededError):
            raise
        except (UnreadableRecordingError, DetectorChangedError) as error:
            self._fail(lease, str(error), permanent=True)
            return False
        except Exception as error:  # the process's edge: the platform is told and counts
            log.exception("chunk.failed", job_id=str(work.job_id), chunk=work.chunk_index)
            self._fail(lease, f"The worker met an error: {type(error).__name__}: {error}"[:2000], permanent=False)
            return False
        finally:
            self.journal.clear()
            shutil.rmtree(self.folder, ignore_errors=True)
        if job_done:
            self.job_over(work)
        return not job_done

    def job_over(self, work: ChunkWork) -> None:
        self.recordings.forget(work.recording_id)
        self.outbox.forget_job(work.job_id)

    def _analyse(self, lease: HeldLease) -> ChunkResult:
        file = self.recordings.fetch(lease.work, lease.alive)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        lease.journal = self.journal
        return process_chunk(lease.work, file, self.detector, lease, self.folder, self.models)

    def _drain(self, lease: HeldLease) -> None:
        """Only what was acknowledged is behind a checkpoint."""
        limit = time.monotonic() + DRAIN_SECONDS
        while not self.outbox.drain(lease.work.job_id, 1.0):
            lease.alive()
            if time.monotonic() > limit:
                raise TimeoutError("what was found could not be handed over in time")
        lease.alive()

    def _checkpoint(self, work: ChunkWork, result: ChunkResult, *, continues: bool) -> bool:
        checkpoint = ChunkCheckpoint(
            boot_id=self.boot_id,
            epoch=work.epoch,
            frames_analysed=result.frames_analysed,
            frames_lost=result.frames_lost,
            state=result.state,
            continues=continues,
        )
        return persist(lambda: self.client.checkpoint(work, checkpoint)).job_done

    def _fail(self, lease: HeldLease, reason: str, *, permanent: bool) -> None:
        failure = ChunkFailure(boot_id=self.boot_id, epoch=lease.work.epoch, reason=reason, permanent=permanent)
        try:
            persist(lease.report)
            persist(lambda: self.client.failure(lease.work, failure))
        except (RefusedError, UnreachableError) as error:
            # The lease runs out and the platform counts that instead.
            log.warning("chunk.failure_not_told", error=str(error))


def persist(ask: Callable[[], Answer], seconds: float = PERSIST_SECONDS) -> Answer:
    """Ask again while the platform cannot be reached, but not for ever."""
    limit, failures = time.monotonic() + seconds, 0
    while True:
        try:
            return ask()
        except UnreachableError:
            failures += 1
            pause = pause_seconds(failures)
            if time.monotonic() + pause > limit:
                raise
            time.sleep(pause)
