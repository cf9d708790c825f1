"""What only lab 0's page has: the noise floor, and how far each run lies from the median of identical ones."""

from statistics import median

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine import formatting
from labs.engine.declare.service import Scale
from labs.engine.results.result import noise_floor
from labs.lab00_noise.lab import CLOCK, CPU, LAB
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import picture, region

KINDS = {CLOCK: "limited by a clock", CPU: "limited by the CPU"}
APART = 0.12  # between the dots of two runs that follow each other, where a row is 1


def noise(scale: Scale = "auto") -> str:
    """The noise floor that the capture gives."""
    found = noise_floor(captured(LAB, scale))
    said = formatting.noise(found.clock_limited, found.cpu_limited)
    return region([f"The noise floor of the reference machine: {said}."])


def _away() -> dict[str, list[float]]:
    """By kind: how far each run's throughput lies from the median of identical runs, in %."""
    identical: dict[tuple[str, float], list[float]] = {}
    for run in captured(LAB, "auto").runs:
        key = run.variant.name.split(",")[0], run.variant.warm_up_s
        identical.setdefault(key, []).append(run.throughput_per_s)
    return {
        kind: [
            100 * (one / median(values) - 1) for (of, _), values in identical.items() if of == kind for one in values
        ]
        for kind in KINDS
    }


def away_figure() -> Draw:
    """One dot per run on an axis of its kind, those that follow each other one below the other."""
    away = _away()

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 2.9), layout="constrained")
        axes.axvline(0, color=palette.faint, linewidth=1.5)
        for row, (kind, values) in enumerate(away.items()):
            top = 2.2 * row
            for place, value in enumerate(values):
                axes.plot([value], [top + APART * place], marker="o", markersize=6, color=palette.series[row])
            axes.annotate(KINDS[kind], (0, top), xytext=(0.01, top - 0.25), textcoords=("axes fraction", "data"))
        axes.set_ylim(2.2 * len(away) - 0.4, -0.75)
        farthest = 1.15 * max(abs(value) for values in away.values() for value in values)
        axes.set_xlim(-farthest, farthest)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("% away from the median of identical runs")
        return figure

    return draw


PICTURES = {"lab00-away": away_figure}


def away() -> str:
    said = "; ".join(
        f"{KINDS[kind]}: from {min(values):+.1f}% to {max(values):+.1f}%".replace("-", "−")
        for kind, values in _away().items()
    )
    return region(picture("../figures/lab00-away", f"Dots, one per run, by distance from the median. {said}."))
