"""The site in a real browser: every page at every size, and its widgets used as a person would."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from labs.engine.errors import UsageError
from labs.engine.paths import DOCS, ROOT
from labs.pages.site import browser, budgets

SHOTS = ROOT / ".cache" / "screenshots"
CONTRAST = "color-contrast"
EVERY, COLORS, LAYOUT = {}, {"runOnly": [CONTRAST]}, {"rules": {CONTRAST: {"enabled": False}}}
# One visit goes through these. The palettes differ in their colors only, and at the middle width the colors are
# those of one of the others.
STATES: tuple[tuple[int, str, dict[str, Any]], ...] = (
    (1440, "light", EVERY),
    (768, "light", LAYOUT),
    (360, "light", EVERY),
    (360, "dark", COLORS),
    (768, "dark", COLORS),
    (1440, "dark", COLORS),
)
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
PAINTED = """(scheme) => {
  if (document.body.dataset.mdColorScheme !== scheme) document.querySelector(".palette").click();
}"""
FIXED = "document.querySelector('.md-search')?.getAttribute('aria-label')"

SOURCES = sorted(path for path in DOCS.rglob("*") if path.suffix in (".md", ".ipynb") and "overrides" not in path.parts)
PAGES = [str(path.relative_to(DOCS).with_suffix("")).removesuffix("index") for path in SOURCES]
LABS = [page for page in PAGES if page.startswith("labs/")]


@pytest.fixture(scope="module")  # as long as it is open an event loop runs in this thread
def chromium() -> Iterator[Browser]:
    try:
        path = browser.find()
    except UsageError as error:
        pytest.fail(str(error))
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=browser.flags())
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """Reads page after page: what all pages load is loaded once."""
    one = chromium.new_context(color_scheme="light", reduced_motion="reduce")
    yield one
    one.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    one = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield one
    one.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def address(home: str, page: str, fragment: str = "") -> str:
    return f"{home}{page}{'/' if page else ''}{fragment}"


def shown(sliders: Locator) -> Locator:
    """The widget, scrolled to: it is built when it comes near the screen."""
    sliders.scroll_into_view_if_needed()
    expect(sliders.locator("svg .here")).to_have_count(1)
    return sliders


# --- every page, in both palettes, on a phone, a tablet and a desk ------------------------


def violations(page: Page, rules: dict[str, Any], whole: bool) -> list[str]:
    """What axe finds wrong with the page as it is now."""
    options = {"resultTypes": ["violations"], "selectors": False, **rules}
    judge = "([context, options]) => axe.run(context ?? document, options).then((all) => all.violations)"
    found = page.evaluate(judge, [None if whole else ROWS, options])
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


def looked_at(page: Page, width: int, palette: str, rules: dict[str, Any]) -> list[str]:
    """The page at one size and in one palette: what is wrong there."""
    page.evaluate(
        "(dark) => document.body.setAttribute('data-md-color-scheme', dark ? 'slate' : 'default')", palette == "dark"
    )
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(SETTLED)
    wrong = violations(page, rules, whole=(width, palette) == STATES[0][:2])
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
    page.evaluate("scrollTo(0, 0)")
    page.evaluate(QUIET)
    page.add_script_tag(content=AXE)
    for width, palette, rules in STATES:
        wrong += [f"{width} px, {palette}: {one}" for one in looked_at(page, width, palette, rules)]
        if request.config.getoption("--screenshots") and (width, palette) in KEPT:
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
    page.goto(address(home, "quiz"))
    page.wait_for_function(FIXED)
    page.add_script_tag(content=AXE)
    page.evaluate("(seed) => document.querySelector('main').insertAdjacentHTML('afterbegin', seed)", seed)
    wrong = [
        f"{width} px, {palette}: {one}"
        for width, palette, rules in STATES
        for one in looked_at(page, width, palette, rules)
    ]
    assert any(found in one for one in wrong), wrong


@pytest.mark.parametrize("path", ["", *LABS, "what-binds"], ids=lambda path: path or "home")
def test_a_cold_visit_stays_in_its_budget(context: BrowserContext, home: str, path: str) -> None:
    page = context.new_page()
    sizes: list[int] = []
    page.on("requestfinished", lambda one: sizes.append(one.sizes()["responseBodySize"]))
    page.goto(address(home, path), wait_until="networkidle")
    assert 10_000 < sum(sizes) <= budgets.PAGE_BYTES


# --- predict first ------------------------------------------------------------------------


def test_a_number_is_compared_and_the_reasons_open_when_all_is_answered(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab02"))
    forms, answer = page.locator(".predict form"), page.locator(".predict details")
    first = page.get_by_label("Throughput?", exact=True)
    first.focus()
    page.keyboard.type("16")
    page.keyboard.press("Enter")
    expect(forms.nth(0).get_by_role("status")).to_have_text("You said 16; it is 640 requests/s. 40 times too low.")
    expect(answer).not_to_have_attribute("open", re.compile(".*"))
    page.get_by_label("And with twice the users?").fill("640")
    forms.nth(1).get_by_role("button").click()
    expect(forms.nth(1).get_by_role("status")).to_have_text("Right: it is 640 requests/s.")
    expect(answer).to_have_attribute("open", re.compile(".*"))


def test_a_choice_is_made_by_keyboard(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab14"))
    page.get_by_label("it doubles").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".predict").get_by_role("status")).to_have_text("Right: it stays the same.")


def test_a_screen_reader_is_told_what_to_enter_and_what_came_of_it(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab04"))
    form = page.locator(".predict form").first
    expect(form).to_match_aria_snapshot("""
      - spinbutton "Throughput?"
      - text: requests/s
      - button "Compare"
    """)
    page.get_by_label("Throughput?").fill("640")
    page.keyboard.press("Enter")
    expect(form).to_match_aria_snapshot("""
      - status: "Right: it is 640 requests/s."
    """)
    page.goto(address(home, "labs/lab14"))
    expect(page.locator(".predict form")).to_match_aria_snapshot("""
      - group /.+/:
        - radio "it doubles"
      - button "Compare"
    """)


@pytest.mark.parametrize(
    ("said", "told"), [("600", "6 % too low"), ("1280", "2 times too high"), ("650", "Right"), ("0", "You said 0")]
)
def test_how_far_off_a_number_is(page: Page, home: str, said: str, told: str) -> None:
    page.goto(address(home, "labs/lab04"))
    page.get_by_label("Throughput?").fill(said)
    page.keyboard.press("Enter")
    expect(page.locator(".predict").get_by_role("status")).to_contain_text(told)


def test_without_javascript_it_is_a_question_and_a_fold(chromium: Browser, home: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(home, "labs/lab02"))
    expect(page.locator(".predict p.ask").first).to_be_visible()
    page.locator(".predict summary").click()
    expect(page.locator(".predict details")).to_contain_text("W·T / S = 16 × 40 / 1 s = 640/s")
    page.goto(address(home, "what-binds"))
    expect(page.locator(".what-binds")).to_contain_text("The sliders need JavaScript")
    context.close()


# --- what binds? --------------------------------------------------------------------------


def test_the_address_holds_the_state(page: Page, home: str) -> None:
    page.goto(address(home, "what-binds", "#n=10000&w=16&s=1000"))
    said = page.locator(".what-binds [aria-live]")
    expect(said).to_contain_text("Throughput 640/s, limited by thread tokens; response time 15.6")
    page.locator("input[name=t]").focus()
    page.keyboard.press("Home")
    expect(said).to_contain_text("Throughput 16/s")
    assert "t=1" in page.url
    again = page.context.new_page()
    again.goto(page.url)
    expect(again.locator(".what-binds [aria-live]")).to_contain_text("Throughput 16/s")


def test_a_slider_has_a_name_and_says_its_value_with_its_unit(page: Page, home: str) -> None:
    page.goto(address(home, "what-binds", "#s=1000"))
    slider = page.get_by_role("slider", name="service time S")
    expect(slider).to_have_attribute("aria-valuetext", "1,000 ms")
    expect(page.get_by_role("form", name="The service and its load")).to_be_visible()
    expect(page.locator(".what-binds svg")).to_have_role("img")
    expect(page.locator(".what-binds svg")).to_have_accessible_name(re.compile("at 400 users"))


def test_a_captured_run_stands_beside_its_prediction(page: Page, home: str) -> None:
    page.goto(address(home, "what-binds"))
    page.locator("select[name=preset]").select_option("lab2-post-t-40")
    expect(page.locator(".what-binds [aria-live]")).to_contain_text(re.compile(r"Throughput 640/s.*Captured: 6\d\d"))
    expect(page.locator(".what-binds .captured")).to_have_count(1)
    assert page.url.endswith("#preset=lab2-post-t-40")


def test_in_a_lab_the_small_one_begins_with_that_labs_run(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab05"))
    small = shown(page.locator(".what-binds"))
    expect(small.locator("[aria-live]")).to_contain_text("limited by event loop")
    before = small.locator("[aria-live]").text_content()
    small.locator("input[name=w]").focus()
    page.keyboard.press("End")
    expect(small.locator("[aria-live]")).not_to_have_text(before or "")
    assert "#" not in page.url


# --- getting about ------------------------------------------------------------------------


def test_instant_navigation_brings_pages_with_their_widgets(page: Page, home: str) -> None:
    page.goto(home)
    page.evaluate("window.stillHere = true")
    page.locator("article").get_by_role("link", name="lab2 Thread tokens").click()
    expect(page.locator("h1")).to_contain_text("Lab 2")
    expect(page.locator(".predict form").first).to_be_visible()
    expect(shown(page.locator(".what-binds")).locator("input").first).to_be_visible()
    assert page.evaluate("window.stillHere"), "the page was loaded again"
    assert page.url.startswith(home)


def test_the_instructors_switch_opens_the_notes_of_every_lab(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab02"))
    expect(page.locator("details.instructor")).not_to_have_attribute("open", re.compile(".*"))
    page.goto(address(home, "teach"))
    page.get_by_label("Show the instructor notes").check()
    for lab in ("labs/lab02", "labs/lab13"):
        page.goto(address(home, lab))
        expect(page.locator("details.instructor")).to_have_attribute("open", re.compile(".*"))


def test_search_finds_a_term(page: Page, home: str) -> None:
    page.goto(home)
    page.keyboard.press("s")
    page.keyboard.type("coordinated omission")
    expect(page.locator(".md-search-result__list")).to_contain_text("Open and closed model")


def test_a_wrong_address_leads_on(page: Page, home: str) -> None:
    response = page.goto(home + "no/such/page/")
    assert response and response.status == 404
    page.get_by_role("link", name="def or async def?").last.click()
    expect(page.locator("h1")).to_contain_text("def or async def?")


def test_the_first_key_skips_to_the_content(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab02"))
    page.keyboard.press("Tab")
    expect(page.locator(".md-skip")).to_be_focused()


def test_the_palette_is_the_systems_until_the_reader_chooses(chromium: Browser, home: str) -> None:
    context = chromium.new_context(color_scheme="dark")
    page = context.new_page()
    body = page.locator("body")
    page.route("**/*.js", lambda one: one.abort())
    page.goto(home)  # the page alone chooses, before it is painted: no flash of light until a script has come
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.unroute("**/*.js")
    page.get_by_role("button", name="Switch to the light palette").press("Enter")
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    page.goto(address(home, "labs/lab02"))
    expect(body).to_have_attribute("data-md-color-scheme", "default")
    expect(page.get_by_role("button", name="Switch to the dark palette")).to_be_visible()
    context.close()


def test_on_a_phone_the_drawer_leads_to_a_lab(page: Page, home: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(home)
    link = page.locator(".md-sidebar--primary").get_by_role("link", name="Lab 5")
    expect(link).not_to_be_in_viewport()
    page.locator(".md-header__button[for=__drawer]").click()
    page.locator(".md-nav__title[for=__nav_1]").click()  # it opens at the part the page is in
    page.locator(".md-nav__link[for=__nav_2]").click()
    link.click()
    expect(page.locator("h1")).to_contain_text("Lab 5")
    expect(link).not_to_be_in_viewport()


def test_a_table_that_is_wider_than_the_screen_scrolls_by_keyboard(page: Page, home: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address(home, "labs/lab02"))
    table = page.locator(".md-typeset__scrollwrap[tabindex='0']").first
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_the_cheat_sheet_prints_on_one_sheet(page: Page, home: str, tmp_path: Path) -> None:
    page.goto(address(home, "cheat-sheet"))
    page.pdf(path=tmp_path / "sheet.pdf", prefer_css_page_size=True, print_background=False)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", (tmp_path / "sheet.pdf").read_bytes())) == 1


# --- finding a browser --------------------------------------------------------------------


def test_a_browser_that_is_named_and_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM_BIN", "/nowhere/chromium")
    with pytest.raises(UsageError, match="CHROMIUM_BIN names /nowhere/chromium"):
        browser.find()


def test_where_none_can_be_installed_the_error_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM_BIN", raising=False)
    monkeypatch.setattr(browser, "_installed", lambda: None)
    monkeypatch.setattr(browser, "_try", lambda *argv: "no network")
    with pytest.raises(UsageError, match=r"there is none \(no network\).*sudo apt install chromium"):
        browser.find()
