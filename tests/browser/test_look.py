"""What a reader sees of the pages on the template, and of home: how far down the answer is, how many numbers there
are, whether a formula is torn apart, whether a phone can read the figures."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from labs.engine.paths import DOCS
from tests.browser.places import LABS, address

TEMPLATE = [page for page in LABS if "page.head(" in (DOCS / f"{page}.md").read_text(encoding="utf-8")]
ANSWER_PX, WORDS, NUMBERS, LETTERS_PX = 2_700, 80, 60, 11

ANSWER = """() => {
  const heading = document.querySelector('#the-answer-and-why');
  let last = heading, words = 0, figure = false;
  for (let one = heading.nextElementSibling; one && one.tagName !== 'H2'; one = one.nextElementSibling) {
    if (one.closest('details')) continue;
    last = one;
    words += one.innerText.split(/\\s+/).filter(Boolean).length;
    figure ||= Boolean(one.querySelector('img, svg'));
  }
  return { bottom: last.getBoundingClientRect().bottom + scrollY, words, figure };
}"""
# a number is a run of digits that a reader sees outside folds, code, links to issues and what a widget calculates
NUMBERS_SEEN = """() => {
  const skip = 'details, pre, code, .what-binds, .request-view, .stepped, .three-ways, .headerlink, script, style';
  const walk = document.createTreeWalker(document.querySelector('article'), NodeFilter.SHOW_TEXT);
  let text = '';
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!parent.closest(skip) && parent.getClientRects().length) text += ' ' + walk.currentNode.data;
  }
  return (text.match(/(?<![\\w#])\\d[\\d,.]*/g) || []).length;
}"""
TORN = """(pattern) => {
  const walk = document.createTreeWalker(document.querySelector('article'), NodeFilter.SHOW_TEXT);
  const torn = [];
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const parent = node.parentElement;
    if (parent.closest('pre, code, script, style, svg') || !parent.getClientRects().length) continue;
    for (const found of node.data.matchAll(new RegExp(pattern, 'g'))) {
      const range = document.createRange();
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      const lines = new Set([...range.getClientRects()].map((one) => Math.round(one.top)));
      if (lines.size > 1) torn.push(found[0]);
    }
  }
  return torn;
}"""
# a number and its unit; symbols and numbers joined by signs, up to the next sign of equality
WHOLE = (
    r"\d[\d,.]*[ \u00a0](?:ms|s|kB|MB|GB)(?!\w)",
    r"(?<![\w])[A-Zbcdgqλμ](?: ?[·/+−] ?[A-Zbcdgqλμ](?!\w))+",
    r"\d[\d,.]* [÷×] \d[\d,.]*(?:[ \u00a0](?:ms|s))?",
)
LETTERS = """async (least) => {
  const small = [];
  for (const image of document.querySelectorAll('article img[src*="figures/"]')) {
    const around = [];
    for (let one = image.closest('details'); one; one = one.parentElement.closest('details')) around.push(one);
    for (const one of around) one.open = true;
    image.loading = 'eager';
    await image.decode().catch(() => {});
    const width = image.getBoundingClientRect().width;
    if (!width) continue;
    const drawn = await (await fetch(image.src)).text();
    const svg = new DOMParser().parseFromString(drawn, 'image/svg+xml').documentElement;
    const scale = width / svg.viewBox.baseVal.width;
    for (const text of svg.querySelectorAll('text')) {
      const size = Number((text.getAttribute('style').match(/font(?:-size)?:[^;]*?([\\d.]+)px/) || [])[1]) * scale;
      if (!(size >= least - 0.05)) small.push(`${image.src}: ${text.textContent} ${size.toFixed(1)} px`);
    }
  }
  return small;
}"""


# the pictures that a reader sees without opening anything; until they are there the page is shorter
DRAWN = """Promise.all([...document.querySelectorAll('article img')]
  .filter((one) => !one.closest('details') && one.getClientRects().length)
  .map((one) => { one.loading = 'eager'; return one.decode().catch(() => {}); }))"""
FOLDS = "(open) => document.querySelectorAll('article details').forEach((one) => (one.open = open))"
PHONE, DESK = (360, 740), (1440, 900)
# by page, not by test: what loads a page is most of what looking at it costs
each_on_the_template = pytest.mark.parametrize("path", TEMPLATE, scope="module")
each = pytest.mark.parametrize("path", [*TEMPLATE, ""], ids=lambda path: path or "home", scope="module")


At = Callable[[tuple[int, int]], Page]
# two frames: what a change of size makes the page do, it has then done
SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def at(visitor: BrowserContext, home: str, path: str) -> Iterator[At]:
    """The page at a size."""
    page = visitor.new_page()
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.goto(address(home, path), wait_until="load")
    page.evaluate(DRAWN)

    def sized(size: tuple[int, int]) -> Page:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.evaluate(DRAWN)
        page.evaluate(SETTLED)
        return page

    yield sized
    page.close()


def folded(page: Page) -> Page:
    page.evaluate(FOLDS, False)
    return page


def unfolded(page: Page) -> Page:
    page.evaluate(FOLDS, True)
    return page


@each_on_the_template
def test_the_answer_is_near_the_top(at: At) -> None:
    seen = folded(at(DESK)).evaluate(ANSWER)
    assert (seen["figure"], seen["words"] >= WORDS, seen["bottom"] <= ANSWER_PX) == (True, True, True), seen


@each
def test_no_more_numbers_are_seen_than_can_be_read(at: At) -> None:
    assert 0 < folded(at(DESK)).evaluate(NUMBERS_SEEN) <= NUMBERS


@each
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["360", "1440"])
def test_no_formula_and_no_unit_is_torn_apart(at: At, size: tuple[int, int]) -> None:
    page = unfolded(at(size))
    assert [torn for pattern in WHOLE for torn in page.evaluate(TORN, pattern)] == []


def test_a_formula_that_is_torn_apart_is_found(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab02"))
    page.evaluate(
        "document.querySelector('article p').innerHTML = '<span style=\"display:block;width:1em\">4 × 40 ÷ 1 s</span>'"
    )
    assert [torn for pattern in WHOLE for torn in page.evaluate(TORN, pattern)]


@each_on_the_template
def test_the_first_column_stays_while_a_table_scrolls_and_an_edge_says_that_it_does(
    at: At,
) -> None:
    page = unfolded(at(PHONE))
    page.wait_for_selector(".md-typeset__scrollwrap.scrolls")
    for scroller in page.locator(".md-typeset__scrollwrap.scrolls").all():
        cell = scroller.locator("tbody td").first
        cue, before = scroller.evaluate("(one) => getComputedStyle(one).boxShadow"), cell.bounding_box()
        scroller.evaluate("(one) => (one.scrollLeft = 80)")
        after = cell.bounding_box()
        assert before and after and 0 <= after["x"] <= before["x"]  # up to the screen's edge, and no further
        assert cue != "none"


@each
def test_a_phone_can_read_the_figures(at: At) -> None:
    assert folded(at(PHONE)).evaluate(LETTERS, LETTERS_PX) == []


def test_a_term_explains_itself_once_and_leads_to_the_glossary(page: Page, home: str) -> None:
    page.goto(address(home, "labs/lab02"))
    terms = page.locator("article a.term")
    said = [re.sub("s$", "", one) for one in terms.all_text_contents()]
    assert "thread token" in said and len(said) == len(set(said))
    assert terms.first.get_attribute("title")
    terms.first.click()
    assert "/glossary/#" in page.url
