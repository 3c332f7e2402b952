"""What a worker is told of a camera's rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cameras.models import Camera
from rules.engine.schema import parse_rule
from rules.frozen import camera_config
from rules.services import rule_create
from tests.cameras.world import make_camera, make_user
from tests.rules.documents import ADAPTABLE, NIGHT, PLAIN, SPEEDING, SQUARE
from vms.accounts.choices import Role
from workers.runtime.contract import CameraConfig

pytestmark = pytest.mark.django_db
ZERO = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
GROUND = {"points": SQUARE, "metres": [[0, 0], [10, 0], [10, 10], [0, 10]]}


@pytest.fixture
def camera() -> Camera:
    camera = make_camera("Gate")
    camera.zones.create(name="Yard", kind="polygon", points=SQUARE)
    camera.zones.create(name="Kerb", kind="line", points=SQUARE[:2])
    return camera


def rule_make(camera: Camera, document: str) -> None:
    rule_create(user=make_user("ada", role=Role.ADMIN), document=document, cameras=[camera])


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("name: X\nwhen: {not: {in_zone: Attic}}\n", "camera Gate has no zone named “Attic”"),
        ("name: X\nwhen: {any: [{in_zone: Kerb}, {in_zone: Yard}]}\n", "“Kerb” on camera Gate is not an area"),
        ("name: X\nwhen: {tailgating: {line: Yard}}\n", "“Yard” on camera Gate is not a line"),
        (SPEEDING, "four-point calibration"),
        (NIGHT, "the time of day"),
    ],
)
def test_a_rule_that_lacks_something_is_left_out_with_the_reason(camera: Camera, document: str, reason: str) -> None:
    rule_make(camera, document)
    frozen = camera_config(camera)
    assert frozen.config.rules == ()
    assert reason in frozen.left_out[0]


def test_the_sites_clock_goes_with_a_rule_that_looks_at_it(camera: Camera) -> None:
    camera.site.time_zone, camera.site.holidays = "Europe/Berlin", ["2026-12-25"]
    rule_make(camera, NIGHT)
    clock = camera_config(camera, ZERO).config.surroundings().clock
    assert clock is not None
    assert (clock.zero, clock.zone, [str(day) for day in clock.holidays]) == (ZERO, "Europe/Berlin", ["2026-12-25"])


def test_the_grounds_scale_goes_with_a_rule_that_measures(camera: Camera) -> None:
    camera.calibration = GROUND
    rule_make(camera, SPEEDING)
    config = CameraConfig.model_validate(camera_config(camera, ZERO).config.model_dump(mode="json"))
    assert config.surroundings().calibration is not None
    assert config.clock is None


def test_a_plain_rule_is_told_in_words_that_older_nodes_know(camera: Camera) -> None:
    camera.calibration = GROUND
    rule_make(camera, "name: X\ndescription: Why.\nwhen: {type: zone_presence, zone: Yard, dwell_seconds: 5}\n")
    told = camera_config(camera, ZERO).config.model_dump(mode="json")
    assert set(told) == {"camera_id", "name", "detect_fps", "zones", "rules"}
    spec = told["rules"][0]["spec"]
    assert spec == {"name": "X", "when": {"type": "zone_presence", "zone": "Yard", "dwell_seconds": 5.0}}


@pytest.mark.parametrize("document", [PLAIN, ADAPTABLE])
def test_what_is_told_means_the_same_when_it_is_read_back(camera: Camera, document: str) -> None:
    rule_make(camera, document)
    config = CameraConfig.model_validate_json(camera_config(camera).config.model_dump_json())
    assert config.rules[0].spec.when == parse_rule(document).when
