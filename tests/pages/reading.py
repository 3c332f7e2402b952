"""What a page says."""

from __future__ import annotations

from django.test import Client


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()
