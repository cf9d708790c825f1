"""What only lab 15's page has: the packets of one response, with and without the option; who waits."""

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labs.engine.formatting import duration
from labs.engine.results.result import median_runs
from labs.lab15_44ms.lab import LAB, ONE, ONE_UV, TWO, TWO_UV
from labs.pages.captured import captured
from labs.pages.figures import HEIGHT, WIDTH_IN, Draw, Palette, bars_size_in, rows_below
from labs.pages.markdown import picture, region

SERVER, CLIENT = 0.0, 1.0  # the height of each line in the drawing
TRIP = 2.0  # how long a packet is on its way there; a drawing's unit


def packets_figure() -> Draw:
    """One request and its response between client and server, time to the right. A drawing, not to scale."""

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(2, figsize=(WIDTH_IN, 3.2), layout="constrained", sharex=True)
        for axes, title in zip(charts, ("with TCP_NODELAY", "without it"), strict=True):
            axes.set_title(title, loc="left")
            for y, name in ((SERVER, "server"), (CLIENT, "client")):
                axes.plot([0, 40], [y, y], color=palette.faint, linewidth=1.5)
                axes.annotate(name, (-0.6, y), ha="right", va="center")
            axes.set_xlim(-8, 42)
            axes.set_ylim(-0.45, 1.4)
            axes.axis("off")
        for axes in charts:
            _packet(axes, 1, CLIENT, palette.ink)
            _packet(axes, 4, SERVER, palette.measured)
        _packet(charts[0], 5.5, SERVER, palette.measured)
        charts[0].annotate("request, headers, body", (9, 0.5), va="center")
        charts[1].annotate("request, headers", (7, 0.5), va="center")
        charts[1].plot([6, 30], [CLIENT, CLIENT], color=palette.failed, linewidth=4, solid_capstyle="butt")
        charts[1].plot([5.5, 32], [SERVER, SERVER], color=palette.failed, linewidth=4, solid_capstyle="butt")
        charts[1].annotate("a timer: 40 ms", (18, CLIENT), xytext=(0, 5), textcoords="offset points", ha="center")
        charts[1].annotate(
            "the body waits for the acknowledgement", (18.75, SERVER), xytext=(0, -7), textcoords="offset points",
            ha="center", va="top",
        )  # fmt: skip
        _packet(charts[1], 30, CLIENT, palette.predicted)
        _packet(charts[1], 32.5, SERVER, palette.measured)
        charts[1].annotate("ack", (30, 0.5), ha="right", va="center", color=palette.predicted)
        charts[1].annotate("body", (34.5, 0.5), va="center", color=palette.measured)
        return figure

    return draw


def _packet(axes: Axes, sent: float, sender: float, color: str) -> None:
    arrow = {"arrowstyle": "-|>", "color": color, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (sent + TRIP, CLIENT - sender), xytext=(sent, sender), arrowprops=arrow)


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


PICTURES = {"lab15-packets": packets_figure, "lab15-waits": waits_figure}


def packets() -> str:
    said = (
        "Drawing of packets between client and server. With TCP_NODELAY, headers and body follow each other. Without "
        "it, the body waits for the acknowledgement of the headers, which the client's timer delays by 40 ms."
    )
    return region(picture("../figures/lab15-packets", said))


def waits() -> str:
    said = "; ".join(f"{name}: {duration(p50_s)}" for name, p50_s in _waits())
    return region(picture("../figures/lab15-waits", f"Bar chart of the median response time. {said}."))
