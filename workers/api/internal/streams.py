"""The endpoints of live streams: parse, call one service, answer."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse

from workers.api.internal.authentication import contract_version
from workers.api.internal.bodies import signed_model
from workers.api.internal.views import NodeView, answer
from workers.runtime.contract import StreamClaim, StreamRelease, StreamReport, StreamStates
from workers.services.stream_leases import stream_claim, stream_release
from workers.services.stream_reports import stream_report
from workers.services.stream_snapshots import stream_states_save


class StreamClaimView(NodeView):
    def post(self, request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
        claim = signed_model(request, StreamClaim)
        work = stream_claim(node=self.node, boot_id=claim.boot_id, stream_id=stream_id)
        return answer(work.for_version(contract_version(request))) if work else HttpResponse(status=204)


class StreamReportView(NodeView):
    def post(self, request: HttpRequest) -> HttpResponse:
        told = stream_report(node=self.node, report=signed_model(request, StreamReport))
        return answer(told.for_version(contract_version(request)))


class StreamStatesView(NodeView):
    def post(self, request: HttpRequest) -> HttpResponse:
        return answer(stream_states_save(node=self.node, told=signed_model(request, StreamStates)))


class StreamReleaseView(NodeView):
    def post(self, request: HttpRequest, stream_id: uuid.UUID) -> HttpResponse:
        stream_release(node=self.node, stream_id=stream_id, release=signed_model(request, StreamRelease))
        return HttpResponse(status=204)
