"""Reading the bodies of API requests."""

from __future__ import annotations

import math
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MOST_ITEMS = 10_000
"""In one list: each may cost a check of its own, and none that is meant has so many."""


class BoundedJSONParser(JSONParser):
    """JSON nested beyond what Python can follow, or too much of it, is the sender's fault, not ours."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:  # noqa: ANN401  DRF's signature
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        _usual_require(data)
        return data


def _usual_require(data: object) -> None:
    """No list without end, and no 1e400: Python reads that as infinite, which is no number of JSON's."""
    waiting = [data]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            if len(each) > MOST_ITEMS:
                raise ParseError(f"A list in the JSON has more than {MOST_ITEMS} items.")
            waiting += each
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, float) and not math.isfinite(each):
            raise ParseError("A number in the JSON is too large.")
