"""The mechanisms in steps, used as a reader would: by mouse, by keyboard, by ear, on a phone, and without motion."""

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Locator, Page, expect

from labs.engine.paths import DOCS
from tests.browser.places import LABS, address

PAGES = [page for page in LABS if 'class="stepped"' in (DOCS / f"{page}.md").read_text(encoding="utf-8")]
LETTERS_PX, PACKED_BYTES = 11, 16_000
# of each place of the slider: the smallest letters, px, and what is written outside the picture
STATES = """async (root) => {
  const slider = root.querySelector('[type=range]'), states = [];
  for (let place = 0; place <= Number(slider.max); place += 1) {
    slider.value = place;
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    const svg = root.querySelector('svg'), frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].filter((one) => one.textContent);
    const scale = svg.clientWidth / svg.viewBox.baseVal.width;
    const outside = texts.filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1);
    }).map((one) => one.textContent);
    states.push([Math.min(...texts.map((one) => parseFloat(getComputedStyle(one).fontSize) * scale)), outside]);
  }
  return states;
}"""
PACKED = """async ([home, data]) => {
  const packed = async (blob) => {
    const stream = blob.stream().pipeThrough(new CompressionStream('gzip'));
    return (await new Response(stream).arrayBuffer()).byteLength;
  };
  const engine = await (await fetch(`${home}assets/stepped.js`)).blob();
  return Promise.all([engine, ...data.map((one) => new Blob([one]))].map(packed));
}"""


def view(page: Page, home: str, path: str) -> Locator:
    page.goto(address(home, path))
    found = page.locator(".stepped")
    found.scroll_into_view_if_needed()
    expect(found.locator("svg")).to_be_visible()
    return found


def press(shown: Locator, name: str) -> None:
    shown.get_by_role("button", name=name, exact=True).click()


def test_it_opens_with_its_still_and_nothing_moves_until_play(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab21")
    words, drawn = shown.locator(".words"), shown.locator("svg")
    expect(words).to_contain_text("The circle is closed")
    before = drawn.inner_html()
    moving.wait_for_timeout(400)
    assert drawn.inner_html() == before
    press(shown, "Play")
    expect(words).to_have_text("7 requests come at once.")
    expect(words).to_have_text("Requests 1 to 4 make a session. Requests 5 to 7 queue.", timeout=10_000)
    press(shown, "Pause")
    expect(shown.get_by_role("slider")).to_have_value("1")


def test_play_ends_with_the_last_state_and_begins_again(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab23")
    slider = shown.get_by_role("slider", name="time")
    slider.fill("9")
    press(shown, "Play")
    expect(slider).to_have_value("10", timeout=10_000)
    expect(shown.get_by_role("button", name="Play")).to_be_visible()
    expect(shown.locator(".words")).to_have_attribute("aria-live", "polite")
    press(shown, "Play")
    expect(slider).to_have_value("0")


def test_steps_go_forward_and_back_and_stop_at_both_ends(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab26")
    slider = shown.get_by_role("slider", name="step")
    press(shown, "Reset")
    press(shown, "Back")
    expect(slider).to_have_value("0")
    first = shown.locator("svg").inner_html()
    for place in range(1, 6):
        press(shown, "Step")
        expect(slider).to_have_value(str(place))
    press(shown, "Step")
    expect(slider).to_have_value("5")
    expect(shown.locator("output")).to_have_text("6 of 6")
    for _ in range(5):
        press(shown, "Back")
    assert shown.locator("svg").inner_html() == first


def test_it_is_driven_by_keyboard(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab21")
    drawn, words = shown.locator("svg"), shown.locator(".words")
    drawn.focus()
    moving.keyboard.press("Home")
    expect(words).to_have_text("7 requests come at once.")
    moving.keyboard.press("ArrowRight")
    expect(words).to_contain_text("make a session")
    expect(drawn).to_have_attribute("aria-label", words.inner_text())
    moving.keyboard.press("ArrowLeft")
    expect(words).to_have_text("7 requests come at once.")
    moving.keyboard.press("Space")
    expect(shown.get_by_role("button", name="Pause")).to_be_visible()
    expect(words).to_have_attribute("aria-live", "off")
    moving.keyboard.press("Space")
    expect(words).to_have_attribute("aria-live", "polite")


def test_the_repair_opens_the_circle(moving: Page, home: str) -> None:
    for path, repairs in (("labs/lab21", 3), ("labs/lab12", 1)):
        shown = view(moving, home, path)
        assert "circle is closed" in shown.locator(".words").inner_text()
        assert shown.locator("svg .box.fails").count() == 2
        for repair in range(1, repairs + 1):
            shown.get_by_label("Show").select_option(index=repair)
            expect(shown.get_by_role("slider")).to_have_value("0")
            shown.get_by_role("slider").fill("99")
            expect(shown.locator(".words")).to_contain_text("requests are served")
            assert shown.locator("svg .box.fails").count() == 0


def test_a_slider_of_a_setting_keeps_its_place_when_another_way_is_shown(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab20")
    slider = shown.get_by_role("slider", name="utilization")
    expect(slider).to_have_attribute("aria-valuetext", "85%")
    expect(shown.locator(".words")).to_contain_text("65% wait for one of 5 tokens")
    shown.get_by_label("Show").select_option(label="40 tokens")
    expect(slider).to_have_attribute("aria-valuetext", "85%")
    expect(shown.locator(".words")).to_contain_text("23% wait for one of 40 tokens")


def test_a_mark_moves_and_is_not_drawn_again(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab21")
    press(shown, "Reset")
    moving.wait_for_timeout(900)  # until it has come back
    seventh = shown.locator("svg g.dot", has_text="7").element_handle()
    assert seventh
    before = seventh.bounding_box()
    press(shown, "Step")
    press(shown, "Step")
    moving.wait_for_timeout(900)
    after = seventh.bounding_box()
    assert before and after and after["x"] > before["x"] + 50


@pytest.mark.parametrize("path", PAGES)
def test_every_state_can_be_read_on_a_phone(page: Page, home: str, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address(home, path))
    shown = page.locator(".stepped")
    shown.scroll_into_view_if_needed()
    press(shown, "Open the moving view")  # this visitor wants no motion: each mark is at once where it stays
    expect(shown.locator("svg")).to_be_visible()
    for track in range(max(1, shown.locator("option").count())):
        if shown.locator("option").count():
            shown.get_by_label("Show").select_option(index=track)
        states = shown.evaluate(STATES)
        assert len(states) >= 3
        for letters_px, outside in states:
            assert letters_px >= LETTERS_PX
            assert outside == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("path", PAGES)
def test_it_is_accessible_in_both_palettes(page: Page, home: str, path: str) -> None:
    page.goto(address(home, path))
    found = page.locator(".stepped")
    found.scroll_into_view_if_needed()
    expect(found.locator("img:visible")).to_have_count(1)
    press(found, "Open the moving view")
    expect(found.locator("svg")).to_be_focused()
    expect(found.locator("img")).to_have_count(0)
    page.add_script_tag(content=AXE_SCRIPT)
    ink = set()
    for scheme in ("default", "slate"):
        page.evaluate("(scheme) => document.body.setAttribute('data-md-color-scheme', scheme)", scheme)
        wrong = page.evaluate("axe.run(document.querySelector('.stepped')).then((all) => all.violations)")
        assert [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in wrong] == []
        ink.add(found.locator("svg .text").first.evaluate("(one) => getComputedStyle(one).fill"))
    assert len(ink) == 2


def test_without_javascript_the_stills_stand_there(chromium: Browser, home: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    for path in PAGES:
        page.goto(address(home, path))
        still = page.locator(".stepped img:visible")
        expect(still).to_have_count(1)
        assert len((still.get_attribute("alt") or "").split()) > 10
    context.close()


def test_engine_and_mechanisms_are_small_together(home: str, page: Page) -> None:
    page.goto(home)
    texts = [(DOCS / f"{path}.md").read_text(encoding="utf-8") for path in PAGES]
    data = [re.findall(r"<div class=\"stepped\"[^>]*data-view='(.*?)'>", text)[0] for text in texts]
    sizes = page.evaluate(PACKED, [home, data])
    assert len(sizes) == len(PAGES) + 1 >= 6 and 4_000 < sum(sizes) <= PACKED_BYTES, sizes
