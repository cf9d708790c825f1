"""What was kept of the foreign services, and the table that a page makes of it."""

from typing import Any

import pytest

from labs.pages.regions import foreign
from labs.pages.regions.foreign import Diagnosed
from tests.foreign.services import FOREIGN
from tests.test_foreign import others_disturbed

ONE = Diagnosed(
    name="shop",
    version="1.0",
    what="an order",
    limit="a pool of 2",
    because="its setting says so",
    sources=("shop/app.py:3",),
    said="20.0/s, limited by connection pool (<module> in shop.app)",
    reasons=("connection pool (<module> in shop.app): 2 of 2 in use, 5 waiting",),
    outcome="right",
    why="",
    throughput_per_s=20.0,
    theory_per_s=20.0,
    started_at="2026-11-26T12:36:14+00:00",
)


def test_what_was_kept_is_of_todays_services_and_versions() -> None:
    kept = [(one.name, one.version, one.what, one.limit, one.because, one.sources) for one in foreign.read()]
    declared = [
        (one.name, one.version, one.what, one.limit, one.because, tuple(source.shown for source in one.sources))
        for one in FOREIGN
    ]
    assert kept == declared, "run: invoke selftest --part foreign, then copy .cache/foreign.json to docs/data/"


def test_each_diagnosis_that_was_kept_is_right_or_was_disturbed() -> None:
    for one in foreign.read():
        disturbed = one.outcome == "inconclusive" and one.reasons[0].startswith("other programs")
        assert one.outcome in ("right", "between") or disturbed, one


def row_of(monkeypatch: pytest.MonkeyPatch, one: Diagnosed) -> str:
    monkeypatch.setattr(foreign, "read", lambda: (one,))
    return next(line for line in foreign.diagnoses().splitlines() if "shop 1.0" in line)


def test_a_row_says_what_is_true_and_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    row = row_of(monkeypatch, ONE)
    assert "A pool of 2. Its setting says so (`shop/app.py:3`)." in row
    assert "| Limited by connection pool (`<module>` in `shop.app`): 2 of 2 in use, 5 waiting | 20/s | right |" in row


def test_a_wrong_row_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    row = row_of(monkeypatch, ONE.model_copy(update={"outcome": "wrong", "why": "it says 3 places", "reasons": ()}))
    assert row.endswith("| wrong: it says 3 places |")


def said(answer: str, because: str) -> dict[str, Any]:
    return {"finding": {"answer": answer, "because": [because]}}


def test_only_other_programs_excuse_a_diagnosis_that_says_nothing() -> None:
    assert others_disturbed(said("inconclusive", "other programs used 1.9 of 2 cores before there was any load"))
    assert not others_disturbed(said("inconclusive", "no request got a response"))
    assert not others_disturbed(said("a wait outside", "other programs used 1.9 of 2 cores"))
