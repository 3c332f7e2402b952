"""A guard at one gate, signed in."""

from __future__ import annotations

import pytest
from django.test import Client

from cameras.models import Camera
from tests.pages.rows import camera_make, user_make
from vms.accounts.models import User


@pytest.fixture
def gate() -> Camera:
    return camera_make("Gate", time_zone="Europe/Berlin")


@pytest.fixture
def guard(gate: Camera) -> User:
    return user_make("guard", gate)


@pytest.fixture
def client(guard: User) -> Client:
    client = Client()
    client.force_login(guard)
    return client
