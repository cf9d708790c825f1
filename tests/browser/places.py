"""What tests in the browser ask for: addresses, readers, and widgets that are built when they come near the screen."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, expect

from labs.engine.paths import DOCS

SOURCES = sorted(path for path in DOCS.rglob("*") if path.suffix in (".md", ".ipynb") and "overrides" not in path.parts)
PAGES = [str(path.relative_to(DOCS).with_suffix("")).removesuffix("index") for path in SOURCES]
LABS = [page for page in PAGES if page.startswith("labs/")]


# On every page the theme has the search's index built at once, by a worker that takes longer than the page does.
WITHOUT_SEARCH = """window.Worker = class extends Worker {
  constructor(url, ...rest) {
    if (String(url).includes('/workers/search')) return Object.assign(new EventTarget(), { postMessage() {} });
    super(url, ...rest);
  }
}"""


def reader(chromium: Browser, **settings: Any) -> BrowserContext:
    """Somebody who doesn't search: what the theme's search costs is left out."""
    one = chromium.new_context(**settings)
    one.add_init_script(WITHOUT_SEARCH)
    return one


def address(home: str, page: str, fragment: str = "") -> str:
    return f"{home}{page}{'/' if page else ''}{fragment}"


def shown(sliders: Locator) -> Locator:
    """The widget, scrolled to: it is built when it comes near the screen."""
    sliders.scroll_into_view_if_needed()
    expect(sliders.locator("svg .here")).to_have_count(1)
    return sliders
