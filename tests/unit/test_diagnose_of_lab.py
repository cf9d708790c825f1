"""`invoke diagnose --lab N`: the first row's service, as if everything of it had been typed."""

import re

import pytest

from labs import catalog
from labs.diagnose import of_lab, run
from labs.engine.declare.service import Machine
from labs.engine.errors import UsageError
from labs.engine.paths import DOCS


def test_the_capstone_is_started_with_its_pool_and_asked_for_its_page() -> None:
    target = run.parsed({"lab": "19", "port": "9000", "users": "64"})
    (first, *_) = catalog.lab(19).rows("auto", Machine(2))
    settings = dict(target.env)
    assert (target.app, target.workers, target.port, target.users) == ("app.main:app", first.workers, 9000, 64)
    assert target.paths == (("/shop_page?ms=100", 1.0),)
    assert first.pool is not None and settings["POOL"] == "async"
    assert settings["POOL_MIN_SIZE"] == settings["POOL_MAX_SIZE"] == str(first.pool.size)
    assert settings["THREAD_TOKENS"] == str(first.thread_tokens) and "COURSE_METRICS_KNOWN" not in settings


def test_the_page_shows_the_command() -> None:
    page = (DOCS / "labs" / "lab19.md").read_text(encoding="utf-8")
    (number,) = re.findall(r"^invoke diagnose --lab (\d+)$", page, re.MULTILINE)
    assert run.parsed({"lab": number}).paths[0][0].startswith("/shop_page")


def test_every_lab_is_either_taken_or_refused_with_what_to_do_instead() -> None:
    taken = []
    for lab in catalog.labs():
        try:
            taken.append(run.parsed({"lab": str(lab.number)}).app)
        except UsageError as error:
            assert "--app or --command" in str(error)
    assert len(taken) > len(catalog.labs()) / 2 and all(taken)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"lab": "19", "app": "shop:app"}, "--app is decided by the lab"),
        ({"lab": "19", "env": ("POOL=none",)}, "--env is decided by the lab"),
        ({"lab": "first"}, "--lab is the number of a lab"),
        ({"lab": "99"}, "there is no lab 99"),
    ],
)
def test_what_the_lab_decides_is_not_said_twice(given: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        run.parsed(given)


def test_without_a_lab_it_is_the_readers_own() -> None:
    assert of_lab.row({"app": "shop:app"}) is None
    assert run.parsed({"app": "shop:app"}).app == "shop:app"
