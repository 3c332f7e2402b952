"""The folder of model weights and its manifest: nothing is loaded that the manifest does not list, byte for byte."""

from __future__ import annotations

import hashlib
import os
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.runtime.contract import DetectorKind

MANIFEST_NAME = "manifest.json"
DEFAULT_FOLDER = "var/models"


class ModelError(Exception):
    """Weights that cannot be used or fetched; the message is a plain sentence."""


class ModelTask(StrEnum):
    """What a model is for. All but the first look closely at tracks, where a rule asks for it."""

    DETECT = "detect"
    POSE = "pose"
    PPE = "ppe"


FURTHER_TASKS = (ModelTask.POSE, ModelTask.PPE)


class ModelEntry(BaseModel):
    """One usable model. File names are relative to the models folder; ``files`` gives each one's SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$")
    kind: DetectorKind
    weights: str
    files: dict[str, str]
    task: ModelTask = ModelTask.DETECT
    classes: tuple[str, ...]
    keypoints: int = Field(default=0, ge=0, le=100)
    """How many a pose model finds on each object."""
    input_size: tuple[int, int]
    licence: str = ""
    source: str = ""


class Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[ModelEntry, ...] = ()

    def with_model(self, entry: ModelEntry) -> Manifest:
        others = (model for model in self.models if (model.name, model.kind) != (entry.name, entry.kind))
        return Manifest(models=(entry, *others))


def models_dir() -> Path:
    """Where the environment says that weights live (``VMS_MODELS_DIR``)."""
    return Path(os.environ.get("VMS_MODELS_DIR") or DEFAULT_FOLDER)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a models folder; an empty one where there is none yet.

    Raises:
        ModelError: it cannot be understood.
    """
    path = folder / MANIFEST_NAME
    if not path.exists():
        return Manifest()
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ModelError(f"The list of models {path} is damaged.") from error


def verified_weights(folder: Path, entry: ModelEntry) -> Path:
    """The path of a model's weights after every file of it was compared with the manifest.

    Raises:
        ModelError: a file is missing, lies outside the folder, or is not the one that was listed.
    """
    root = folder.resolve()
    for name, expected in {entry.weights: "unlisted", **entry.files}.items():
        path = (root / name).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise ModelError(f"The file {name} of the model {entry.name} is missing.")
        if file_sha256(path) != expected:
            raise ModelError(f"The file {name} of the model {entry.name} is not the one that was installed.")
    return root / entry.weights


def write_manifest(folder: Path, manifest: Manifest) -> None:
    part = folder / f"{MANIFEST_NAME}.part"
    part.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST_NAME)


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
