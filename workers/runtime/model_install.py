"""Puts weights into the models folder and lists them in its manifest."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from workers.runtime.contract import DetectorKind
from workers.runtime.model_description import Description, describe_export, describe_onnx
from workers.runtime.models import ModelEntry, ModelError, ModelTask, file_sha256, read_manifest, write_manifest

OPENVINO_SUFFIXES = (".xml", ".bin")
BODY_KEYPOINTS = 17


def install_openvino(folder: Path, source: Path, *, origin: str, task: ModelTask = ModelTask.DETECT) -> ModelEntry:
    """Copy an exported OpenVINO model (``*.xml``, ``*.bin``, ``metadata.yaml``) in and list it.

    Raises:
        ModelError: the source folder is no such model, or one for another task.
    """
    about = source / "metadata.yaml"
    graphs = sorted(source.glob("*.xml"))
    if len(graphs) != 1 or not graphs[0].with_suffix(".bin").is_file() or not about.is_file():
        raise ModelError(f"{source} is not an OpenVINO model: it needs one .xml, its .bin and metadata.yaml.")
    files = [*(graphs[0].with_suffix(suffix) for suffix in OPENVINO_SUFFIXES), about]
    return _install(folder, files, describe_export(about), origin=origin, task=task)


def install_onnx(folder: Path, source: Path, *, origin: str, task: ModelTask) -> ModelEntry:
    """Copy an ONNX model in and list it; OpenVINO runs it.

    Raises:
        ModelError: the file is no model that says what it finds, or one for another task.
    """
    return _install(folder, [source], describe_onnx(source), origin=origin, task=task)


def install_checkpoint(folder: Path, checkpoint: Path, *, like: ModelEntry, origin: str) -> ModelEntry:
    """Copy a ``.pt`` in and list it for the Ultralytics detector; ``like`` is its OpenVINO export."""
    files = _place(folder, f"{checkpoint.stem}_checkpoint", [checkpoint])
    update = {"kind": DetectorKind.ULTRALYTICS, "weights": next(iter(files)), "files": files, "source": origin}
    return _listed(folder, like.model_copy(update=update))


def _install(folder: Path, files: list[Path], about: Description, *, origin: str, task: ModelTask) -> ModelEntry:
    _check(about, task)
    name = files[0].stem
    placed = _place(folder, f"{name}_{DetectorKind.OPENVINO}", files)
    entry = ModelEntry(
        name=name,
        kind=DetectorKind.OPENVINO,
        weights=next(iter(placed)),
        files=placed,
        task=task,
        classes=about.classes,
        keypoints=about.keypoints,
        input_size=about.input_size,
        licence=about.licence,
        source=origin,
    )
    return _listed(folder, entry)


def _check(about: Description, task: ModelTask) -> None:
    if (about.task is ModelTask.POSE) != (task is ModelTask.POSE):
        found = "finds poses" if about.task is ModelTask.POSE else "detects objects"
        raise ModelError(f"The model {found}; it cannot be installed for the task {task}.")
    if task is ModelTask.POSE and about.keypoints != BODY_KEYPOINTS:
        raise ModelError(f"The model knows {about.keypoints} key points; rules need the {BODY_KEYPOINTS} of COCO.")


def _listed(folder: Path, entry: ModelEntry) -> ModelEntry:
    write_manifest(folder, read_manifest(folder).with_model(entry))
    return entry


def _place(folder: Path, name: str, files: list[Path]) -> dict[str, str]:
    """Copy files into a folder of their own, which appears complete or not at all; gives their names and SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-") as incoming:
        complete = Path(incoming) / name
        complete.mkdir()
        for file in files:
            shutil.copyfile(file, complete / file.name)
        digests = {f"{name}/{file.name}": file_sha256(complete / file.name) for file in files}
        if (folder / name).exists():
            (folder / name).rename(Path(incoming) / "replaced")
        complete.rename(folder / name)
    return digests
