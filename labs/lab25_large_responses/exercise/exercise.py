"""A large list is turned into JSON on the event loop, and every other route of the worker waits."""

from labs.engine.declare.exercise import (
    YOURS,
    Exercise,
    Target,
    Wrong,
    failed,
    gauge,
    percentile,
    probe_percentile,
)
from labs.engine.declare.quantities import Quantity, Seen, measured
from labs.engine.declare.service import Endpoint, Load, Probe, Variant

ARTICLES = 40_000


def article(number: int) -> dict[str, object]:
    """As the service has it."""
    places = [{"aisle": aisle, "shelf": number % 50, "pieces": number % 7} for aisle in range(4)]
    return {"number": number, "name": f"article {number}", "cents": 10 * number, "places": places}


def cpu_per_export() -> Quantity:
    """CPU seconds of the service per response; all that it used where none was completed."""

    def of(seen: Seen) -> float:
        m = measured(seen, YOURS)
        return m.server.cpu_cores * m.window.length_s / max(1, m.window.completions)

    return Quantity((YOURS,), of, uses_cpu=True)


EXERCISE = Exercise(
    lab=25,
    title="Export a large list without stopping the others",
    story=(
        "A warehouse keeps its stock in memory, because every sale changes it. Two shops fetch all 40,000 articles as "
        "one JSON list, and soon ask again. It has to stay one JSON list, and it may come in pieces. While an export "
        "is made, nobody else gets a response, not even the health check."
    ),
    service=Variant(
        name="",
        endpoint=Endpoint(path="/export", module="", waits=1),
        ms=20,
        workers=1,
        load=Load(vus=2, ramp_s=0.2, steady_s=8, timeout_s=20, graceful_stop_s=21, think_time_s=0.1),
        probe=Probe(path="/health", per_s=10, timeout_s=10),
        whole_run_times=True,
    ),
    responds=[article(number) for number in range(ARTICLES)],
    targets=(
        Target(
            says="an export's p95",
            quantity=percentile(95),
            unit="seconds",
            at_most=1.2,
            otherwise="Only two ask at once, so it isn't a line that makes this long. The work itself takes the time.",
        ),
        Target(
            says="the health check's p95",
            quantity=probe_percentile(95),
            unit="seconds",
            at_most=0.1,
            otherwise="The health check does nothing. If it's slow, it waited while an export was made.",
        ),
        Target(says="failed requests", quantity=failed(), unit="share", at_most=0, otherwise="Some got no response."),
        Target(
            says="CPU per export",
            quantity=cpu_per_export(),
            unit="seconds",
            at_most=0.45,
            how=True,
            otherwise=(
                "Most of this isn't needed for 40,000 articles: either Python code looks at each value, or each "
                "article is sent by itself."
            ),
        ),
        Target(
            says="loop lag",
            quantity=gauge("loop_lag_seconds"),
            unit="seconds",
            at_most=0.04,
            how=True,
            otherwise=(
                "The event loop stood still, because a large piece of the export was made in one go: on the loop "
                "itself, or by one long call that keeps Python's lock."
            ),
        ),
    ),
    hints=(
        "The endpoint returns at once, in a thread. Who makes the JSON then, and where?",
        "json.dumps is much cheaper than what FastAPI does, but one call for all of it keeps the lock until it's done.",
        "A StreamingResponse takes a generator, and a thread makes each piece. How many articles belong into a piece?",
        'Yield "[", then json.dumps(stock[first : first + 500])[1:-1] for each 500 articles with commas between, '
        'then "]".',
    ),
    wrong=(
        Wrong(
            file="more_workers",
            title="four workers",
            fails="loop lag",
            because="Whichever worker makes the export still makes it on its event loop, at the same cost.",
        ),
        Wrong(
            file="row_by_row",
            title="streamed one article at a time",
            fails="CPU per export",
            because="Each of the 40,000 articles pays for a thread token, a thread, and the way back to the loop.",
        ),
        Wrong(
            file="one_call",
            title="one json.dumps in the thread",
            fails="loop lag",
            because=(
                "It's much cheaper, but it's one call of compiled code. It keeps Python's lock until all articles are "
                "done, so the loop waits although it's another thread."
            ),
        ),
    ),
)
