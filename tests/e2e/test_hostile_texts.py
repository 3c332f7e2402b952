"""Texts that people may write never become code: not on a page, not in a desktop message, not in a mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import LazySettings
from django.utils import timezone
from playwright.sync_api import Page

from alerts.choices import Channel
from alerts.deliveries import delivery_send
from alerts.models import Alert, Delivery, Endpoint, EndpointHealth, MessageTemplate
from alerts.services import alert_raise_for_event
from events.live import push, user_group
from tests.alerts.scenes import make_camera, make_event, make_policy, make_user
from tests.alerts.smtp_sink import Sink, running_sink
from tests.cameras.web_server import web_server
from tests.e2e.browser import chromium, new_context, sign_in
from tests.e2e.threads import in_thread
from vms.accounts.choices import Role
from vms.accounts.models import User

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

FIRED = "window.fired = (window.fired || 0) + 1"
HOSTILE = (
    f"<script>{FIRED}</script>",
    f'"><img src=x onerror="{FIRED}">',
    f"'><svg/onload='{FIRED}'>",
    "{{ 7*7 }}{% debug %}",
    f"javascript:{FIRED}//",
)
WORD = "night-shift-7"


@dataclass(frozen=True)
class Scene:
    alerts: list[Alert]
    mails: list[str]
    paths: list[str]


def hostile_scene(settings: LazySettings) -> Scene:
    admin = make_user("mara", role=Role.ADMIN)
    admin.set_password(WORD)
    admin.first_name = HOSTILE[1][:150]
    admin.save()
    MessageTemplate.objects.create(channel="email", subject="{camera} <b>x</b>", body=f"{HOSTILE[0]} {{message}}")
    alerts = [raised(number, text) for number, text in enumerate(HOSTILE)]
    endpoint = Endpoint.objects.create(
        name=HOSTILE[1][:100], kind="webhook", settings={"shown": HOSTILE[0], "seconds": 5}
    )
    EndpointHealth.objects.create(endpoint=endpoint, answer=HOSTILE[2], failures_in_row=1)
    Delivery.objects.create(alert=alerts[0], endpoint=endpoint, channel="webhook", detail=HOSTILE[0], state="failed")
    with running_sink(settings) as sink:
        for alert in alerts:
            delivery_send(delivery_id=alert.deliveries.get(channel=Channel.EMAIL).id)
        mails = [html_of(sink, number) for number in range(len(alerts))]
    paths = ["/", "/alerts/", "/events/", "/cameras/", "/rules/", "/alerts/endpoints/", "/alerts/templates/email/en/"]
    paths += ["/alerts/browser/", f"/alerts/endpoints/{endpoint.id}/", "/account/"]
    paths += [f"/events/{alert.event_id}/" for alert in alerts]
    return Scene(alerts, mails, paths)


def raised(number: int, text: str) -> Alert:
    """Past the checks of the forms: what is stored may be older than they are."""
    camera = make_camera(f"{number}{text}"[:64], site=f"{number}{text}"[:64])
    event = make_event(camera, rule=f"{number}{text}"[:64], message=f"{text} {number}", class_name=text[:60])
    policy = make_policy(name=f"{number}{text}"[:100], channels=())
    policy.cameras.set([camera])
    policy.addresses = ["desk@example.org"]
    policy.save()
    (alert,) = alert_raise_for_event(event=event)
    return alert


def html_of(sink: Sink, number: int) -> str:
    message = sink.messages[number]
    assert "\n" not in str(message["Subject"]).strip()
    assert message["Bcc"] is None
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def pushed() -> None:
    data = {"camera": HOSTILE[0], "message": HOSTILE[1], "event_id": "", "raised_at": timezone.now().isoformat()}
    user = User.objects.get(username="mara")
    push(user_group(user.id), {"kind": "alert.raised", "id": "one", "camera_id": None, "data": data})


@pytest.fixture
def scene(settings: LazySettings) -> Scene:
    made = in_thread(hostile_scene, settings)
    assert isinstance(made, Scene)
    return made


@pytest.fixture
def page(scene: Scene) -> Iterator[Page]:
    with web_server({}) as server, chromium() as browser:
        context = new_context(browser, base_url=f"http://127.0.0.1:{server.port}")
        context.grant_permissions(["notifications"])
        page = context.new_page()
        sign_in(page, f"http://127.0.0.1:{server.port}", "mara", WORD)
        yield page


def test_no_page_and_no_mail_runs_them(scene: Scene, page: Page) -> None:
    for path in scene.paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        page.wait_for_timeout(50)
        assert page.evaluate("window.fired") is None, path
        assert page.locator("main script:not([type]), main img[src=x], main svg[onload]").count() == 0, path
    for html in scene.mails:
        # Without the pages' content policy: what a mail program shows has only its own markup.
        page.goto("about:blank")
        page.set_content(html)
        page.wait_for_timeout(50)
        assert page.evaluate("window.fired") is None
        assert page.locator("script, img, svg").count() == 0


def test_a_live_message_shows_them_as_text(scene: Scene, page: Page) -> None:
    page.add_init_script(
        "window.shown = []; window.Notification = class extends EventTarget {"
        " static permission = 'granted'; constructor(title, options) { super(); shown.push([title, options.body]); } }"
    )
    page.evaluate("localStorage.setItem('notify-desktop', 'yes')")
    page.goto("/alerts/")
    page.wait_for_selector("body[data-live=on]")
    in_thread(pushed)
    page.wait_for_function("title => shown.some((one) => one[0] === title)", arg=HOSTILE[0])
    assert page.evaluate("shown.at(-1)") == [HOSTILE[0], HOSTILE[1]]
    assert page.evaluate("window.fired") is None
