"""A real browser for the tests of this folder, and where the pages are."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from labs.engine.errors import UsageError
from labs.pages.site import browser
from tests.browser.places import reader


@pytest.fixture(scope="module")  # as long as it is open an event loop runs in this thread
def chromium() -> Iterator[Browser]:
    try:
        path = browser.find()
        browser.letters()
    except UsageError as error:
        pytest.fail(str(error))
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=browser.flags())
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def visitor(chromium: Browser) -> Iterator[BrowserContext]:
    """Reads page after page: what all pages load is loaded once."""
    one = reader(chromium, color_scheme="light", reduced_motion="reduce")
    yield one
    one.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    one = reader(chromium, viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield one
    one.close()


@pytest.fixture
def newcomer(chromium: Browser) -> Iterator[BrowserContext]:
    """Has nothing in the cache and gets all of a page, its search too."""
    one = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    yield one
    one.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def moving(chromium: Browser) -> Iterator[Page]:
    """A page for a visitor who has nothing against motion."""
    one = reader(chromium, viewport={"width": 1280, "height": 900}, reduced_motion="no-preference")
    yield one.new_page()
    one.close()
