"""The moving views, used as a reader would: by mouse, by keyboard, by ear, and without motion."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.places import address

COMPLETED = re.compile(r"([\d,.]+)/s completed")
LAWS = re.compile(r"The law says ([\d,.]+)/s")


def view(page: Page, home: str, lab: str) -> Locator:
    page.goto(address(home, lab))
    found = page.locator(".request-view")
    found.scroll_into_view_if_needed()
    expect(found.locator("canvas")).to_be_visible()
    return found


def number(pattern: re.Pattern[str], text: str) -> float:
    found = pattern.search(text)
    assert found, text
    return float(found[1].replace(",", ""))


def test_nothing_moves_until_play_and_then_the_rate_becomes_the_laws(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab02")
    words = shown.locator(".words")
    before = words.inner_text()
    moving.wait_for_timeout(300)
    assert words.inner_text() == before
    shown.get_by_label("Speed").select_option(label="4 times real time")
    shown.get_by_role("button", name="Play").click()
    moving.wait_for_function(
        "/After (1[2-9]|[2-9]\\d)/.test(document.querySelector('.request-view .words').textContent)"
    )
    shown.get_by_role("button", name="Pause").click()
    said = words.inner_text()
    assert number(COMPLETED, said) == pytest.approx(number(LAWS, said), rel=0.05) == pytest.approx(200, rel=0.05)
    assert "80 of 80 tokens taken" in said and "limited by thread tokens" in said


def test_twice_the_users_change_the_queue_and_not_the_law(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab02")
    law = number(LAWS, shown.locator(".words").inner_text())
    users = shown.get_by_role("slider", name="users")
    before = users.input_value()
    users.fill(str(2 * int(before)))
    assert number(LAWS, shown.locator(".words").inner_text()) == law
    shown.get_by_role("slider", name="thread tokens per worker").fill("80")
    assert number(LAWS, shown.locator(".words").inner_text()) == 2 * law


def test_a_blocked_loop_is_told_in_words(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab05")
    said = shown.locator(".words").inner_text()
    assert "2 of 2 loops blocked" in said and "in the accept queue" in said


def test_a_def_that_uses_a_pool_keeps_its_tokens_meanwhile(moving: Page, home: str) -> None:
    said = view(moving, home, "labs/lab06").locator(".words").inner_text()
    assert "10 of 10 tokens taken" in said and "10 of 20 connections taken" in said


def test_it_is_driven_by_keyboard_and_steps(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab01")
    canvas, words = shown.locator("canvas"), shown.locator(".words")
    before = words.inner_text()
    canvas.focus()
    moving.keyboard.press("ArrowRight")
    assert words.inner_text() != before
    assert (canvas.get_attribute("aria-label") or "").endswith(words.inner_text())
    moving.keyboard.press("Space")
    expect(shown.get_by_role("button", name="Pause")).to_be_visible()
    moving.keyboard.press("Space")
    expect(shown.get_by_role("button", name="Play")).to_be_visible()
    moving.keyboard.press("Home")
    expect(words).to_contain_text("After 0 ms")


def test_a_screen_reader_hears_it_when_it_stops_and_not_all_the_time(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab02")
    words = shown.locator(".words")
    shown.get_by_role("button", name="Play").click()
    expect(words).to_have_attribute("aria-live", "off")
    shown.get_by_role("button", name="Pause").click()
    expect(words).to_have_attribute("aria-live", "polite")


def test_what_is_drawn_changes_while_it_plays(moving: Page, home: str) -> None:
    shown = view(moving, home, "labs/lab02")
    canvas = shown.locator("canvas")
    drawn = "(one) => one.toDataURL()"
    before = canvas.evaluate(drawn)
    shown.get_by_label("Speed").select_option(label="real time")
    shown.get_by_role("button", name="Play").click()
    moving.wait_for_timeout(700)  # more than the wait of a request
    assert canvas.evaluate(drawn) != before


def test_who_wants_no_motion_gets_a_still_and_may_ask(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab02"))
    found = page.locator(".request-view")
    found.scroll_into_view_if_needed()
    expect(found.locator("img:visible")).to_have_count(1)
    expect(found.locator("canvas")).to_have_count(0)
    found.get_by_role("button", name="Open the moving view").click()
    expect(found.locator("canvas")).to_be_focused()


def test_without_javascript_stills_stand_there(chromium: Browser, home: str) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    for lab in ("labs/lab01", "labs/lab02", "labs/lab05"):
        page.goto(address(home, lab))
        still = page.locator(".request-view img:visible")
        expect(still).to_have_count(1)
        assert "The requests after" in (still.get_attribute("alt") or "")
    expect(page.locator(".three-ways img:visible")).to_have_count(1)
    context.close()


def test_flipping_the_line_changes_when_the_last_response_comes(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab05"))
    shown = page.locator(".three-ways")
    shown.scroll_into_view_if_needed()
    said = shown.locator("p[role=status]")
    expect(said).to_contain_text("def: 4 of 6 responses after one second, the last after 2 s")
    shown.get_by_role("radio").nth(1).check()
    expect(said).to_contain_text("6 of 6 responses after one second")
    shown.get_by_role("radio").nth(2).check()
    expect(said).to_contain_text("1 of 6 responses after one second, the last after 6 s")
    shown.get_by_role("radio").nth(0).check()
    shown.get_by_role("slider", name="thread tokens").fill("2")
    expect(said).to_contain_text("2 of 6 responses after one second, the last after 3 s")


def test_engine_and_views_are_small(home: str, page: Page) -> None:
    page.goto(home)
    sizes = page.evaluate(
        """async (home) => {
          const packed = async (name) => {
            const whole = await fetch(`${home}assets/${name}`);
            const stream = (await whole.blob()).stream().pipeThrough(new CompressionStream('gzip'));
            return (await new Response(stream).arrayBuffer()).byteLength;
          };
          return Promise.all(['service.js', 'request-view.js', 'three-ways.js'].map(packed));
        }""",
        home,
    )
    assert len(sizes) == 3 and 3_000 < sum(sizes) <= 30_000
