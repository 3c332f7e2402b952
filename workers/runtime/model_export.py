"""Fetches the official weights and exports checkpoints to OpenVINO, in an environment that has ultralytics."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workers.runtime.model_install import install_checkpoint, install_onnx, install_openvino
from workers.runtime.models import ModelEntry, ModelError, ModelTask

OFFICIAL_MODELS = {ModelTask.DETECT: "yolo11n.pt", ModelTask.POSE: "yolo11n-pose.pt"}
"""Nobody publishes an official model for protective equipment."""
OFFICIAL_SOURCE = "ultralytics"
INPUT_PIXELS = 640
MAX_SECONDS = 1_800

FETCH = "import sys; from ultralytics.utils.downloads import attempt_download_asset as fetch; fetch(sys.argv[1])"
EXPORT = (
    "import sys; from ultralytics import YOLO; "
    "YOLO(sys.argv[1]).export(format='openvino', imgsz=int(sys.argv[2]), half=False, int8=False)"
)


def pull_model(
    models_dir: Path, source: Path | None, *, project: Path, task: ModelTask = ModelTask.DETECT
) -> list[ModelEntry]:
    """Install a model from an OpenVINO folder, an ``.onnx``, a ``.pt``, or, without a source, the official one.

    ``project`` is the folder with ``requirements/gpu.txt`` and, perhaps, ``.venv-gpu``. When this fails, the
    models folder is as it was.

    Raises:
        ModelError: with a sentence for whoever typed the command.
    """
    if source is None:
        return _pull_official(models_dir, task, project)
    if source.is_dir():
        return [install_openvino(models_dir, source, origin=source.name, task=task)]
    if source.suffix == ".onnx" and source.is_file():
        return [install_onnx(models_dir, source, origin=source.name, task=task)]
    if source.suffix != ".pt" or not source.is_file():
        raise ModelError(f"{source} is neither a folder with an OpenVINO model nor an .onnx or .pt file.")
    with tempfile.TemporaryDirectory(prefix="vms-model-") as work, _ultralytics_python(project) as python:
        return _install_both(models_dir, python, _copy(source, Path(work)), source.name, task)


def _pull_official(models_dir: Path, task: ModelTask, project: Path) -> list[ModelEntry]:
    name = OFFICIAL_MODELS.get(task)
    if name is None:
        raise ModelError(f"There is no official model for the task {task}: name a local file with --from.")
    with tempfile.TemporaryDirectory(prefix="vms-model-") as work, _ultralytics_python(project) as python:
        return _install_both(models_dir, python, _fetch(python, name, Path(work)), OFFICIAL_SOURCE, task)


def _install_both(models_dir: Path, python: Path, checkpoint: Path, origin: str, task: ModelTask) -> list[ModelEntry]:
    """The checkpoint for hosts with ultralytics, its export for those without."""
    entry = install_openvino(models_dir, _export(python, checkpoint), origin=origin, task=task)
    return [entry, install_checkpoint(models_dir, checkpoint, like=entry, origin=origin)]


@contextmanager
def _ultralytics_python(project: Path) -> Iterator[Path]:
    """The interpreter of ``.venv-gpu`` where it exists, else of one made for now and removed again."""
    existing = project / ".venv-gpu" / "bin" / "python"
    if existing.exists():
        yield existing
        return
    requirements = project / "requirements" / "gpu.txt"
    with tempfile.TemporaryDirectory(prefix="vms-ultralytics-") as folder:
        python = Path(folder) / "bin" / "python"
        _run([sys.executable, "-m", "venv", folder], "An environment for ultralytics could not be made.")
        _run(
            [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(requirements)],
            "Ultralytics could not be installed (about 5 GB are downloaded). Is there a network connection?",
        )
        yield python


def _fetch(python: Path, name: str, work: Path) -> Path:
    sentence = (
        f"The official weights {name} could not be downloaded. Connect to the Internet and try again, "
        "or name a local file with --from."
    )
    _run([str(python), "-c", FETCH, name], sentence, folder=work)
    if not (work / name).is_file():
        raise ModelError(sentence)
    return work / name


def _copy(source: Path, work: Path) -> Path:
    """The export is written beside its checkpoint, whose folder may be read-only."""
    checkpoint = work / source.name
    checkpoint.write_bytes(source.read_bytes())
    return checkpoint


def _export(python: Path, checkpoint: Path) -> Path:
    sentence = f"{checkpoint.name} could not be exported to OpenVINO."
    _run([str(python), "-c", EXPORT, str(checkpoint), str(INPUT_PIXELS)], sentence, folder=checkpoint.parent)
    exported = checkpoint.with_name(f"{checkpoint.stem}_openvino_model")
    if not exported.is_dir():
        raise ModelError(sentence)
    return exported


def _run(command: list[str], sentence: str, *, folder: Path | None = None) -> None:
    """Run a program to its end; its last words go with the sentence if it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the program is ours, the file name is an argument of its own
            command, cwd=folder, capture_output=True, text=True, timeout=MAX_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ModelError(sentence) from error
    if done.returncode:
        last_words = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise ModelError(" ".join((sentence, *(f"({words})" for words in last_words))))
