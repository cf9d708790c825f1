"""Lab 2 with its load from one, two and four k6 processes: what the page "At larger scale" shows.

    python -m labs.elsewhere.example --port 8000

Run it from committed code on a quiet machine; it writes docs/data/generators.json. Then: invoke render.
"""

import argparse

from pydantic import BaseModel, ConfigDict

from labs import catalog
from labs.engine import paths
from labs.engine.errors import UsageError
from labs.engine.files import write_text
from labs.engine.harness import overrides
from labs.engine.harness.plan import make_plan
from labs.engine.judgement.outcome import Outcome
from labs.engine.judgement.verdict import judge
from labs.engine.results.result import Result, Run
from labs.engine.run import run_lab
from labs.engine.show.progress import LiveProgress
from labs.engine.show.terminal import err, plain_errors

FILE = paths.DOCS / "data" / "generators.json"
LAB = 2
GENERATORS = (1, 2, 4)


class Row(BaseModel):
    """One variant: requests/s in the window, p95 of the whole run in seconds, and the cores of each generator.

    `crowded_s` is how long the users of the most crowded worker wait: n·S/T, its n read from the server metrics.
    """

    model_config = ConfigDict(frozen=True)

    variant: str
    throughput_per_s: float
    p95_s: float
    crowded_s: float
    generator_cores: tuple[float, ...]


class Made(BaseModel):
    """The lab once, its load made by so many generators."""

    model_config = ConfigDict(frozen=True)

    generators: int
    started_at: str
    verdict: Outcome
    rows: tuple[Row, ...]


class Recorded(BaseModel):
    """`cores` of the machine that all of them shared with the service."""

    model_config = ConfigDict(frozen=True)

    commit: str
    cores: float
    runs: tuple[Made, ...]


def read() -> Recorded:
    return Recorded.model_validate_json(FILE.read_text(encoding="utf-8"))


def made(generators: int, result: Result) -> Made:
    """Raises UsageError for a run whose numbers can't be used."""
    verdict = judge(catalog.lab(LAB), result)
    if verdict.outcome == "inconclusive":
        raise UsageError(f"with {generators} generators: {verdict.reasons[-1]}. Nothing is recorded: run it again")
    rows = []
    for run in result.runs:
        m = run.measurement
        each = m.generators or (m.generator,)
        cores = tuple(round(one.cpu_cores or 0.0, 3) for one in each)
        rows.append(
            Row(
                variant=run.variant.name,
                throughput_per_s=run.throughput_per_s,
                p95_s=m.response_time_s.p95,
                crowded_s=crowded_s(run),
                generator_cores=cores,
            )
        )
    started_at = result.provenance.started_at
    return Made(generators=generators, started_at=started_at, verdict=verdict.outcome, rows=tuple(rows))


def crowded_s(run: Run) -> float:
    """n·S/T in seconds, n the requests in flight at the most crowded worker in a typical second of the window."""
    metrics, variant = run.measurement.server_metrics, run.variant
    assert metrics is not None, "lab 2 reads server metrics at its default size"
    return metrics.typical("in_flight") * variant.token_time_s / variant.thread_tokens


def record(port: str) -> None:
    runs: list[Made] = []
    for generators in GENERATORS:
        options = overrides.parse({"generators": str(generators), "port": port})
        with LiveProgress(err) as progress:
            result, _ = run_lab(make_plan(catalog.lab(LAB), options), progress)
        runs.append(made(generators, result))
    recorded = Recorded(commit=result.provenance.commit, cores=result.provenance.cores, runs=tuple(runs))
    write_text(FILE, recorded.model_dump_json(indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", default="8000")
    with plain_errors():
        record(parser.parse_args().port)
