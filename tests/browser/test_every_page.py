"""Every page of the site in a real browser: whole and accessible at every size and in both palettes."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page

from labs.engine.paths import ROOT
from labs.pages.site import budgets
from tests.browser.places import LABS, PAGES, address, shown

SHOTS = ROOT / ".cache" / "screenshots"
CONTRAST = "color-contrast"
EVERY, COLORS = {}, {"runOnly": [CONTRAST]}
LAYOUT = {
    "runOnly": ["scrollable-region-focusable", "target-size", "button-name", "link-name"]
}  # what a width can change
# One visit goes through these. The palettes differ in their colors only, and a width changes no color.
STATES: tuple[tuple[int, str, dict[str, Any] | None], ...] = (
    (1440, "light", EVERY),
    (1440, "dark", COLORS),
    (768, "light", None),  # only whether it fits
    (360, "light", LAYOUT),
)
# What only a narrow screen shows has colors too. It's the theme's, so it is looked at where the pages are of one kind.
NARROW: tuple[tuple[int, str, dict[str, Any] | None], ...] = ((360, "light", COLORS), (360, "dark", COLORS))
OF_EACH_KIND = {"", "labs/lab02", "diagnose", "what-binds", "explore"}
# All of the page is judged in the first state. In the later ones a long table is judged by its first rows: what a
# width or a palette does to one row it does to the others.
ROWS = {"exclude": [["tbody tr:nth-child(n + 4)"]]}
KEPT = {(360, "dark"), (1440, "light")}  # screenshots: every page in both, none twice
# the theme and the course's script have done what they do to a page: nothing has changed for longer than they wait
QUIET = """new Promise((done) => {
  let waiting;
  const again = () => { clearTimeout(waiting); waiting = setTimeout(() => { watch.disconnect(); done(); }, 170); };
  const watch = new MutationObserver(again);
  watch.observe(document.body, { childList: true, subtree: true });
  again();
})"""
# axe reads the same few colors thousands of times over: each is parsed once
AXE = (
    AXE_SCRIPT
    + """
{
  const color = axe.commons.color.Color.prototype, parse = color.parseString, known = new Map();
  color.parseString = function (text) {
    if (!known.has(text)) {
      parse.call(this, text);
      known.set(text, { r: this.r, g: this.g, b: this.b, alpha: this.alpha });
    }
    return Object.assign(this, known.get(text));
  };
}"""
)
# two frames: what a change of size or palette makes the page do, it has then done; transitions are off
SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
FIXED = "document.querySelector('.md-search')?.getAttribute('aria-label')"


def violations(page: Page, rules: dict[str, Any], whole: bool) -> list[str]:
    """What axe finds wrong with the page as it is now."""
    options = {"resultTypes": ["violations"], "selectors": False, **rules}
    judge = "([context, options]) => axe.run(context ?? document, options).then((all) => all.violations)"
    found = page.evaluate(judge, [None if whole else ROWS, options])
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def looked_at(page: Page, width: int, palette: str, rules: dict[str, Any] | None) -> list[str]:
    """The page at one size and in one palette: what is wrong there."""
    page.evaluate(
        "(dark) => document.body.setAttribute('data-md-color-scheme', dark ? 'slate' : 'default')", palette == "dark"
    )
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(SETTLED)
    wrong = [] if rules is None else violations(page, rules, whole=(width, palette) == STATES[0][:2])
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*wrong, f"{wide} px wider than the screen"] if wide > 0 else wrong


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path or "home")
def test_a_page_is_whole_and_accessible(
    visitor: BrowserContext, home: str, path: str, request: pytest.FixtureRequest
) -> None:
    page = visitor.new_page()
    page.set_default_timeout(20_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    page.on("console", lambda said: wrong.append(f"console: {said.text}") if said.type == "error" else None)
    page.on("request", lambda one: None if one.url.startswith((home, "data:", "blob:")) else wrong.append(one.url))
    page.goto(address(home, path), wait_until="load")
    page.wait_for_function(FIXED)
    for sliders in page.locator(".what-binds").all():
        shown(sliders)
    for view in page.locator(".request-view").all():  # also as it is for who wants motion
        view.scroll_into_view_if_needed()
        view.get_by_role("button", name="Open the moving view").click()
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(QUIET)
    page.add_script_tag(content=AXE)
    shots = request.config.getoption("--screenshots")
    for width, palette, rules in (*STATES, *(NARROW if shots or path in OF_EACH_KIND else ())):
        wrong += [f"{width} px, {palette}: {one}" for one in looked_at(page, width, palette, rules)]
        if shots and (width, palette) in KEPT:
            page.evaluate("document.querySelectorAll('img').forEach((one) => (one.loading = 'eager'))")
            page.wait_for_function("[...document.images].every((one) => one.complete || !one.offsetParent)")
            shot = SHOTS / f"{(path or 'home').replace('/', '-')}-{palette}-{width}.jpg"
            page.screenshot(path=shot, full_page=True, type="jpeg", quality=60)
    page.close()
    assert not wrong, "\n".join(dict.fromkeys(wrong))


FAULTS = {
    "image-alt": "<img src='assets/social.png'>",
    "button-name": "<style>.seeded{display:none} @media (max-width:400px){.seeded{display:block}}</style>"
    "<button class='seeded'></button>",
    "dark: color-contrast": "<style>[data-md-color-scheme=slate] .seeded{color:#333}</style><p class='seeded'>dim</p>",
    "360 px, light: 40 px wider": "<style>@media (max-width:400px){.seeded{width:400px}}</style>"
    "<div class='seeded'>.</div>",
    "scrollable-region-focusable": "<div style='overflow:auto;height:20px'><p style='height:99px'>far down</p></div>",
}


@pytest.mark.parametrize(("found", "seed"), FAULTS.items())
def test_a_fault_that_is_put_into_a_page_is_found(page: Page, home: str, found: str, seed: str) -> None:
    page.goto(address(home, "paths"))
    page.wait_for_function(FIXED)
    page.add_script_tag(content=AXE)
    page.evaluate("(seed) => document.querySelector('main').insertAdjacentHTML('afterbegin', seed)", seed)
    wrong = [
        f"{width} px, {palette}: {one}"
        for width, palette, rules in (*STATES, *NARROW)
        for one in looked_at(page, width, palette, rules)
    ]
    assert any(found in one for one in wrong), wrong


@pytest.fixture(scope="module")
def worker_bytes(site: Path) -> int:
    """What the search's worker adds to a visit, over the wire. It isn't started here: it takes longer than the page."""
    (script,) = site.glob("assets/javascripts/workers/search.*.js")
    return len(gzip.compress(script.read_bytes()))


@pytest.mark.parametrize("path", ["", *LABS, "what-binds"], ids=lambda path: path or "home")
def test_a_cold_visit_stays_in_its_budget(context: BrowserContext, home: str, path: str, worker_bytes: int) -> None:
    page = context.new_page()
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda one: sizes.update({one.url: one.sizes()["responseBodySize"]}))
    page.goto(address(home, path), wait_until="networkidle")
    assert any("search_index" in url for url in sizes)
    assert 10_000 < sum(sizes.values()) + worker_bytes <= budgets.PAGE_BYTES
