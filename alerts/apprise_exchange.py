"""What the platform and the child process that runs Apprise say to each other."""

from __future__ import annotations

from pydantic import BaseModel, Field


class AppriseRequest(BaseModel):
    url: str = Field(repr=False)
    title: str
    body: str
    severity: str
    networks: tuple[str, ...] = ()


class AppriseAnswer(BaseModel):
    """``sentence`` holds nothing of the address."""

    sent: bool
    forbidden: bool = False
    sentence: str
