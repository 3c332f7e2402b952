"""An admin makes a viewer who sees one camera only; a second factor is set up and asked for."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import cv2
import numpy as np
import pytest
from django.conf import LazySettings
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from playwright.sync_api import Browser, Page, expect

from tests.alerts.smtp_sink import Sink, running_sink
from tests.cameras.web_server import web_server
from tests.e2e.browser import chromium, new_context, sign_in
from tests.e2e.hands import Hand, Hands, Keyboard, scripts_run
from tests.e2e.threads import in_thread
from tests.pages.rows import camera_make, user_make

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PASSWORD = "long-enough-1"


def scene() -> None:
    user_make("mara", role="admin")
    for name in ("Forecourt", "Gate", "Vault"):
        camera_make(name)


@pytest.fixture
def sink(settings: LazySettings) -> Iterator[Sink]:
    with running_sink(settings) as sink:
        yield sink


@pytest.fixture
def url(settings: LazySettings, sink: Sink) -> Iterator[str]:
    in_thread(scene)
    mail = {
        "VMS_EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "VMS_SMTP_HOST": "127.0.0.1",
        "VMS_SMTP_PORT": str(settings.EMAIL_PORT),
        "VMS_SMTP_STARTTLS": "no",
    }
    with web_server(mail) as server:
        yield f"http://127.0.0.1:{server.port}"


@pytest.fixture
def browser(url: str) -> Iterator[Browser]:
    """Begun after the database: its loop would run in the thread that makes the tables."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    context = new_context(browser, base_url=url, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    sign_in(page, url, "mara", PASSWORD)
    yield page
    context.close()


def test_an_admin_makes_a_viewer_who_sees_one_camera_only(hand: Hand, browser: Browser, url: str, page: Page) -> None:
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    hands = hand(page)
    hands.press(page.get_by_role("link", name="Users"))
    hands.press(page.get_by_role("link", name="Add a user"))
    hands.write(page.get_by_label("User name"), "jonas")
    hands.write(page.get_by_label("E-mail"), "jonas@example.com")
    hands.press(page.get_by_role("button", name="Add"))
    expect(page.get_by_role("heading", name="What jonas sees")).to_be_visible()

    hands.tick(page.get_by_label("See: Gate"))
    expect(page.locator("[data-access-count]")).to_have_text("1 changed, not saved yet")
    hands.press(page.get_by_role("button", name="Save"))
    expect(page.locator("#messages")).to_contain_text("1 granted")

    hands.press(page.get_by_role("link", name="jonas"))
    hands.press(page.get_by_role("button", name="Show a link to hand over"))
    link = urlsplit(page.get_by_label("Link to choose a password").input_value()).path
    assert faults == []

    viewer = new_context(browser, base_url=url)
    own = viewer.new_page()
    own.goto(link)
    hands = hand(own)
    for field in ("#id_new_password1", "#id_new_password2"):
        hands.write(own.locator(field), "harbour-at-night")
    hands.press(own.get_by_role("button", name="Save the password"))
    hands.write(own.get_by_label("User name"), "jonas")
    hands.write(own.get_by_label("Password"), "harbour-at-night")
    hands.press(own.get_by_role("button", name="Sign in"))
    hands.press(own.get_by_role("navigation", name="Main").get_by_role("link", name="Cameras"))
    expect(own.locator("[data-camera]")).to_have_count(1)
    expect(own.locator("[data-camera]")).to_contain_text("Gate")
    viewer.close()


def test_an_invitation_by_mail_leads_to_the_first_page_and_a_lost_password_to_another_mail(
    hand: Hand, browser: Browser, url: str, page: Page, sink: Sink
) -> None:
    hands = hand(page)
    page.goto("/users/new/")
    hands.write(page.get_by_label("User name"), "jonas")
    hands.write(page.get_by_label("E-mail"), "jonas@example.com")
    hands.press(page.get_by_role("button", name="Add"))
    expect(page.locator("#messages")).to_contain_text("A link to choose a password is on its way to jonas@example.com")

    viewer = new_context(browser, base_url=url)
    own = viewer.new_page()
    own_hands = hand(own)
    choose_password(own, own_hands, mailed(sink), "harbour-at-night")
    expect(own.get_by_role("heading", name="Overview")).to_be_visible()
    own_hands.press(own.get_by_role("button", name="Sign out"))

    give_password(own, own_hands, "harbour-at-nite")
    expect(own.get_by_role("alert")).to_contain_text("User name or password is wrong.")
    expect(own.get_by_text("password lost? An administrator of your site can help.")).to_be_visible()
    page.goto("/users/")
    hands.press(page.get_by_role("link", name="jonas"))
    hands.press(page.get_by_role("button", name="Mail a link"))
    expect(page.locator("#messages")).to_contain_text("jonas@example.com")
    choose_password(own, own_hands, mailed(sink), "harbour-by-day")
    expect(own.get_by_role("heading", name="Overview")).to_be_visible()
    viewer.close()


def mailed(sink: Sink) -> str:
    """Where the link of the newest mail leads."""
    words: list[str] = sink.messages[-1].get_content().split()
    return urlsplit(next(word for word in words if "/invitation/" in word)).path


def choose_password(page: Page, hands: Hands, link: str, password: str) -> None:
    """And sign in with it."""
    page.goto(link)
    for field in ("#id_new_password1", "#id_new_password2"):
        hands.write(page.locator(field), password)
    hands.press(page.get_by_role("button", name="Save the password"))
    expect(page.get_by_role("status")).to_contain_text("Your password is set.")
    give_password(page, hands, password)


def give_password(page: Page, hands: Hands, password: str) -> None:
    hands.write(page.get_by_label("User name"), "jonas")
    hands.write(page.get_by_label("Password"), password)
    hands.press(page.get_by_role("button", name="Sign in"))


def test_people_are_put_into_the_order_in_which_they_are_on_call_by_keys(page: Page) -> None:
    in_thread(lambda: user_make("jonas"))
    hands = Keyboard(page)
    page.goto("/alerts/policies/")
    hands.press(page.get_by_role("link", name="On-call groups"))
    hands.press(page.get_by_role("link", name="New group"))
    hands.write(page.get_by_label("Name"), "Nights")
    people = page.locator("#members ol").first.locator("li")
    for name in ("jonas", "mara"):
        hands.choose(page.get_by_label("Person"), name)
        hands.press(page.get_by_role("button", name="Add"))
        expect(people.last).to_contain_text(name)
    earlier = page.get_by_role("button", name="mara: earlier")
    hands.press(earlier)
    expect(people.first).to_contain_text("mara")
    expect(earlier).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("Nights")
    hands.press(page.get_by_role("button", name="Save"))
    expect(page.locator("#messages")).to_contain_text("The on-call group Nights is saved.")
    expect(page.locator("main")).to_contain_text("1. mara")


def test_arrow_keys_go_through_the_matrix_of_permissions(page: Page) -> None:
    in_thread(lambda: user_make("jonas"))
    page.get_by_role("link", name="Users").click()
    page.get_by_role("link", name="Who sees which camera").click()
    scripts_run(page)
    page.get_by_label("jonas: Forecourt").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("jonas: Gate")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("[data-access-count]")).to_have_text("1 changed, not saved yet")


def code() -> str:
    device = TOTPDevice.objects.get()
    # The device learns how far a code's clock was off: that, and that no code holds twice, goes into the next one.
    return f"{totp(device.bin_key, drift=device.drift + 1 if device.confirmed else 0):06d}"


def scanned(page: Page) -> str:
    """The key in the QR code, as an app reads it off the screen."""
    picture = page.get_by_role("img", name="QR code").screenshot()
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    text, *_ = cv2.QRCodeDetector().detectAndDecode(pixels)
    return parse_qs(urlsplit(text).query).get("secret", [""])[0]


def test_a_second_factor_is_set_up_and_asked_for(page: Page, url: str) -> None:
    page.goto("/account/second-factor/")
    assert scanned(page) == page.locator("form code").inner_text().replace(" ", "")
    page.fill("#id_code", str(in_thread(code)))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").split() == page.locator(".codes code").all_inner_texts()
    page.get_by_role("button", name="Sign out").click()
    page.fill("#id_username", "mara")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.fill("#id_code", str(in_thread(code)))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{url}/")


def test_the_theme_is_kept_by_the_server_and_never_flashes(browser: Browser, page: Page, url: str) -> None:
    with page.expect_response("**/account/theme/"):
        page.get_by_role("button", name="Dark", exact=True).click()
    elsewhere = new_context(browser, base_url=url, java_script_enabled=False)
    other = elsewhere.new_page()
    sign_in(other, url, "mara", PASSWORD)
    expect(other.locator("html")).to_have_attribute("data-theme", "dark")
    elsewhere.close()
