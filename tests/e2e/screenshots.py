"""Takes a picture of each page in both themes and three widths: `python -m tests.e2e.screenshots FOLDER [PAGE ...]`.

It starts servers, seeds a platform with real events, and removes everything but the pictures. What is wrong with a page
(``page_checks``) is told at the end, and makes the exit code 1.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

import django
from playwright.sync_api import Browser, Page

from tests.assets import REPOSITORY, asset_path
from tests.e2e.browser import chromium, sign_in
from tests.e2e.page_checks import Listener, is_page, shape_faults
from tests.e2e.web_process import web_process

INSIDE = "VMS_SCREENSHOTS_INSIDE"
Theme = Literal["dark", "light"]
THEMES: tuple[Theme, ...] = ("dark", "light")
IS_SETTLED = """
() => document.body.dataset.live !== "start" && [...document.querySelectorAll("img, video")].every((picture) => {
  const { top } = picture.getBoundingClientRect();
  return top > innerHeight || picture.hidden || picture.complete || picture.readyState >= 2 || picture.error;
})
"""
"""The socket is open, and pictures that can be seen have come."""
HIGHEST = 4_000
SIZES = {"phone": (390, 844), "desk": (1280, 800), "wide": (2560, 1440)}


def main(folder: Path, names: list[str]) -> int:
    if INSIDE not in os.environ:
        return start_servers(folder, names)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vms.settings.production")
    django.setup()
    from tests.e2e.showcase import live_pictures, showcase

    shown = showcase()
    addresses = {name: path for name, path in paths().items() if not names or name in names}
    with live_pictures(shown.pictures), web_process({}) as url, chromium() as browser:
        faults = [
            fault
            for theme in THEMES
            for size in SIZES
            for fault in shoot(browser, url, addresses, folder, (theme, size))
        ]
    sys.stderr.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


def start_servers(folder: Path, names: list[str]) -> int:
    """Again, inside fresh servers, with a folder for data that is removed afterwards."""
    with tempfile.TemporaryDirectory() as data:
        environment = {
            **os.environ,
            INSIDE: "yes",
            "VMS_DATA_DIR": data,
            "VMS_SECRET_KEY": "only-for-pictures-" * 3,
            "VMS_LOG_LEVEL": "WARNING",
        }
        manage = f"{sys.executable} manage.py"
        weights = asset_path("models/yolo11n_int8_openvino_model")
        steps = [
            f"{manage} migrate --verbosity 0",
            f"{manage} collectstatic --noinput --verbosity 0",
            f"{manage} models pull --from '{weights}'",
            f"{sys.executable} -m tests.e2e.screenshots {shlex.join([str(folder.resolve()), *names])}",
        ]
        command = [sys.executable, "-m", "vms.embedded", "exec", "--", "sh", "-ec", "\n".join(steps)]
        return subprocess.run(command, cwd=REPOSITORY, env=environment, check=False).returncode


def paths() -> dict[str, str]:
    """Every page, and some of them in states of their own."""
    from cameras.models import Camera
    from events.models import Event
    from tests.pages.addresses import addresses as every_address
    from workers.models import Job

    shown = {address.name: address.path for address in every_address()}
    events = list(Event.objects.exclude(clip__video_name="").order_by("-started_at"))
    stay = next((event for event in events if event.evidence.get("condition") == "zone_presence"), events[0])
    live = Camera.objects.get(name="Assembly point").id
    return shown | {
        "alerts-acknowledged": "/alerts/?state=acknowledged",
        "camera-live": f"/cameras/{live}/",
        "camera-offline": f"/cameras/{Camera.objects.get(name='Warehouse 7').id}/",
        "cameras-bulk": "/cameras/bulk/?all=1",
        "events-empty": "/events/?severity=critical&period=1h&camera=1",
        "events-filtered": "/events/?severity=high&period=24h",
        "event-reviewed": f"/events/{events[1].id}/",
        "event-stay": f"/events/{stay.id}/",
        "job-done": f"/jobs/{Job.objects.get(state='done', frames_lost=0).id}/",
        "job-lost": f"/jobs/{Job.objects.filter(frames_lost__gt=0).get().id}/",
        "job-running": f"/jobs/{Job.objects.get(state='running').id}/",
        "missing": "/events/00000000-0000-0000-0000-000000000000/",
        "zones-area": f"/cameras/{live}/zones/?zone={Camera.objects.get(id=live).zones.get().id}",
        "zones-mask": f"/cameras/{live}/zones/?new=exclude",
    }


def shoot(browser: Browser, url: str, addresses: dict[str, str], folder: Path, look: tuple[Theme, str]) -> list[str]:
    """A picture of each page; what is wrong with it: too wide, too small, empty, an error, a request elsewhere."""
    from tests.e2e.scenes import PASSWORD

    theme, size = look
    width, height = SIZES[size]
    context = browser.new_context(base_url=url, viewport={"width": width, "height": height}, color_scheme=theme)
    page = context.new_page()
    listener, faults = Listener(page, url), []
    page.goto("/login/")
    save(page, folder, f"login-{size}-{theme}")
    sign_in(page, url, "mara", PASSWORD)
    for name, path in addresses.items():
        if is_page(page, path) or (name == "missing" and page.goto(path)):
            page.wait_for_function(IS_SETTLED)
            faults += [f"{name}, {size}, {theme}: {fault}" for fault in (*shape_faults(page), *listener.faults())]
            save(page, folder, f"{name}-{size}-{theme}")
    context.close()
    return faults


def save(page: Page, folder: Path, name: str) -> None:
    """As a screen shows it that is high enough for all of the page, or at least for its beginning."""
    folder.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size
    assert size is not None
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": size["width"], "height": min(max(height, size["height"]), HIGHEST)})
    page.wait_for_function(IS_SETTLED)
    page.screenshot(path=folder / f"{name}.png")
    page.set_viewport_size(size)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
