"""What tests in the browser ask for: addresses, and widgets that are built when they come near the screen."""

from playwright.sync_api import Locator, expect

from labs.engine.paths import DOCS

SOURCES = sorted(path for path in DOCS.rglob("*") if path.suffix in (".md", ".ipynb") and "overrides" not in path.parts)
PAGES = [str(path.relative_to(DOCS).with_suffix("")).removesuffix("index") for path in SOURCES]
LABS = [page for page in PAGES if page.startswith("labs/")]


def address(home: str, page: str, fragment: str = "") -> str:
    return f"{home}{page}{'/' if page else ''}{fragment}"


def shown(sliders: Locator) -> Locator:
    """The widget, scrolled to: it is built when it comes near the screen."""
    sliders.scroll_into_view_if_needed()
    expect(sliders.locator("svg .here")).to_have_count(1)
    return sliders
