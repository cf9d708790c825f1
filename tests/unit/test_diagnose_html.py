"""The report file of a diagnosis: whole, self-contained, and escaped."""

import re
from html.parser import HTMLParser
from xml.etree.ElementTree import fromstring, tostring

import pytest

from labs.diagnose import drawn, html
from labs.diagnose.attribute import attribute
from labs.diagnose.drawn import Line
from labs.diagnose.headroom import headroom
from labs.diagnose.prove import Proof
from labs.diagnose.report import Document
from tests.unit.diagnose_builders import at_plateau, resource, step
from tests.unit.test_diagnose_words import document, tokens

HOSTILE = "/<script>alert(1)</script>?a=\"'><img src=x onerror=alert(2)>"


def hostile() -> Document:
    """Markup wherever a service, its maker or its network can put some."""
    evil = resource(f"thread tokens {HOSTILE}", 40, 40, 120, made_in=HOSTILE)
    moving = evil.model_copy(update={"over_time": ((0.0, 0.0, 0.0), (1.0, 40.0, 120.0))})
    e = at_plateau(400, 0.1, resources=(moving,), errors={HOSTILE: 3})
    e = e.model_copy(update={"no_metrics": HOSTILE, "unknown": (HOSTILE,)})
    one = document(e)
    served = one.service.model_copy(update={"paths": ((HOSTILE, 1.0),), "argv": (HOSTILE,), "url": HOSTILE})
    return one.model_copy(update={"service": served, "sentence": HOSTILE})


def tags(text: str) -> set[str]:
    """As a browser reads them."""
    found: set[str] = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.add(tag)  # type: ignore[method-assign]
    parser.feed(text)
    return found


def test_the_sentence_is_the_heading_and_every_part_is_there() -> None:
    e = tokens()
    proof = Proof(verdict="as predicted", says="predicted 800/s, measured 795/s", read_back=80, step=step(160, 795))
    told = html.page(document(e, proof=proof, headroom=headroom(e, attribute(e), 600, 0.2)))
    assert "<h1>400/s, limited by thread tokens</h1>" in told
    headings = re.findall(r"<h2>(.*?)</h2>", told)
    assert headings == [
        *("What to change", "Proof", "Headroom", "Learn how this works", "Throughput and response time"),
        *("What holds only so many, at the plateau", "What limits, and what limits next", "What was diagnosed"),
    ]
    assert "total_tokens = 80" in told and "As predicted: predicted 800/s" in told and "invoke lab2" in told


def test_nothing_that_a_service_says_becomes_markup() -> None:
    plain, wild = html.page(document(tokens())), html.page(hostile())
    assert "alert(1)" in wild and tags(wild) == tags(plain)


def test_it_asks_nothing_of_anybody() -> None:
    told = html.page(document(tokens()))
    assert "default-src 'none'" in told
    assert not re.search(r"\b(src|href)=|url\(|@import", told)


def test_a_diagnosis_of_a_single_load_has_no_curve() -> None:
    e = tokens()
    one = document(e.model_copy(update={"steps": e.steps[:1], "steady": None, "stopped": "time"}))
    assert "<svg" not in html.page(one) and "<table>" in html.page(one)


@pytest.mark.parametrize(("most", "step"), [(198.9, 50), (0.64, 0.2), (3270, 1000), (40, 10), (0, 1)])
def test_ticks_are_round_and_few(most: float, step: float) -> None:
    assert drawn.tick_step(most) == pytest.approx(step)


def test_a_chart_puts_the_highest_value_highest_and_stays_inside() -> None:
    svg = drawn.chart("X", "users", [Line("measured", [(0, 0), (1, 50), (2, 200)], marks=True)], [(0, "1"), (2, "4")])
    marks = [(float(one.attrib["cx"]), float(one.attrib["cy"])) for one in svg.findall("circle")]
    assert [y for _, y in marks] == sorted((y for _, y in marks), reverse=True)
    assert all(0 <= x <= drawn.WIDTH and 0 <= y <= drawn.HEIGHT for x, y in marks)
    assert fromstring(tostring(svg)).attrib["aria-label"] == "X"
