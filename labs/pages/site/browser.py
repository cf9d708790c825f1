"""Finds a Chromium to look at the site with, and letters to measure it in; or installs them, or says how."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs.engine.errors import UsageError

# the shell is Chromium without the parts that only a person uses: half the work for the processor
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# as wide as Arial's, which most readers see; where there are only wider ones, every page is longer
LETTERS = ("LiberationSans-", "Arial", "Arimo", "Helvetica", "NimbusSans-")
FONTS = tuple(map(Path, ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")))
# without these Chromium looks for updates and accounts at every start
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)


def flags() -> list[str]:
    """What Chromium is started with; its sandbox refuses root."""
    return [*QUIET, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]


def find() -> Path:
    """The browser that CHROMIUM_BIN names, one that is installed, or one that is installed now.

    Raises UsageError if there is none and none could be installed.
    """
    if named := os.environ.get("CHROMIUM_BIN"):
        if not Path(named).exists():
            raise UsageError(f"CHROMIUM_BIN names {named}, which is not there: correct it or unset it")
        return Path(named)
    if found := _installed():
        return found
    with _one_at_a_time():
        tried = [] if _installed() else _install()
    if (found := _installed()) is None:
        why = "; ".join(dict.fromkeys(one for one in tried if one))
        raise UsageError(
            f"the pages are tested in a browser, and there is none ({why}). On Debian: sudo apt install chromium. "
            "Elsewhere install Chrome or Chromium, or name one: CHROMIUM_BIN=/path/to/chromium"
        )
    return found


def letters() -> None:
    """See to it that pages can be measured in letters of the usual width. Raises UsageError where they can't."""
    if sys.platform == "darwin" or _has_letters():
        return
    with _one_at_a_time():
        if not _has_letters() and _may_use_apt():
            _from_apt("fonts-liberation")
    if not _has_letters():
        raise UsageError(
            "the pages are measured in letters as wide as Arial's, and no font here is. "
            "On Debian: sudo apt install fonts-liberation. Elsewhere install Liberation Sans or Arimo"
        )


def _has_letters() -> bool:
    every = (path.name for folder in FONTS for path in folder.expanduser().rglob("*"))
    return any(name.startswith(LETTERS) for name in every)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Processes that run tests side by side all want the same, and apt serves one."""
    with (Path(tempfile.gettempdir()) / f"course-install-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install() -> list[str]:
    """Try each way; what those said that failed."""
    tried = [_try(sys.executable, "-m", "playwright", "install", "chromium")]
    for package in ("chromium-headless-shell", "chromium"):
        if not _installed() and _may_use_apt():
            tried += _from_apt(package)
    return tried


def _may_use_apt() -> bool:
    return bool(shutil.which("apt-get")) and os.geteuid() == 0


def _from_apt(package: str) -> list[str]:
    return [_try("apt-get", "update"), _try("apt-get", "install", "--yes", "--no-install-recommends", package)]


def _installed() -> Path | None:
    on_path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if on_path:
        return Path(on_path)
    return next((path for path in (MAC, *_from_playwright()) if path.exists()), None)


def _from_playwright() -> list[Path]:
    """Where Playwright's own install puts its browser; nothing without Playwright."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return []
    with sync_playwright() as playwright:
        return [Path(playwright.chromium.executable_path)]


def _try(*argv: str) -> str:
    """Run it; "" if it worked, else what it said last."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=600)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{argv[0]}: {error}"
    said = (done.stderr or done.stdout).strip().splitlines() or ["it printed nothing"]
    return "" if done.returncode == 0 else f"{' '.join(argv[-2:])}: {said[-1]}"
