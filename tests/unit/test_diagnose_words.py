"""What the terminal says of a diagnosis."""

from rich.console import Console

from labs.diagnose import report, terminal
from labs.diagnose.attribute import attribute
from labs.diagnose.ceilings import ceilings
from labs.diagnose.change import change
from labs.diagnose.evidence import Evidence
from labs.diagnose.headroom import headroom
from labs.diagnose.report import Document, Served
from tests.unit.diagnose_builders import at_plateau, resource, step


def document(e: Evidence, **more: object) -> Document:
    finding = attribute(e)
    served = Served(
        url="http://127.0.0.1:8000", argv=(), method="GET", paths=(("/", 1.0),), workers=1, loop=None, python=None,
        versions={},
    )  # fmt: skip
    known = dict(
        started_at="2030-01-01T00:00:00+00:00", took_s=30.0, service=served, sentence=report.sentence(e, finding),
        throughput_per_s=e.judged.throughput_per_s, finding=finding, evidence=e, ceilings=ceilings(e, finding),
        change=change(e, finding), lab=report.lab(finding),
    )  # fmt: skip
    return Document.model_validate(known | more)


def tokens() -> Evidence:
    return at_plateau(400, 0.1, resources=(resource("thread tokens", 40, 40, 120),))


def test_the_sentence_comes_first_then_why_the_change_and_the_lab() -> None:
    said = list(terminal.lines(document(tokens())))
    assert said[0] == "400/s, limited by thread tokens"
    assert said[1] == "  because thread tokens: 40 of 40 in use, 120 waiting"
    assert any(line.startswith("change: at start-up, in the lifespan") and "total_tokens = 80" in line for line in said)
    assert "  predicted with 80 tokens: 800/s" in said
    assert said[-1] == "learn how this works: invoke lab2"


def test_what_comes_first_has_no_figure_and_the_figure_is_of_the_other_change_alone() -> None:
    pool = resource("connection pool", 4, 4, 40)
    said = list(terminal.lines(document(at_plateau(40, 0.1, resources=(pool,)))))
    place = next(place for place, line in enumerate(said) if line.startswith("change: first hold the connection"))
    assert "nobody can say how much" in said[place + 1]
    assert said[place + 2].startswith("  if you leave that as it is: a pool of 8 instead of 4")
    assert said[place + 3].startswith("  predicted with 8 of them and nothing else changed: 80/s")


def test_a_rate_that_is_too_high_says_what_keeps_it() -> None:
    e = tokens()
    found = headroom(e, attribute(e), 600, 0.2)
    said = list(terminal.lines(document(e, headroom=found)))
    assert any("not kept, beyond a ceiling" in line for line in said) and "  2 workers keep it" in said


def test_a_request_that_differs_each_time_is_noticed() -> None:
    e = tokens()
    uneven = e.alone.model_copy(update={"p95_s": 0.9})
    e = e.model_copy(update={"steps": (uneven, *e.steps[1:])})
    assert any("not every request is alike" in line for line in terminal.lines(document(e)))


def test_the_tables_have_a_row_per_load_and_per_resource_and_dashes_for_what_is_unknown() -> None:
    unknown = resource("connection pool", None, None, None)
    e = at_plateau(100, 0.05, resources=(unknown,), worker_cores=None, loop_lag_s=None)
    assert terminal.table(e).row_count == len(e.steps) + 1
    held = terminal.resources(e)
    assert held is not None and held.row_count == 1
    console = Console(width=100)
    with console.capture() as shown:
        console.print(held)
    assert shown.get().count("–") >= 4


def test_a_document_survives_its_json() -> None:
    one = document(tokens())
    assert Document.model_validate_json(one.model_dump_json()) == one


def test_no_limit_is_a_sentence_with_the_users_it_holds_for() -> None:
    e = at_plateau(400, 0.1)
    grown = e.model_copy(update={"steps": (step(1, 10), step(4, 40)), "steady": step(4, 40), "stopped": "most users"})
    assert document(grown).sentence == "no limit up to 4 users: 40/s" and document(grown).lab is None
