"""What only lab 5's page has: whose failures they are, and a loop that freezes."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import share
from labs.engine.results.measurement import Measurement
from labs.engine.results.result import median_runs
from labs.lab05_blocked_loop.lab import LAB, PATIENT, POSTED
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table
from labs.pages.regions.mechanism import View

VIEW = View(variants=(POSTED, PATIENT), sliders=("blocks", "waits", "workers", "vus"), at_s=2.0)

# k6's error codes (its documentation, "Error codes")
CAUSES = {
    "1050": "no response within the timeout (1050)",
    "1211": "no connection within 30 s (1211)",
    "1212": "connection refused (1212)",
    "1220": "connection reset (1220)",
}


def failures(scale: Scale = "post") -> str:
    """What became of the requests of every variant (its median repeat), failures by their cause."""
    chosen = {name: run.measurement for name, run in median_runs(captured(LAB, scale)).items()}
    codes = sorted({code for measured in chosen.values() for code in measured.errors})
    causes = [CAUSES.get(code, f"k6's error {code}") for code in codes]
    headings = ["variant", "expected responses", *causes, "interrupted, not counted"]
    return region(table(headings, ([name, *_counts(measured, codes)] for name, measured in chosen.items())))


def shares() -> str:
    """At the default size: how the requests of each variant's median repeat ended, as shares of all that were sent."""
    rows: list[tuple[str, ...]] = []
    for name, run in median_runs(captured(LAB, "auto")).items():
        m = run.measurement
        sent = m.requests + m.interrupted
        ended = (m.requests - m.failed, m.failed, m.interrupted)
        rows.append((name, *(share(round(one / sent, 2)) for one in ended)))
    return region(table(("variant", "served", "failed", "interrupted"), rows))


def _counts(measured: Measurement, codes: list[str]) -> Iterator[str]:
    failed = (measured.errors.get(code, 0) for code in codes)
    for count in (measured.requests - measured.failed, *failed, measured.interrupted):
        yield f"{count:,}"


def per_second() -> Draw:
    """Responses and failures of each second, on axes of their own: the same service, three kinds of patience."""
    runs = median_runs(captured(LAB, "post"))

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(2, 1, figsize=(WIDTH_IN, 4.4), layout="constrained", sharex=True)
        for place, (name, run) in enumerate(runs.items()):
            line = run.measurement.timeline
            for axes, values in zip(charts, (line.expected_per_s, line.failed_per_s), strict=True):
                axes.plot(line.second, values, color=palette.series[place], linewidth=1.8, label=name)
        for axes, title in zip(charts, ("responses per second", "failures per second"), strict=True):
            axes.set_title(title, loc="left")
            axes.set_ylim(bottom=0)
        charts[-1].set_xlabel("seconds")
        handles, names = charts[0].get_legend_handles_labels()
        figure.legend(
            handles, names, loc="outside upper left", ncols=1, frameon=False, labelcolor=palette.ink,
        )  # fmt: skip
        return figure

    return draw


PICTURES = {"lab05-failures": per_second}


def failures_figure() -> str:
    said = (
        "Two line charts over the seconds of the run at the post's size. Responses per second are the same until "
        "users give up; failures come in bursts."
    )
    return region(picture("../figures/lab05-failures", said))
