"""The endpoints of ``/internal/v1/``: parse, call one service, answer."""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel

from cameras.services.recordings import recording_path
from events.services import clip_store, snapshot_store, track_log_store
from events.services.track_logs import MOST_BYTES as MOST_TRACK_BYTES
from vms.errors import DomainError, InvalidError, NotFoundError, StorageFullError
from vms.storage.serving import file_response
from workers.api.internal.authentication import node_of
from workers.api.internal.batches import events_take_in
from workers.api.internal.bodies import SignedBody, signed_bytes, signed_clip, signed_file, signed_model
from workers.api.internal.counters import REFUSED
from workers.errors import UnavailableError
from workers.models import WorkerNode
from workers.runtime.contract import (
    CONTENT_HEADER,
    ChunkCheckpoint,
    ChunkCheckpointAnswer,
    ChunkClaim,
    ChunkFailure,
    ChunkProgress,
    ChunkProgressAnswer,
    Heartbeat,
    NodeRegistration,
)
from workers.selectors import recording_leased_to
from workers.services.chunks import chunk_checkpoint, chunk_failure, chunk_progress
from workers.services.claims import chunk_claim
from workers.services.nodes import node_heartbeat, node_register

log = structlog.get_logger(__name__)


@method_decorator(csrf_exempt, name="dispatch")
class NodeView(View):
    """Answers signed requests of nodes; errors are JSON with a code and a sentence."""

    node: WorkerNode

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401
        try:
            self.node = node_of(request)
            structlog.contextvars.bind_contextvars(node=self.node.name)
            return super().dispatch(request, *args, **kwargs)
        except DomainError as error:
            return self._refusal(request, error)
        except DataError:
            # A number too large, a NUL: sent again, it would fail again, so the node must not think we are down.
            log.warning("internal.not_storable", path=request.path, exc_info=True)
            return self._refusal(request, InvalidError("The request holds a value that cannot be stored."))
        except IntegrityError:
            # Not a conflict, which would mean that another has the lease.
            log.warning("internal.overtaken", path=request.path, exc_info=True)
            return self._refusal(request, UnavailableError("Something was changed meanwhile. Send it again."))

    @staticmethod
    def _refusal(request: HttpRequest, error: DomainError) -> JsonResponse:
        REFUSED.labels(error.code).inc()
        log.info("internal.refused", code=error.code, message=error.message, path=request.path)
        return JsonResponse(error.as_json(), status=error.http_status)


def answer(model: BaseModel, status: int = 200) -> HttpResponse:
    return HttpResponse(model.model_dump_json(), content_type="application/json", status=status)


def stored(is_news: bool) -> HttpResponse:  # noqa: FBT001
    return HttpResponse(status=201 if is_news else 200)


class RegisterView(NodeView):
    def post(self, request: HttpRequest) -> HttpResponse:
        return answer(node_register(node=self.node, registration=signed_model(request, NodeRegistration)))


class HeartbeatView(NodeView):
    def post(self, request: HttpRequest) -> HttpResponse:
        node_heartbeat(node=self.node, heartbeat=signed_model(request, Heartbeat))
        return HttpResponse(status=204)


class ClaimView(NodeView):
    def post(self, request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
        claim = signed_model(request, ChunkClaim)
        work = chunk_claim(node=self.node, boot_id=claim.boot_id, job_id=job_id)
        return answer(work) if work else HttpResponse(status=204)


class RecordingView(NodeView):
    def get(self, request: HttpRequest, recording_id: uuid.UUID) -> HttpResponseBase:
        if not recording_leased_to(self.node, recording_id):
            raise NotFoundError("There is no such recording for this node.")
        return file_response(request, recording_path(recording_id), "application/octet-stream")


class ProgressView(NodeView):
    def post(self, request: HttpRequest, job_id: uuid.UUID, index: int) -> HttpResponse:
        progress = signed_model(request, ChunkProgress)
        cancelled = chunk_progress(node=self.node, job_id=job_id, index=index, progress=progress)
        return answer(ChunkProgressAnswer(cancelled=cancelled))


class CheckpointView(NodeView):
    def post(self, request: HttpRequest, job_id: uuid.UUID, index: int) -> HttpResponse:
        checkpoint = signed_model(request, ChunkCheckpoint)
        done = chunk_checkpoint(node=self.node, job_id=job_id, index=index, checkpoint=checkpoint)
        return answer(ChunkCheckpointAnswer(job_done=done))


class FailureView(NodeView):
    def post(self, request: HttpRequest, job_id: uuid.UUID, index: int) -> HttpResponse:
        chunk_failure(node=self.node, job_id=job_id, index=index, failure=signed_model(request, ChunkFailure))
        return HttpResponse(status=204)


class EventsView(NodeView):
    def post(self, request: HttpRequest) -> HttpResponse:
        return answer(events_take_in(self.node, signed_bytes(request)))


class ClipView(NodeView):
    def put(self, request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
        upload, video = signed_clip(request)
        return stored(clip_store(node=self.node, event_id=event_id, upload=upload, video=video))


class SnapshotView(NodeView):
    def put(self, request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
        sha256 = request.headers[CONTENT_HEADER]
        return stored(snapshot_store(node=self.node, event_id=event_id, picture=signed_file(request), sha256=sha256))


class TracksView(NodeView):
    def put(self, request: HttpRequest) -> HttpResponse:
        data = b"".join(SignedBody(request, limit=MOST_TRACK_BYTES).rest())
        try:
            return stored(track_log_store(node=self.node, data=data))
        except StorageFullError as error:
            # Not to be sent again: a full disk must not hold up a recording's analysis for the sake of its track log.
            raise InvalidError(error.message) from None
