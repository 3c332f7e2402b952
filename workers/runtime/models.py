"""The folder of model weights and its manifest: nothing is loaded that the manifest does not list, byte for byte."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workers.runtime.contract import DetectorKind

MANIFEST_NAME = "manifest.json"
DEFAULT_FOLDER = "var/models"
OPENVINO_SUFFIXES = (".xml", ".bin")


class ModelError(Exception):
    """Weights that cannot be used or fetched; the message is a plain sentence."""


class ModelEntry(BaseModel):
    """One usable model. File names are relative to the models folder; ``files`` gives each one's SHA-256."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$")
    kind: DetectorKind
    weights: str
    files: dict[str, str]
    classes: tuple[str, ...]
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
        if _sha256(path) != expected:
            raise ModelError(f"The file {name} of the model {entry.name} is not the one that was installed.")
    return root / entry.weights


def install_openvino(folder: Path, source: Path, *, origin: str) -> ModelEntry:
    """Copy an exported OpenVINO model (``*.xml``, ``*.bin``, ``metadata.yaml``) in and list it.

    Raises:
        ModelError: the source folder is no such model.
    """
    description = source / "metadata.yaml"
    graphs = sorted(source.glob("*.xml"))
    if len(graphs) != 1 or not graphs[0].with_suffix(".bin").is_file() or not description.is_file():
        raise ModelError(f"{source} is not an OpenVINO model: it needs one .xml, its .bin and metadata.yaml.")
    name = graphs[0].stem
    files = [*(graphs[0].with_suffix(suffix) for suffix in OPENVINO_SUFFIXES), description]
    classes, input_size, licence = _described(description)
    relative = _place(folder, f"{name}_openvino", files)
    entry = ModelEntry(
        name=name,
        kind=DetectorKind.OPENVINO,
        weights=f"{name}_openvino/{graphs[0].name}",
        files=relative,
        classes=classes,
        input_size=input_size,
        licence=licence,
        source=origin,
    )
    _write_manifest(folder, read_manifest(folder).with_model(entry))
    return entry


def install_checkpoint(folder: Path, checkpoint: Path, *, like: ModelEntry, origin: str) -> ModelEntry:
    """Copy a ``.pt`` in and list it for the Ultralytics detector; ``like`` is its OpenVINO export."""
    relative = _place(folder, f"{checkpoint.stem}_checkpoint", [checkpoint])
    entry = like.model_copy(
        update={
            "kind": DetectorKind.ULTRALYTICS,
            "weights": next(iter(relative)),
            "files": relative,
            "source": origin,
        }
    )
    _write_manifest(folder, read_manifest(folder).with_model(entry))
    return entry


def _described(path: Path) -> tuple[tuple[str, ...], tuple[int, int], str]:
    """Classes, input height and width, and licence, from the description that ultralytics writes beside an export."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = data["names"]
        height, width = data["imgsz"]
        classes = tuple(str(names[index]) for index in range(len(names)))
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} does not describe a model.") from error
    if data.get("task", "detect") != "detect":
        raise ModelError("The model does not detect objects; it is made for another task.")
    return classes, (int(height), int(width)), str(data.get("license", ""))


def _place(folder: Path, name: str, files: list[Path]) -> dict[str, str]:
    """Copy files into a folder of their own, which appears complete or not at all; gives their names and SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-") as incoming:
        complete = Path(incoming) / name
        complete.mkdir()
        for file in files:
            shutil.copyfile(file, complete / file.name)
        digests = {f"{name}/{file.name}": _sha256(complete / file.name) for file in files}
        if (folder / name).exists():
            (folder / name).rename(Path(incoming) / "replaced")
        complete.rename(folder / name)
    return digests


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    part = folder / f"{MANIFEST_NAME}.part"
    part.write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST_NAME)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
