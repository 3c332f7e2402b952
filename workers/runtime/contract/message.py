"""What every message has in common: strict, frozen, its boxes and texts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Box = tuple[float, float, float, float]
Text = Annotated[str, Field(max_length=500)]


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
