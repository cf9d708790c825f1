"""What only lab 26's page has: how a request and a close cross, and how many requests were lost in each row."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import share
from labs.engine.results.result import Result, Run, median_runs
from labs.lab26_keep_alive.crossing import crossing, crossing_mechanism
from labs.lab26_keep_alive.lab import LAB, STEADY_PACE, predicted_share
from labs.pages.captured import captured
from labs.pages.figures import HEIGHT, WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table
from labs.pages.stepped import still

__all__ = ["PICTURES", "crossing", "lost", "requests_lost"]

HEADINGS = ("variant", "requests", "lost", "share lost", "predicted share")


def _predicted(run: Run) -> float:
    """The predicted share; below one in a million it's called none."""
    return round(predicted_share(run.variant), 6)


def requests_lost(scale: Scale = "auto") -> str:
    """How many requests of the median repeat were lost, and the share that theory predicts in the long run."""
    return region(table(HEADINGS, _rows(captured(LAB, scale))))


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    for name, run in median_runs(result).items():
        m = run.measurement
        yield name, f"{m.requests:,}", f"{m.failed:,}", share(m.failed_share), share(_predicted(run))


def _shown() -> dict[str, Run]:
    """The rows with random pauses. Where every other request is lost, the rest would be too small to see."""
    return {name: run for name, run in median_runs(captured(LAB, "auto")).items() if name != STEADY_PACE}


def lost_figure() -> Draw:
    """One bar per row with random pauses: the share of its requests that was lost, and the prediction."""
    runs = _shown()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 0.6 + 0.75 * len(runs)), layout="constrained")
        for place, (name, run) in enumerate(runs.items()):
            lost, predicted = 100 * run.measurement.failed_share, 100 * _predicted(run)
            axes.barh(place, lost, height=HEIGHT, color=palette.failed)
            axes.vlines(predicted, place - HEIGHT / 2, place + 0.3, color=palette.predicted, linewidth=2.5)
            label = f"{name}: {lost:.2g}% (predicted {predicted:.2g}%)"
            axes.text(0, place - 0.32, label, ha="left", va="bottom")
        axes.set_yticks([])
        axes.set_ylim(len(runs) - 0.5, -0.8)
        axes.set_xlim(left=0)
        axes.set_xlabel("requests lost, %")
        return figure

    return draw


PICTURES = {"lab26-lost": lost_figure, "lab26-crossing": lambda: still(crossing_mechanism())}


def lost() -> str:
    said = "; ".join(
        f"{name} {share(run.measurement.failed_share)}, predicted {share(_predicted(run))}"
        for name, run in _shown().items()
    )
    return region(picture("../figures/lab26-lost", f"Bar chart of requests lost. {said}."))
