"""Takes a picture of each page in both themes and three widths: `python -m tests.e2e.screenshots FOLDER [PAGE ...]`.

It starts servers, seeds a platform with real events, and removes everything but the pictures. What is wrong with a page
(``page_checks``) is told at the end, and makes the exit code 1. `--resume` leaves out what the folder has,
and `--scene` keeps the seeded platform for the next time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import django
from django.db import transaction
from playwright.sync_api import Browser, Error, Page

from tests.assets import REPOSITORY, asset_path
from tests.e2e.browser import chromium, sign_in
from tests.e2e.page_checks import Listener, is_page, shape_faults
from tests.e2e.web_process import web_process
from vms.embedded.servers import embedded_servers
from vms.embedded.throwaway import throwaway_folder

INSIDE = "VMS_SCREENSHOTS_INSIDE"
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
IS_SETTLED = """
() => document.body.dataset.live !== "start" && [...document.querySelectorAll("img, video")].every((picture) => {
  const { top } = picture.getBoundingClientRect();
  return top > innerHeight || picture.hidden || picture.complete || picture.readyState >= 2 || picture.error;
})
"""
"""The socket is open, and pictures that can be seen have come."""
HIGHEST = 4_000
SIZES = {"phone": (390, 844), "desk": (1280, 800), "wide": (2560, 1440)}


def main(words: list[str]) -> int:
    asked = wanted(words)
    if INSIDE not in os.environ:
        return start_servers(asked, words)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vms.settings.production")
    django.setup()
    from tests.e2e.showcase import live_pictures
    from vms.accounts.models import User

    shown = scene(Path(os.environ["VMS_DATA_DIR"]))
    User.objects.filter(username="mara").update(language=asked.language)
    addresses = {name: path for name, path in paths().items() if not asked.pages or name in asked.pages}
    with live_pictures(shown), web_process({}) as url, chromium() as browser:
        faults = [fault for size in asked.size for fault in shoot(browser, url, addresses, size, asked)]
    sys.stderr.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


def wanted(words: list[str]) -> Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.screenshots", description=__doc__)
    parser.add_argument("folder", type=lambda path: Path(path).resolve())
    parser.add_argument("pages", nargs="*", help="their names, as the pictures have them (all)")
    parser.add_argument("--size", choices=SIZES, nargs=1, default=list(SIZES))
    parser.add_argument("--language", default="en")
    parser.add_argument("--scene", type=Path, help="keep the scene in this folder, and begin with what is kept there")
    parser.add_argument("--resume", action="store_true", help="take only those that the folder has not")
    return parser.parse_args(words)


def start_servers(asked: Namespace, words: list[str]) -> int:
    """Again, inside servers of its own, with the scene that is kept or in a folder that is removed afterwards."""
    with kept(asked.scene) as folder, embedded_servers(folder, given={}, durable=False) as servers:
        environment = {**os.environ, **servers, INSIDE: "yes", "VMS_LOG_LEVEL": "WARNING"}
        manage = [sys.executable, "manage.py"]
        weights = str(asset_path("models/yolo11n_int8_openvino_model"))
        steps = [
            [*manage, "migrate", "--verbosity", "0"],
            [*manage, "collectstatic", "--noinput", "--verbosity", "0"],
            *([] if live_folder(folder).exists() else [[*manage, "models", "pull", "--from", weights]]),
            [sys.executable, "-m", "tests.e2e.screenshots", *words],
        ]
        for step in steps:
            if code := subprocess.run(step, cwd=REPOSITORY, env=environment, check=False).returncode:
                return code
    return 0


@contextmanager
def kept(folder: Path | None) -> Iterator[Path]:
    if folder:
        yield folder
    else:
        with throwaway_folder() as parent:
            yield parent / "data"


def live_folder(data: Path) -> Path:
    """What each live camera shows, as ``<id>.jpg``. It is there once the scene is whole."""
    return data / "live"


def scene(data: Path) -> dict[int, bytes]:
    from tests.e2e.showcase import showcase

    folder = live_folder(data)
    if not folder.exists():
        unfinished = data / "live.new"
        unfinished.mkdir(exist_ok=True)
        with transaction.atomic():  # all of it or, where it is interrupted, nothing
            for camera_id, picture in showcase().items():
                (unfinished / f"{camera_id}.jpg").write_bytes(picture)
        unfinished.rename(folder)
    return {int(path.stem): path.read_bytes() for path in folder.glob("*.jpg")}


def paths() -> dict[str, str]:
    """Every page, and some of them in states of their own."""
    from cameras.models import Camera
    from events.models import Event
    from rules.models import Rule
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
        "events-empty": f"/events/?severity=critical&period=1h&camera={live}",
        "events-filtered": "/events/?severity=high&period=24h",
        "event-reviewed": f"/events/{events[1].id}/",
        "event-stay": f"/events/{stay.id}/",
        "job-done": f"/jobs/{Job.objects.get(state='done', frames_lost=0).id}/",
        "job-lost": f"/jobs/{Job.objects.filter(frames_lost__gt=0).get().id}/",
        "job-running": f"/jobs/{Job.objects.get(state='running').id}/",
        "messages-failed": "/alerts/messages/?state=failed",
        "missing": "/events/00000000-0000-0000-0000-000000000000/",
        "rule-cameras": f"/rules/{Rule.objects.get(name='No helmet').id}/cameras",
        "rule-learnt": f"/rules/{Rule.objects.get(name='Shadows at the berth').id}/proposal",
        "zones-area": f"/cameras/{live}/zones/?zone={Camera.objects.get(id=live).zones.get().id}",
        "zones-mask": f"/cameras/{live}/zones/?new=exclude",
    }


def shoot(browser: Browser, url: str, addresses: dict[str, str], size: str, asked: Namespace) -> list[str]:
    """Pictures of each page; what is wrong with it: too wide, too small, empty, an error, a request elsewhere."""
    from tests.e2e.scenes import PASSWORD

    width, height = SIZES[size]
    context = browser.new_context(base_url=url, viewport={"width": width, "height": height}, locale=asked.language)
    page = context.new_page()
    listener, faults = Listener(page, url), []
    page.goto("/login/")
    save(page, asked.folder, f"login-{size}")
    sign_in(page, url, "mara", PASSWORD)
    for name, path in addresses.items():
        if asked.resume and (asked.folder / f"{name}-{size}-{THEMES[-1]}.png").exists():
            continue
        try:
            if is_page(page, path) or (name == "missing" and page.goto(path)):
                page.wait_for_function(IS_SETTLED)
                faults += [f"{name}, {size}: {fault}" for fault in (*shape_faults(page), *listener.faults())]
                save(page, asked.folder, f"{name}-{size}")
        except (AssertionError, Error) as error:
            faults.append(f"{name}, {size}: {error}")
    context.close()
    return faults


def save(page: Page, folder: Path, name: str) -> None:
    """In both themes, as a screen shows it that is high enough for all of the page, or at least for its beginning."""
    folder.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size
    assert size is not None
    height = int(page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": size["width"], "height": min(max(height, size["height"]), HIGHEST)})
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.wait_for_function(IS_SETTLED)
        page.screenshot(path=folder / f"{name}-{theme}.png")
    page.set_viewport_size(size)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
