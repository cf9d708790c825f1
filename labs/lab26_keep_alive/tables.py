"""What only lab 26's page has: how a request and a close cross, and how many requests were lost in each row."""

from collections.abc import Iterator

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labs.engine.declare.service import Scale
from labs.engine.formatting import share
from labs.engine.results.result import Result, Run, median_runs
from labs.lab26_keep_alive.lab import LAB, STEADY_PACE, predicted_share
from labs.pages.captured import captured
from labs.pages.figures import HEIGHT, WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region, table

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


def crossing_figure() -> Draw:
    """Client and service as two lines that time runs down, a message as an arrow. A drawing, not a measurement."""
    client, service, way, closes = 4.2, 9.0, 1.0, 5.0

    def message(axes: Axes, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
        axes.annotate("", xy=end, xytext=start, arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": 1.8})

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 4.2), layout="constrained")
        axes.set_xlim(0, 12.4)
        axes.set_ylim(6.9, -0.9)
        axes.axis("off")
        axes.vlines([client, service], 0, 6.6, color=palette.faint, linewidth=2)
        axes.text(client, -0.25, "client", ha="center")
        axes.text(service, -0.25, "service", ha="center")
        axes.vlines(service, 0, closes, color=palette.measured, linewidth=6)
        axes.text(service + 0.3, 2.5, "the service\nkeeps the\nconnection", va="center")
        axes.text(service + 0.3, closes, "it closes", va="center")
        axes.vlines(client, closes - way, closes + way, color=palette.failed, linewidth=6)
        axes.text(client - 0.3, closes, "sent in this\nround trip:\nlost", ha="right", va="center")
        message(axes, (service, 0), (client, way), palette.ink)
        axes.text(client + 0.8, 0.02, "response", ha="left", va="center")
        message(axes, (service, closes), (client, closes + way), palette.ink)
        axes.text(client + 1.6, closes + way + 0.05, "“closed”", ha="left", va="center")
        message(axes, (client, closes - 0.5), (service, closes + 0.5), palette.failed)
        axes.text(client + 1.2, closes - 0.75, "request", ha="left", va="center")
        return figure

    return draw


PICTURES = {"lab26-lost": lost_figure, "lab26-crossing": crossing_figure}


def lost() -> str:
    said = "; ".join(
        f"{name} {share(run.measurement.failed_share)}, predicted {share(_predicted(run))}"
        for name, run in _shown().items()
    )
    return region(picture("../figures/lab26-lost", f"Bar chart of requests lost. {said}."))


def crossing() -> str:
    said = (
        "Drawing: the service keeps a connection for a while after its response, then closes it. A request that the "
        "client sends in the last round trip crosses the close on the way, and is lost."
    )
    return region(picture("../figures/lab26-crossing", said))
