"""The built site: strict, whole, and fetching nothing from anybody else."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

from labs import catalog
from labs.pages import social
from labs.pages.regions import overview
from labs.pages.site import budgets, preview

DOCS = Path(__file__).resolve().parents[1] / "docs"
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
    assert page.count("data:image/svg+xml") >= 6 and "Traceback" not in page
    assert "No run of your own is used here: this is lab 2" in page, "whatever ran on this machine"


def test_no_link_and_no_fragment_leads_nowhere(site: Path) -> None:
    # 404.html is served at every address, so its links begin with the sub-path
    argv = [
        str(Path(sys.executable).with_name("lychee")),
        "--offline",
        "--include-fragments",
        "--index-files",
        "index.html",
        "--no-progress",
        "--exclude-path",
        "404.html",
        "--exclude",
        "#[a-z_]+=",  # a widget's state, not a place
    ]
    told = subprocess.run([*argv, "--root-dir", str(site), str(site)], capture_output=True, text=True, timeout=120)
    assert told.returncode == 0, told.stdout + told.stderr


def test_the_build_fails_at_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "mkdocs.yml").write_text("site_name: one page\nvalidation:\n  anchors: warn\n")
    argv, environment = [sys.executable, "-m", "mkdocs", *budgets.STRICTLY], os.environ | budgets.SITE_ENVIRONMENT
    for link, status in (("#here", 0), ("#nowhere", 1), ("missing.md", 1)):
        (tmp_path / "docs" / "index.md").write_text(f"# Here\n\n[a link]({link})\n")
        built = subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert built.returncode == status, built.stderr


def test_every_number_that_a_page_asks_for_stands_in_its_answer() -> None:
    asked = 0
    for page in sorted((DOCS / "labs").glob("lab*.md")):
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r'<div class="predict" markdown>\n(.*?)\n</div>', text, re.DOTALL)
        assert blocks, f"{page.name} asks nothing"
        for block in blocks:
            questions, answer = block.split("???", 1)
            numbers = re.findall(r'data-answer="([\d.]+)" data-unit', questions)
            plain = answer.replace(",", "")
            for number in numbers:
                asked += 1
                if float(number) == 0:
                    assert re.search(r"\b(none|nobody|nothing|0)\b", plain, re.IGNORECASE), page.name
                    continue
                near = [float(found) for found in re.findall(r"\d+(?:\.\d+)?", plain)]
                assert any(abs(one / float(number) - 1) < 0.03 for one in near if one), f"{page.name}: {number}"
            for choices, right in re.findall(r'data-choices="(.*?)" data-answer="(.*?)"', questions):
                assert right in choices.split("|"), page.name
    assert asked > len(catalog.labs())


def test_a_budget_that_is_exceeded_is_named() -> None:
    page = budgets.PageBudget("home", performance=0.9, accessibility=1.0, transferred_bytes=400_000)
    told = budgets.over(budgets.Budgets(build_s=21.0, pages=(page,)))
    assert told == [
        "the build took 21.0 s, more than 20",
        "home: performance 0.9, less than 0.95",
        "home: 400,000 bytes, more than 350,000",
    ]


def test_language_models_find_every_lab(site: Path) -> None:
    listed = (site / "llms.txt").read_text(encoding="utf-8")
    assert all(f"labs/lab{lab.number:02d}/" in listed for lab in catalog.labs())


def test_every_page_tells_who_shares_it_what_it_is(site: Path, site_port: int) -> None:
    assert (site / "assets" / "social.png").read_bytes().startswith(b"\x89PNG")
    picture = f'property="og:image" content="http://127.0.0.1:{site_port}{preview.PREFIX}/assets/social.png"'
    for page in sorted(site.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        assert 'property="og:title"' in text and picture in text, page


def test_the_picture_of_a_shared_link_is_stale_when_a_number_changes() -> None:
    rows = overview.bars()
    assert social.is_current(rows)
    (name, value), *others = rows
    assert not social.is_current([(name, value + 100), *others])
    assert social.described(rows).encode("latin-1") in social.png(rows)
