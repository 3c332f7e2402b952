"""Other values of a rule's parameters on single cameras."""

from __future__ import annotations

from typing import Any

import pytest

from cameras.models import Camera
from rules.frozen import camera_config
from rules.models import Rule
from rules.services import OverrideValues, RuleChange, overrides_set, rule_create, rule_update
from tests.cameras.world import make_camera, make_user
from tests.rules.documents import ADAPTABLE, SQUARE
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import InvalidError
from workers.services.stream_configs import config_hashes

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.fixture
def cameras() -> list[Camera]:
    made = [make_camera(name) for name in ("Gate", "Dock")]
    for camera in made:
        camera.zones.create(name="Yard", kind="polygon", points=SQUARE)
        camera.zones.create(name="Porch", kind="polygon", points=SQUARE)
    return made


@pytest.fixture
def rule(ada: User, cameras: list[Camera]) -> Rule:
    return rule_create(user=ada, document=ADAPTABLE, cameras=cameras)


def told(camera: Camera) -> tuple[str, float]:
    in_zone = camera_config(camera).config.rules[0].spec.model_dump()["when"]["in_zone"]
    return in_zone["zone"][0] if isinstance(in_zone["zone"], list | tuple) else in_zone["zone"], in_zone["for"]


def test_values_hold_on_their_camera_only(ada: User, rule: Rule, cameras: list[Camera]) -> None:
    gate, dock = cameras
    overrides_set(user=ada, rule=rule, overrides=[OverrideValues(gate, {"zone": "Porch", "seconds": "1 min"})])
    assert (told(gate), told(dock)) == (("Porch", 60), ("Yard", 5))


def test_values_for_a_zone_hold_where_a_parameter_names_it(ada: User, rule: Rule, cameras: list[Camera]) -> None:
    gate, dock = cameras
    values = [OverrideValues(gate, {"seconds": 30}, "Porch"), OverrideValues(dock, {"seconds": 30}, "Yard")]
    overrides_set(user=ada, rule=rule, overrides=values)
    assert (told(gate)[1], told(dock)[1]) == (5, 30)


def test_the_platforms_values_go_before_the_documents(ada: User, rule: Rule, cameras: list[Camera]) -> None:
    document = ADAPTABLE + "overrides: [{camera: Gate, parameters: {seconds: 20}}]\n"
    rule_update(user=ada, rule=rule, change=RuleChange(document=document))
    assert told(cameras[0])[1] == 20
    overrides_set(user=ada, rule=rule, overrides=[OverrideValues(cameras[0], {"seconds": 40})])
    assert told(cameras[0])[1] == 40


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [({"second": 4}, "no parameter “second”"), ({"seconds": -4}, "greater"), ({"seconds": "soon"}, "a time is")],
)
def test_values_that_the_rule_cannot_use_are_refused(
    ada: User, rule: Rule, cameras: list[Camera], parameters: dict[str, Any], expected: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        overrides_set(user=ada, rule=rule, overrides=[OverrideValues(cameras[0], parameters)])
    assert expected in refused.value.fields["overrides"][0]
    assert not rule.overrides.exists()


def test_a_parameter_that_a_later_version_lacks_is_passed_over(ada: User, rule: Rule, cameras: list[Camera]) -> None:
    overrides_set(user=ada, rule=rule, overrides=[OverrideValues(cameras[0], {"seconds": 40})])
    document = "name: Loiterer\nwhen: {in_zone: {zone: Yard, for: 7}}\n"
    rule_update(user=ada, rule=rule, change=RuleChange(document=document))
    assert told(cameras[0])[1] == 7


def test_nodes_are_told_anew(ada: User, rule: Rule, cameras: list[Camera]) -> None:
    ids = [camera.id for camera in cameras]
    before = config_hashes(ids)
    overrides_set(user=ada, rule=rule, overrides=[OverrideValues(cameras[0], {"seconds": 40})])
    after = config_hashes(ids)
    assert [before[each] == after[each] for each in ids] == [False, True]
