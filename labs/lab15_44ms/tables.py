"""What only lab 15's page has: the packets of one response, with and without the option; who waits."""

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.formatting import duration
from labs.engine.results.result import median_runs
from labs.lab15_44ms.lab import LAB, ONE, ONE_UV, TWO, TWO_UV
from labs.lab15_44ms.packets import packets, packets_mechanism
from labs.pages.captured import captured
from labs.pages.figures import HEIGHT, Draw, Palette, bars_size_in, rows_below
from labs.pages.markdown import picture, region
from labs.pages.stepped import still


def _waits() -> list[tuple[str, float]]:
    """The median response time with each loop and number of workers, in seconds."""
    runs = median_runs(captured(LAB, "auto"))
    return [(name, runs[name].times.p50) for name in (ONE, TWO, ONE_UV, TWO_UV)]


def waits_figure() -> Draw:
    """One bar per row: the median response time of the only user."""
    waits = _waits()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=bars_size_in(len(waits)), layout="constrained")
        for place, (name, p50_s) in enumerate(waits):
            axes.barh(place, 1000 * p50_s, height=HEIGHT, color=palette.measured)
            axes.annotate(
                f"{name}: {duration(p50_s)}", (0, place - HEIGHT / 2), xytext=(0, 2), textcoords="offset points",
                va="bottom",
            )  # fmt: skip
        rows_below(axes, len(waits))
        axes.set_xlabel("p50 of one user, ms")
        return figure

    return draw


__all__ = ["PICTURES", "packets", "waits"]

PICTURES = {"lab15-packets": lambda: still(packets_mechanism()), "lab15-waits": waits_figure}


def waits() -> str:
    said = "; ".join(f"{name}: {duration(p50_s)}" for name, p50_s in _waits())
    return region(picture("../figures/lab15-waits", f"Bar chart of the median response time. {said}."))
