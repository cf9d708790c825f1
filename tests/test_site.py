"""The built site: strict, whole, and fetching nothing from anybody else."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from labs import catalog
from tests.conftest import ROOT

FETCHED = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
}


class Fetches(HTMLParser):
    """What a browser would fetch to show the page, and the pictures without alternative text."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.silent_pictures: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "link" and values.get("rel") in ("canonical", "next", "prev", "alternate"):
            return
        if address := values.get(FETCHED.get(tag, "")):
            self.addresses.append(address)
        if tag == "img" and not values.get("alt"):
            self.silent_pictures.append(str(values.get("src"))[:60])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    argv = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    quiet = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}
    built = subprocess.run(argv, cwd=ROOT, env=os.environ | quiet, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_every_lab_is_on_the_site(site: Path) -> None:
    for lab in catalog.labs():
        assert (site / "labs" / f"lab{lab.number:02d}" / "index.html").exists()


def test_no_page_fetches_anything_from_another_origin(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > len(catalog.labs())
    for page in pages:
        seen = Fetches()
        text = page.read_text(encoding="utf-8")
        seen.feed(text)
        foreign = [address for address in seen.addresses if re.match(r"(https?:)?//", address)]
        assert not foreign, f"{page.relative_to(site)}: {foreign}"
        assert not re.search(r"@import|url\(['\"]?https?:", text), page
    for style in site.rglob("*.css"):
        assert not re.search(r"@import|url\(['\"]?(https?:)?//", style.read_text(encoding="utf-8")), style


def test_every_figure_has_alternative_text(site: Path) -> None:
    for page in sorted((site / "labs").rglob("index.html")):
        seen = Fetches()
        seen.feed(page.read_text(encoding="utf-8"))
        assert not seen.silent_pictures, page


def test_the_code_on_a_page_is_the_code_that_runs(site: Path) -> None:
    page = re.sub(r"<[^>]+>", "", (site / "labs" / "lab05" / "index.html").read_text(encoding="utf-8"))
    assert "await asyncio.sleep(ms / 1000)" in page and "--8" not in page


def test_the_notebook_was_executed(site: Path) -> None:
    page = (site / "explore" / "index.html").read_text(encoding="utf-8")
    assert "the course says" in page and "data:image/png" in page and "Traceback" not in page
