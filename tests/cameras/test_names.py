"""Names show what they are: nothing hidden in them, wherever they are given."""

from __future__ import annotations

import pytest

from cameras.services.cameras import CameraChange, camera_create
from cameras.services.sites import site_create
from cameras.services.zones import zone_create
from rules.services import rule_create
from tests.cameras.world import make_camera, make_user
from vms.accounts.choices import Role
from vms.accounts.models import User
from vms.errors import InvalidError

pytestmark = pytest.mark.django_db

HIDDEN = ["Gate\x07", "Gate\x7f", "Gate\u202egnp.exe", "\u2067Gate", "Gate\u2028Yard"]
SENTENCE = "A name holds no control characters and no marks that turn the direction of text."
RULE = 'name: "{name}"\nwhen: {{type: zone_presence, zone: "{zone}"}}\n'


@pytest.fixture
def ada() -> User:
    return make_user("ada", role=Role.ADMIN)


@pytest.mark.parametrize("name", HIDDEN)
def test_a_name_with_hidden_characters_is_refused_for_sites_cameras_and_zones(ada: User, name: str) -> None:
    camera = make_camera("Gate")
    with pytest.raises(InvalidError, match=SENTENCE):
        site_create(user=ada, name=name)
    with pytest.raises(InvalidError, match=SENTENCE):
        camera_create(user=ada, change=CameraChange(site=camera.site, name=name))
    with pytest.raises(InvalidError, match=SENTENCE):
        zone_create(user=ada, camera=camera, name=name, kind="polygon", points=[[0, 0], [1, 0], [1, 1]])


@pytest.mark.parametrize("escaped", [r"Gate\a", r"Gate\u202egnp.exe"])
def test_a_rule_and_the_zone_it_names_hide_nothing_either(ada: User, escaped: str) -> None:
    for document in (RULE.format(name=escaped, zone="Yard"), RULE.format(name="Stay", zone=escaped)):
        with pytest.raises(InvalidError) as refused:
            rule_create(user=ada, document=document, cameras=[])
        assert SENTENCE in str(refused.value.fields)


def test_names_of_every_language_are_fine(ada: User) -> None:
    for name in ("Süd-Tor 3", "بوابة", "大門", "שער"):
        assert site_create(user=ada, name=name).name == name
