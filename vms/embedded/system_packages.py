"""Looks for the system's libraries; installs them where it may, else says what to install. Standard library only."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LIBRARIES = {
    "linux": ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"),
    "darwin": ("libpango-1.0.dylib", "libpangoft2-1.0.dylib", "libharfbuzz-subset.dylib"),
}
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "~/.fonts",
    "~/.local/share/fonts",
)
DEBIAN_LIBRARIES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DEBIAN_BROWSER = ("chromium", "fonts-dejavu-core")


def library_is_there(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def font_is_there() -> bool:
    return any(next(Path(folder).expanduser().rglob("*.[ot]t[fc]"), None) for folder in FONT_FOLDERS)


def libraries_are_there() -> bool:
    return font_is_there() and all(library_is_there(name) for name in LIBRARIES.get(sys.platform, ()))


def playwright_browser_is_there() -> bool:
    code = (
        "from pathlib import Path; from playwright.sync_api import sync_playwright as start\n"
        "with start() as tool: assert Path(tool.chromium.executable_path).exists()"
    )
    return succeeds([sys.executable, "-c", code])


def browser_is_there() -> bool:
    return any(shutil.which(name) for name in BROWSERS) or playwright_browser_is_there()


def succeeds(command: Sequence[str], *, shown: bool = False) -> bool:
    """Whether the command ended well; its output is shown on demand, on the error stream."""
    output = sys.stderr if shown else subprocess.DEVNULL
    try:
        done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output)  # noqa: S603
    except OSError:
        return False
    return done.returncode == 0


def administrator_prefix() -> list[str] | None:
    """What to put before a command to run it as root; None when we may not."""
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if succeeds(["sudo", "-n", "true"]) else None


def install_by_apt(packages: Sequence[str]) -> None:
    prefix = administrator_prefix()
    if prefix is None or shutil.which("apt-get") is None:
        return
    sys.stderr.write(f"Installing {' '.join(packages)} with apt\n")
    install = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-qq", "--no-install-recommends"]
    if not succeeds([*install, "--yes", *packages]):
        succeeds([*prefix, "apt-get", "update", "-qq"], shown=True)
        succeeds([*install, "--yes", *packages], shown=True)


def require_libraries() -> str | None:
    """None, or the sentence that says what is missing."""
    if libraries_are_there():
        return None
    install_by_apt(DEBIAN_LIBRARIES)
    if libraries_are_there():
        return None
    return (
        "PDF reports need Pango, HarfBuzz and a font. Install them and start again: "
        f"`sudo apt install {' '.join(DEBIAN_LIBRARIES)}` on Debian or Ubuntu, "
        "`sudo dnf install pango dejavu-sans-fonts` on Fedora, `brew install pango` on macOS."
    )


def require_browser() -> str | None:
    if browser_is_there():
        return None
    install_by_apt(DEBIAN_BROWSER)
    if browser_is_there() or succeeds([sys.executable, "-m", "playwright", "install", "chromium"], shown=True):
        return None
    return "The browser tests need Chromium. Install it and start again: `sudo apt install chromium` on Debian."


def main(wanted: Sequence[str]) -> int:
    missing = [require_libraries(), require_browser() if "browser" in wanted else None]
    for sentence in filter(None, missing):
        sys.stderr.write(f"{sentence}\n")
    return 1 if any(missing) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
