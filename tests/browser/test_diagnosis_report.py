"""The report file of a diagnosis in a real browser: no request, accessible, readable on a phone, nothing runs in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext

from labs.diagnose import html
from labs.diagnose.report import Document
from tests.unit.test_diagnose_html import hostile
from tests.unit.test_diagnose_words import document, tokens

DOCUMENTS = {"plain": document(tokens()), "hostile": hostile()}


@pytest.fixture
def offline(chromium: Browser) -> Iterator[BrowserContext]:
    one = chromium.new_context(offline=True, bypass_csp=True, reduced_motion="reduce")  # axe is put into it
    yield one
    one.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_report_is_whole_and_accessible(
    offline: BrowserContext, tmp_path: Path, name: str, palette: Literal["light", "dark"], width: int
) -> None:
    one: Document = DOCUMENTS[name]
    file = tmp_path / html.NAME
    file.write_text(html.page(one), encoding="utf-8")
    page = offline.new_page()
    page.emulate_media(color_scheme=palette)
    page.set_viewport_size({"width": width, "height": 900})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
    page.on("dialog", lambda dialog: (wrong.append(f"it ran: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda asked: None if asked.url == file.as_uri() else wrong.append(asked.url))
    page.goto(file.as_uri(), wait_until="load")
    assert page.locator("h1").inner_text() == one.sentence[:1].upper() + one.sentence[1:]
    assert page.locator("script, img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('svg text')].map((one) => one.getBoundingClientRect().height))"
    )
    assert smallest >= 11
    page.add_script_tag(content=AXE_SCRIPT)
    found = page.evaluate("axe.run(document).then((all) => all.violations)")
    wrong += [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]
    assert not wrong, "\n".join(wrong)
