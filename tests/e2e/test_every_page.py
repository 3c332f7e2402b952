"""Every page in a real browser: no violation of WCAG 2.2 A or AA, nothing too small or wide, a quiet console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page

from alerts.mail_links import acknowledge_url
from alerts.mail_stop import stop_url
from alerts.models import Delivery
from cameras.models import Camera
from rules.services import rule_create
from tests.e2e.page_checks import Listener, is_page, shape_faults, sound
from tests.e2e.review_pages import signed_in_page
from tests.e2e.threads import in_thread
from tests.pages.addresses import Address, addresses
from tests.rules.documents import PLAIN
from tests.rules.learning.verdicts import faint_ones
from vms.accounts.models import User
from vms.accounts.services.inviting import invitation_make
from vms.management.commands.seed_scale import fill

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
Theme = Literal["dark", "light"]
PHONE, DESK, WIDE = 390, 1280, 2560
HEIGHT = 900


@pytest.fixture
def known(settings: LazySettings, tmp_path: Path) -> list[Address]:
    settings.MEDIA_ROOT = tmp_path
    in_thread(lambda: fill(cameras=3, events=60, alerts=20))
    return in_thread(lambda: [*addresses(), *states()])


@pytest.fixture
def page(known: list[Address], tmp_path: Path) -> Iterator[Page]:
    with signed_in_page(tmp_path, "admin") as page:
        yield page


def states() -> list[Address]:
    """Pages that look otherwise than when they are first opened."""
    camera = Camera.objects.values_list("id", flat=True)[0]
    admin = User.objects.get(username="admin")
    rule = rule_create(user=admin, document=PLAIN, cameras=Camera.objects.filter(id=camera))
    faint_ones(rule)
    kinds = [Address(f"new {kind}", f"/cameras/{camera}/zones/?new={kind}") for kind in ("polygon", "line", "exclude")]
    return [
        *kinds,
        Address("no such event", "/events/?severity=critical&period=1h"),
        Address("bulk change", "/cameras/bulk/?all=1"),
        Address("acknowledged alerts", "/alerts/?state=acknowledged"),
        Address("proposal from verdicts", f"/rules/{rule.id}/proposal"),
        Address("an hour", "/events/timeline/?hour=2026-07-14T20:00Z"),
    ]


def from_mails() -> list[Address]:
    """Pages for whoever comes by a link."""
    invited = invitation_make(user=User.objects.get(username="admin"), person=User.objects.get(username="operator-1"))
    told = Delivery.objects.filter(recipient__isnull=False, channel="email", alert__state="open")[0]
    links = {"invitation": invited, "acknowledge": acknowledge_url(told), "stop": stop_url(told.recipient)}  # type: ignore[arg-type]
    return [Address(name, urlsplit(link).path) for name, link in links.items()]


@pytest.mark.parametrize(("theme", "width", "others"), [("dark", PHONE, [WIDE]), ("light", DESK, [])])
def test_every_page_is_sound(page: Page, known: list[Address], theme: Theme, width: int, others: list[int]) -> None:
    faults = faults_of(page, known, theme, [width, *others])
    assert faults == {}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_before_signing_in_is_sound(page: Page, theme: Theme) -> None:
    known = [Address("sign in", "/login/"), *in_thread(from_mails)]
    page.context.clear_cookies()
    assert faults_of(page, known, theme, [PHONE, DESK, WIDE]) == {}


def faults_of(page: Page, known: list[Address], theme: Theme, widths: list[int]) -> dict[str, Any]:
    """By the page's name: all that is wrong at the first width, and what is out of shape at the others."""
    page.emulate_media(color_scheme=theme)
    page.goto("/")
    listener = Listener(page, "http://" + urlsplit(page.url).netloc)
    faults: dict[str, Any] = {}
    for address in known:
        page.set_viewport_size({"width": widths[0], "height": HEIGHT})
        if not is_page(page, address.path):
            continue
        found: dict[Any, Any] = sound(page, listener)
        for width in widths[1:]:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            if shape := shape_faults(page):
                found[width] = shape
        if found:
            faults[address.name] = found
    return faults
