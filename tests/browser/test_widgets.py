"""The site's widgets used as a person would use them, and how one gets about."""

import re
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from labs.engine.errors import UsageError
from labs.pages.site import browser
from tests.browser.places import address, shown

# --- predict first ------------------------------------------------------------------------


def test_a_number_is_compared_and_the_reasons_open_when_all_is_answered(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab02"))
    forms, answer = page.locator(".predict form"), page.locator(".predict details")
    forms.nth(0).get_by_role("spinbutton").focus()
    page.keyboard.type("16")
    page.keyboard.press("Enter")
    told = "You said 16; it is 640 requests/s. 40 times too low. That's one request per worker at a time."
    expect(forms.nth(0).get_by_role("status")).to_contain_text(told)
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
      - spinbutton /.*Throughput.*/
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
    ("said", "told"), [("600", "6% too low"), ("1280", "2 times too high"), ("650", "Right"), ("0", "You said 0")]
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
    expect(page.locator(".predict details")).to_contain_text("16 workers × 40 tokens = 640")
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


def test_the_lowest_limit_is_drawn_strong_and_a_slider_moves_its_line(page: Page, home: str) -> None:
    page.goto(address(home, "what-binds", "#n=1000&w=2&t=40&s=500&c=0.5&g=0.2&k=2"))
    chart = shown(page.locator(".what-binds")).locator("svg")
    strong, tokens = chart.locator(".name.binds"), chart.locator(".name", has_text="thread tokens")
    expect(strong).to_have_text("thread tokens 160/s")
    expect(chart.locator(".name")).to_have_count(4)
    expect(chart.locator(".curve.binds")).to_have_count(1)
    before, axis = tokens.bounding_box(), chart.locator("text").first.bounding_box()
    page.locator("input[name=t]").press("End")
    after = tokens.bounding_box()
    assert before and after and after["y"] < before["y"] - 10
    assert chart.locator("text").first.bounding_box() == axis, "the axis stands still"
    expect(strong).to_have_text("thread tokens 800/s")
    page.locator("input[name=w]").press("End")
    expect(strong).to_have_text(["virtual users", "shared cores 2,857/s"])  # nearly as low: between the two
    page.locator("input[name=n]").press("Home")
    expect(strong).to_have_text("virtual users")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (360, 740)])
@pytest.mark.parametrize("path", ["what-binds", "labs/lab06"])
def test_the_limits_stay_in_sight_while_the_sliders_are_used(
    page: Page, home: str, path: str, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address(home, path))
    widget = shown(page.locator(".what-binds"))
    chart = widget.locator("svg")
    sliders = [one for one in widget.locator("input").all() if one.is_visible()]
    for slider in [*sliders, *reversed(sliders)]:
        slider.focus()
        slider.press("ArrowRight")
        expect(chart).to_be_in_viewport(ratio=1)
        seen, moved = widget.locator(".sight").bounding_box(), slider.bounding_box()
        assert seen and moved and seen["y"] + seen["height"] <= moved["y"] <= height


def test_the_button_back_to_the_top_covers_no_limits(page: Page, home: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address(home, "what-binds"))
    chart, button = shown(page.locator(".what-binds")).locator("svg"), page.locator(".md-top")
    page.mouse.wheel(0, 900)
    page.wait_for_function("scrollY > 500")
    page.mouse.wheel(0, -150)  # the theme offers it to who scrolls back
    expect(button).to_be_visible()
    over, seen = button.bounding_box(), chart.bounding_box()
    assert over and seen and over["height"] < 60 and over["y"] > seen["y"] + seen["height"]


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

# from page to page by the theme's instant navigation: a view of each kind, one of them twice
INSTANT = (
    ("labs/lab05", "three-ways"),
    ("labs/lab05", "request-view"),
    ("labs/lab20", "stepped"),
    ("what-binds", "what-binds"),
    ("check-a-benchmark", "check-report"),
    ("labs/lab21", "stepped"),
)


def test_instant_navigation_brings_pages_with_their_widgets(page: Page, home: str) -> None:
    page.goto(home)
    page.evaluate("window.stillHere = true")
    page.locator("article").get_by_role("link", name="Why does my def endpoint stop at 40 at a time?").click()
    expect(page.locator("h1")).to_contain_text("Lab 2")
    expect(page.locator(".predict form").first).to_be_visible()
    expect(shown(page.locator(".what-binds")).locator("input").first).to_be_visible()
    assert page.evaluate("window.stillHere"), "the page was loaded again"
    assert page.url.startswith(home)


def test_instant_navigation_runs_no_data_as_a_script_and_every_view_works(chromium: Browser, home: str) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="no-preference")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(address(home, "labs/lab04"))
    page.evaluate("window.stillHere = true")
    for lab, view in INSTANT:
        page.locator(f".md-sidebar--primary a[href$='{lab}/']").evaluate("(link) => link.click()")
        page.wait_for_url(address(home, lab))
        found = page.locator(f".{view}")
        found.scroll_into_view_if_needed()
        expect(found.locator("svg, canvas, form").first).to_be_visible()
        assert found.get_attribute("data-view") is None, "it is there to be built once"
    expect(page.locator(".stepped .words")).to_contain_text("The circle is closed")
    page.locator(".stepped").get_by_role("button", name="Reset").click()
    expect(page.locator(".stepped .words")).to_have_text("7 requests come at once.")
    assert page.evaluate("window.stillHere"), "a page was loaded again"
    assert wrong == []
    context.close()


def test_the_instructors_switch_opens_the_notes_of_every_lab(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab02"))
    expect(page.locator("details.instructor")).not_to_have_attribute("open", re.compile(".*"))
    page.goto(address(home, "teach"))
    page.get_by_label("Show the instructor notes").check()
    for lab in ("labs/lab02", "labs/lab13"):
        page.goto(address(home, lab))
        expect(page.locator("details.instructor")).to_have_attribute("open", re.compile(".*"))


def test_search_finds_a_term(newcomer: BrowserContext, home: str) -> None:
    page = newcomer.new_page()
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


def test_where_all_letters_are_wider_the_error_names_some(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(browser, "FONTS", (tmp_path,))
    monkeypatch.setattr(browser, "_try", lambda *argv: "no network")
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "DejaVuSans.ttf").touch()
    with pytest.raises(UsageError, match="sudo apt install fonts-liberation"):
        browser.letters()
    (tmp_path / "liberation").mkdir()
    (tmp_path / "liberation" / "LiberationSans-Regular.ttf").touch()
    browser.letters()


def test_where_none_can_be_installed_the_error_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM_BIN", raising=False)
    monkeypatch.setattr(browser, "_installed", lambda: None)
    monkeypatch.setattr(browser, "_try", lambda *argv: "no network")
    with pytest.raises(UsageError, match=r"there is none \(no network\).*sudo apt install chromium"):
        browser.find()
