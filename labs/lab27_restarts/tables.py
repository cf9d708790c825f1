"""What only lab 27's page has: what a restart does to requests, step by step, and how many failed in which way."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import NONE, duration
from labs.engine.results.measurement import RestartTimes
from labs.engine.results.result import Run, median_runs
from labs.lab27_restarts.lab import (
    CUT_OFF,
    ENDED,
    FAR,
    LAB,
    REFUSED,
    RESET,
    ROLLING,
    SEVERAL,
    cut_off,
    ended_as,
    in_flight,
    rate_per_s,
    stops_within_s,
    under_way,
)
from labs.lab27_restarts.played import restarts, restarts_mechanism
from labs.pages.captured import captured
from labs.pages.figures import HEIGHT, WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table
from labs.pages.stepped import still

__all__ = ["PICTURES", "failures", "outcomes", "restarts"]

HEADINGS = ("variant", "refused", "predicted", "cut off or reset", "predicted", "stop", "start")


@dataclass(frozen=True)
class Outcome:
    """How many requests of a run failed before they had arrived (refused), and after (with a 500, or reset).

    Predicted is from the laws and the run's own start-up time.
    """

    refused: int
    refused_predicted: float
    broken: int
    broken_predicted: tuple[float, float]  # from … to


def _times(run: Run) -> RestartTimes:
    """Raises ValueError where no restart began."""
    if run.measurement.restart is None:
        raise ValueError(f"{run.variant.name} was not restarted")
    return run.measurement.restart


def outcome(name: str, run: Run) -> Outcome:
    variant, errors = run.variant, run.measurement.errors
    one_by_one = name in (ROLLING, FAR)
    waits_s = 0.0 if name == SEVERAL else stops_within_s(variant)
    refused = 0.0 if one_by_one else rate_per_s(variant) * (waits_s + (_times(run).start_s or 0.0))
    least = under_way(variant) if name == FAR else in_flight(variant) if name == SEVERAL else cut_off(variant)
    most = variant.workers * least if name == FAR else least
    return Outcome(ended_as(errors, REFUSED), refused, ended_as(errors, CUT_OFF, RESET, ENDED), (least, most))


def _shown(scale: Scale) -> Mapping[str, Run]:
    return median_runs(captured(LAB, scale))


def outcomes(scale: Scale = "auto") -> str:
    """What became of the requests of the median repeat, and how long the restart took."""
    return region(table(HEADINGS, _rows(scale)))


def _between(least: float, most: float) -> str:
    return f"{least:.0f}" if least == most else f"{least:.0f} to {most:.0f}"


def _rows(scale: Scale) -> Iterator[tuple[object, ...]]:
    for name, run in _shown(scale).items():
        found, times = outcome(name, run), _times(run)
        starts = NONE if name in (ROLLING, FAR) else duration(times.start_s)
        broken = _between(*found.broken_predicted)
        yield (
            name,
            found.refused,
            f"{found.refused_predicted:.0f}",
            found.broken,
            broken,
            duration(times.stop_s),
            starts,
        )


def failures_figure() -> Draw:
    """One row per restart: how many requests were refused, and how many failed after they had arrived."""
    runs = _shown("auto")

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 0.6 + 0.75 * len(runs)), layout="constrained")
        for place, (name, run) in enumerate(runs.items()):
            found = outcome(name, run)
            axes.barh(place, found.broken, height=HEIGHT, color=palette.failed)
            axes.barh(place, found.refused, left=found.broken, height=HEIGHT, color=palette.measured)
            least, most = found.broken_predicted
            for at in {least, most} if most else ():
                axes.vlines(at, place - HEIGHT / 2, place + 0.3, color=palette.predicted, linewidth=2.5)
            axes.text(0, place - 0.32, f"{name}: {_words(name, found)}", ha="left", va="bottom")
        axes.set_yticks([])
        axes.set_ylim(len(runs) - 0.5, -0.8)
        axes.set_xlim(left=0)
        axes.set_xlabel("requests that failed")
        return figure

    return draw


def _words(name: str, found: Outcome) -> str:
    """12 cut off, 30 refused; none."""
    how = "lost" if name == FAR else "reset" if name == SEVERAL else "cut off"
    counts = ((found.broken, how), (found.refused, "refused"))
    return ", ".join(f"{count} {said}" for count, said in counts if count) or "none"


PICTURES = {"lab27-restarts": lambda: still(restarts_mechanism()), "lab27-failures": failures_figure}


def failures() -> str:
    said = "; ".join(f"{name} {_words(name, outcome(name, run))}" for name, run in _shown("auto").items())
    return region(picture("../figures/lab27-failures", f"Bar chart of requests that failed. {said}."))
