"""What a model says of itself: in ultralytics' ``metadata.yaml`` beside an OpenVINO export, or inside an ONNX file."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openvino
import yaml

from workers.runtime.models import ModelError, ModelTask

TASKS = {"detect": ModelTask.DETECT, "pose": ModelTask.POSE}
"""ultralytics' words; what detects protective equipment is a detector to it."""


@dataclass(frozen=True, slots=True)
class Description:
    task: ModelTask
    classes: tuple[str, ...]
    keypoints: int
    input_size: tuple[int, int]
    """Height and width."""
    licence: str


def describe_export(path: Path) -> Description:
    """Raises ``ModelError`` where the file does not describe a model."""
    try:
        return _description(dict(yaml.safe_load(path.read_text(encoding="utf-8"))).get)
    except (yaml.YAMLError, OSError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} does not describe a model.") from error


def describe_onnx(path: Path) -> Description:
    """Raises ``ModelError`` where the file is no ONNX model that ultralytics exported."""
    try:
        model = openvino.Core().read_model(path)

        def value(key: str) -> Any:  # noqa: ANN401 - what the exporter wrote
            if not model.has_rt_info(["framework", key]):
                return None
            text = model.get_rt_info(["framework", key]).astype(str)
            return text if key in ("task", "license") else literal_eval(text)

        return _description(value)
    except (RuntimeError, SyntaxError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is not an ONNX model that says what it finds.") from error


def _description(value: Callable[[str], Any]) -> Description:
    names, size, shape = value("names"), value("imgsz"), value("kpt_shape")
    task = TASKS.get(str(value("task") or "detect"))
    if task is None:
        raise ModelError("The model neither detects objects nor finds poses; it is made for another task.")
    if not isinstance(names, dict) or not isinstance(size, list | tuple) or len(size) != 2:
        raise ValueError("names or size are missing")
    return Description(
        task=task,
        classes=tuple(str(names[index]) for index in range(len(names))),
        keypoints=int(shape[0]) if isinstance(shape, list | tuple) else 0,
        input_size=(int(size[0]), int(size[1])),
        licence=str(value("license") or ""),
    )
