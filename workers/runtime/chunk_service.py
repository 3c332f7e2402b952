"""A node's part for recordings: one job at a time, chunk by chunk, until its turn is over."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator

import structlog

from workers.runtime.chunk_run import ChunkRunner, persist
from workers.runtime.client import LeaseLostError, NotAllowedError, PlatformError, SupersededError
from workers.runtime.contract import ChunkClaim, ChunkFailure, ChunkWork
from workers.runtime.lease import ChunkStoppedError, HeldLease, LeaseGoneError, NodeStoppingError

log = structlog.get_logger(__name__)

SHARE_SECONDS = 30.0
"""How long one job may keep the node from others that wait."""
CLAIM_SECONDS = 20.0


class ChunkService:
    """``work`` is called from one thread, all else from any. ``superseded``: a later process works under this name."""

    def __init__(self, runner: ChunkRunner, superseded: Callable[[SupersededError], None]) -> None:
        self.runner = runner
        self._superseded = superseded
        self._over = threading.Event()
        self._lease: HeldLease | None = None

    def stop(self) -> None:
        """Give back what is being worked on, and begin nothing more."""
        self._over.set()
        if (lease := self._lease) is not None:
            lease.stop(NodeStoppingError("the worker is being stopped"))

    def give_up(self, reason: str) -> None:
        """What is being worked on is another's."""
        self._over.set()
        if (lease := self._lease) is not None:
            lease.stop(LeaseGoneError(reason))

    def work(self, job_id: uuid.UUID) -> None:
        """Work on the job's chunks until there are none for us, or its turn is over and the platform wakes somebody."""
        structlog.contextvars.bind_contextvars(job_id=str(job_id))
        until, done = time.monotonic() + SHARE_SECONDS, None
        with self._edge(job_id):
            while (work := self._claim(job_id)) is not None:
                continues = time.monotonic() < until
                if not self._work_on(work, continues=continues) or not continues:
                    return
                done = work
            if done is not None and not self._over.is_set():
                # Cancelled between two chunks, or another node goes on with it.
                self.runner.recordings.forget(done.recording_id)

    def _claim(self, job_id: uuid.UUID) -> ChunkWork | None:
        if self._over.is_set():
            return None
        claim = ChunkClaim(boot_id=self.runner.boot_id)
        return persist(lambda: self.runner.client.claim(job_id, claim), CLAIM_SECONDS)

    def _work_on(self, work: ChunkWork, *, continues: bool) -> bool:
        log.info("chunk.claimed", chunk=work.chunk_index, of=work.chunk_count, epoch=work.epoch)
        runner = self.runner
        self._lease = HeldLease(work, runner.boot_id, runner.client, runner.outbox, runner.detector.name)
        if self._over.is_set():
            self._lease.stop(NodeStoppingError("the worker is being stopped"))
        started_at = time.monotonic()
        try:
            goes_on = self.runner.run(self._lease, continues=continues)
        except ChunkStoppedError as stopped:
            self._give_back(self._lease, stopped)
            return False
        except LeaseLostError:
            runner.job_over(work)
            raise
        finally:
            self._lease = None
        log.info("chunk.done", chunk=work.chunk_index, seconds=round(time.monotonic() - started_at, 2))
        return goes_on

    def _give_back(self, lease: HeldLease, stopped: ChunkStoppedError) -> None:
        log.warning("chunk.stopped", chunk=lease.work.chunk_index, reason=str(stopped))
        if isinstance(stopped, NodeStoppingError):
            failure = ChunkFailure(
                boot_id=self.runner.boot_id, epoch=lease.work.epoch, reason="The worker was restarted."
            )
            with contextlib.suppress(PlatformError):
                lease.report()
                self.runner.client.failure(lease.work, failure)
        else:
            # Cancelled, or another's: whoever is given a later chunk fetches the recording again.
            self.runner.job_over(lease.work)

    def lease_lost(self, job_id: uuid.UUID, epoch: int) -> None:
        """The platform has refused something that was sent under this lease."""
        lease = self._lease
        if lease is not None and (lease.work.job_id, lease.work.epoch) == (job_id, epoch):
            lease.stop(LeaseGoneError("the platform has given the chunk to another"))

    @contextlib.contextmanager
    def _edge(self, job_id: uuid.UUID) -> Iterator[None]:
        """What ends the work on a job without being an error of this process; the platform wakes somebody again."""
        try:
            yield
        except SupersededError as error:
            self._superseded(error)
        except LeaseLostError as error:
            log.warning("chunk.lease_lost", error=error.message)
        except NotAllowedError as error:
            log.error("node.not_allowed", error=error.message)
        except PlatformError as error:
            log.warning("job.left", job_id=str(job_id), error=str(error))
        finally:
            structlog.contextvars.clear_contextvars()
