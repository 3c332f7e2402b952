"""Live pictures from the node that holds the camera's lease: bounded, and by its current epoch only."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from cameras.services.pictures import MOST_BYTES, LivePicture, picture_store
from vms.errors import InvalidError, NotFoundError, TooLargeError
from workers.api.internal.bodies import SignedBody, parse
from workers.api.internal.views import NodeView
from workers.choices import StreamWorkState
from workers.errors import LeaseLostError
from workers.models import Stream, WorkerNode
from workers.runtime.contract import CLIP_HEAD_LENGTH_BYTES, PictureUpload

MOST_HEAD_BYTES = 256 * 1024
MOST_MS = 100 * 366 * 24 * 3600 * 1000
HELD_STATES = (StreamWorkState.ASSIGNED, StreamWorkState.RUNNING)


class PictureView(NodeView):
    """201 where the picture is kept, 200 where it is too old, or comes too soon after another."""

    def put(self, request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
        upload, jpeg = signed_picture(request)
        stream = stream_held(self.node, stream_id, upload.epoch)
        if not 0 <= upload.at_ms <= MOST_MS:
            raise InvalidError("The picture's time is none that a stream can have.")
        picture = LivePicture(stream.started_at + timedelta(milliseconds=upload.at_ms), upload.boxes, jpeg)
        return HttpResponse(status=201 if picture_store(camera_id=stream.camera_id, picture=picture) else 200)


def signed_picture(request: HttpRequest) -> tuple[PictureUpload, bytes]:
    """What precedes the picture, and the picture: four bytes of length, JSON, JPEG."""
    body = SignedBody(request, limit=CLIP_HEAD_LENGTH_BYTES + MOST_HEAD_BYTES + MOST_BYTES)
    head_bytes = int.from_bytes(body.exactly(CLIP_HEAD_LENGTH_BYTES), "big")
    if head_bytes > MOST_HEAD_BYTES:
        raise TooLargeError("The picture's description is too long.")
    head = body.exactly(head_bytes)
    jpeg = b"".join(body.rest())
    return parse(PictureUpload, head), jpeg


def stream_held(node: WorkerNode, stream_id: uuid.UUID, epoch: int) -> Stream:
    """The stream, if the node holds its lease under this epoch.

    Raises:
        NotFoundError: there is no such stream.
        LeaseLostError: another node watches it, or another lease of this one.
    """
    stream = Stream.objects.filter(id=stream_id).first()
    if stream is None:
        raise NotFoundError("There is no such stream.")
    if (stream.node_id, stream.epoch) != (node.id, epoch) or stream.state not in HELD_STATES:
        raise LeaseLostError("Another lease watches this camera now.")
    return stream
