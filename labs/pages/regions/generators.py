"""The generated tables of one load from several k6 processes, beside the simulator's forecast."""

from collections.abc import Callable
from dataclasses import dataclass

from labs import catalog
from labs.elsewhere import example
from labs.elsewhere.example import Made, Row
from labs.engine.declare.service import Machine, Variant
from labs.engine.formatting import duration, rate
from labs.engine.results import store
from labs.engine.results.result import Run, by_variant
from labs.pages import markdown, simulated
from labs.simulator.simulate import Scenario, Simulated


@dataclass(frozen=True)
class Shown:
    """One quantity in the words of a table: as forecast, in the capture's repeats, and as recorded."""

    forecast: Callable[[Simulated], str]
    repeats: Callable[[list[Run]], str]
    seen: Callable[[Row], str]


THROUGHPUT = Shown(
    lambda outcome: rate(outcome.throughput_per_s),
    lambda runs: _range([run.throughput_per_s for run in runs], rate),
    lambda row: rate(row.throughput_per_s),
)
P95 = Shown(  # in brackets the share of what the most crowded worker's users wait
    lambda outcome: duration(outcome.p95_s),
    lambda runs: (
        f"{_range([_p95_s(run) for run in runs], duration)} "
        f"({_range([_p95_s(run) / example.crowded_s(run) for run in runs], _percent)})"
    ),
    lambda row: f"{duration(row.p95_s)} ({_percent(row.p95_s / row.crowded_s)})",
)


def throughput() -> str:
    return _table(THROUGHPUT)


def p95() -> str:
    return _table(P95)


def cores() -> str:
    """What the generators used of the machine, a sentence."""
    recorded = example.read()
    busiest = max(used for made in recorded.runs for row in made.rows for used in row.generator_cores)
    when = min(made.started_at for made in recorded.runs)[:10]
    said = f"Recorded on {when} on {recorded.cores:g} cores. No generator used more than {busiest:.2f} of them."
    return markdown.region([said])


def _table(shown: Shown) -> str:
    recorded = example.read()
    lab = catalog.lab(example.LAB)
    capture = store.reference(catalog.folder(lab), "auto")
    repeats = by_variant(capture) if capture else {}
    rows = []
    for variant in lab.rows("auto", Machine(recorded.cores)):
        forecast = simulated.outcome(Scenario(variant, cores=recorded.cores))
        seen = [shown.seen(_row(made, variant)) for made in recorded.runs]
        rows.append((variant.name, shown.forecast(forecast), shown.repeats(repeats[variant.name]), *seen))
    headings = ("variant", "forecast", "capture, one process", *map(_heading, recorded.runs))
    return markdown.region(markdown.table(headings, rows))


def _p95_s(run: Run) -> float:
    return run.measurement.response_time_s.p95


def _percent(part: float) -> str:
    return f"{part:.0%}"


def _heading(made: Made) -> str:
    return f"{made.generators} process{'es' if made.generators > 1 else ''}"


def _row(made: Made, variant: Variant) -> Row:
    return next(row for row in made.rows if row.variant == variant.name)


def _range(values: list[float], spell: Callable[[float], str]) -> str:
    low, high = spell(min(values)), spell(max(values))
    return low if low == high else f"{low} to {high}"
