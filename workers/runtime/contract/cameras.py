"""What a camera is watched for."""

from __future__ import annotations

from pydantic import Field

from rules.engine.schema import RuleSpec, ZoneShape
from workers.runtime.contract.message import Message, Text


class RuleConfig(Message):
    rule_id: int
    version: int
    spec: RuleSpec


class CameraConfig(Message):
    camera_id: int
    name: Text
    detect_fps: float = Field(gt=0, le=60)
    zones: tuple[ZoneShape, ...]
    rules: tuple[RuleConfig, ...]
