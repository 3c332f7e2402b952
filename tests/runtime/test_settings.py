"""A GPU host's settings come from its environment, and what is wrong with one is said."""

import pytest

from workers.runtime.contract import DetectorKind
from workers.runtime.settings import NodeSettings, SettingsError

NEEDED = {"VMS_NODE_TOKEN": "t" * 32, "VMS_INTERNAL_URL": "http://127.0.0.1:1/", "REDIS_GPU_URL": "redis://127.0.0.1:1"}


def test_a_host_without_further_settings_uses_openvino_on_its_processor() -> None:
    settings = NodeSettings.from_environment(NEEDED)
    assert (settings.detector, settings.device) == (DetectorKind.OPENVINO, "CPU")


def test_a_host_with_a_gpu_names_its_detector_and_device() -> None:
    settings = NodeSettings.from_environment({**NEEDED, "VMS_DETECTOR": "ultralytics", "VMS_DEVICE": "cuda:0"})
    assert (settings.detector, settings.device) == (DetectorKind.ULTRALYTICS, "cuda:0")


@pytest.mark.parametrize("missing", sorted(NEEDED))
def test_a_missing_variable_is_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        NodeSettings.from_environment({**NEEDED, missing: " "})


@pytest.mark.parametrize(
    ("name", "value"), [("VMS_DETECTOR", "tensorflow"), ("VMS_OUTBOX_MAX_BYTES", "-1"), ("VMS_OUTBOX_MAX_ENTRIES", "x")]
)
def test_a_value_that_makes_no_sense_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is '{value}'"):
        NodeSettings.from_environment({**NEEDED, name: value})
