"""Style sheets, modules and icons: whole in memory, since ASGI would collect a stream there too, and warn of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # it has no types
    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:  # noqa: ANN401  WhiteNoise's own kind of file
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        try:
            return HttpResponse(b"".join(streamed), status=streamed.status_code, headers=streamed.headers)
        finally:
            streamed.close()
