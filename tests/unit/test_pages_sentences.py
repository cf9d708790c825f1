"""The few lines on a lab's page that say the verdict: in a reader's words, with the number that was measured."""

import re
from string import Formatter

import pytest

from labs import catalog
from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import throughput
from labs.engine.judgement.outcome import CheckOutcome
from labs.engine.judgement.verdict import judge
from labs.engine.paths import DOCS
from labs.pages.captured import captured
from labs.pages.regions import page

LABS = catalog.labs()
VERDICT = re.compile(r"^\*\*(?:Reproduced|Not reproduced|Inconclusive)\.\*\*.*?(?=\n\n<!--)", re.MULTILINE | re.DOTALL)
FIRST = 4  # one more than a sentence spells out, so that a lab's checks may change places


@pytest.mark.parametrize(("off", "says"), [(0.0103, "1.1%"), (0.01, "1%"), (0.125, "13%"), (0.0009, "less than 0.1%")])
def test_a_difference_is_rounded_up(off: float, says: str) -> None:
    assert page._off(off) == says


def name(lab: Lab) -> str:
    return lab.name


@pytest.mark.parametrize("lab", LABS, ids=name)
def test_every_check_whose_sentence_reaches_a_page_has_spoken(lab: Lab) -> None:
    verdict = judge(lab, captured(lab, "auto"))
    failing = verdict.outcome != "reproduced"  # then the page says each of them
    assert not [check.says for check in (lab.checks if failing else lab.checks[:FIRST]) if not check.spoken]


@pytest.mark.parametrize("lab", LABS, ids=name)
def test_spoken_says_what_was_measured(lab: Lab) -> None:
    for spoken in (check.spoken for check in lab.checks if check.spoken):
        filled_in = {field for _, field, _, _ in Formatter().parse(spoken) if field is not None}
        assert filled_in and filled_in <= {"value", "share", "off"}, spoken


@pytest.mark.parametrize("lab", LABS, ids=name)
def test_no_verdict_is_written_in_formulas(lab: Lab) -> None:
    (said,) = VERDICT.findall((DOCS / "labs" / f"lab{lab.number:02d}.md").read_text(encoding="utf-8"))
    assert not [formula for formula in (" / ", "over C", "over 2C") if formula in said]
    assert not (re.search("(agree|holds) to within", said) and re.search('["“”]', said)), said


def claim(value: float, spoken: str = "", says: str = "throughput of a / of b") -> str:
    check = Check(says=says, quantity=throughput("a"), at_least=0.9, at_most=1.1, spoken=spoken)
    return page._claim(check, CheckOutcome(says, value, 0.9, 1.1, (value,), clock_limited=True))


@pytest.mark.parametrize(
    ("value", "near"),
    [
        (1.0, "to within what we can measure"),
        (1.0003, "to within less than 0.1%"),
        (0.9997, "to within less than 0.1%"),
        (0.97, "to within 3%"),
    ],
)
def test_how_near_reads_well_in_both_kinds_of_sentence(value: float, near: str) -> None:
    assert claim(value, "a completes as much as b, to within {off}") == f"a completes as much as b, {near}"
    assert claim(value) == f"throughput of a and of b agree {near}"
    assert claim(value, says="a is b") == f"“a is b” holds {near}"


def test_a_difference_too_small_for_digits_is_called_small_after_any_word() -> None:
    assert claim(1.0, "a differs from b by {off}") == "a differs from b by less than 0.1%"


@pytest.mark.parametrize(("value", "said"), [(-0.0, "0"), (0.00129, "0.00129"), (8.9659, "8.97"), (1401.0, "1,401")])
def test_a_value_has_three_digits_and_neither_sign_of_zero_nor_exponent(value: float, said: str) -> None:
    assert claim(value, "{value} times") == f"{said} times"


def test_what_all_judged_rows_share_is_said_of_one_row_in_the_singular() -> None:
    assert page._as_predicted([0.0]) == "the one judged row equals its prediction, to within what we can measure"
    assert page._as_predicted([0.0, 0.02]) == "every judged row is within 2% of its prediction"
    assert page._as_predicted([0.0, 0.0004]) == "every judged row is within less than 0.1% of its prediction"
