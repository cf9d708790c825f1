"""The picture that a link to the site is shown with elsewhere: the home page's bars, as the PNG such places want."""

from collections.abc import Sequence
from io import BytesIO

from matplotlib import pyplot

from labs.engine.formatting import rate
from labs.engine.paths import DOCS
from labs.pages.figures import HEIGHT, LIGHT

FILE = DOCS / "assets" / "social.png"
TITLE = "FastAPI under load"
QUESTION = "One second of waiting in every request. Requests per second and worker:"
SIZE_IN, DOTS_PER_IN = (12.0, 6.3), 100  # 1200 x 630, what previews are cut to


def described(rows: Sequence[tuple[str, float]]) -> str:
    """What the picture says, in words of Latin-1; the file carries it as it is, in a text chunk."""
    return f"{TITLE}. {QUESTION} " + "; ".join(f"{name}: {rate(value)}" for name, value in rows)


def is_current(rows: Sequence[tuple[str, float]]) -> bool:
    """Whether the file says what the captures say. Its pixels may differ from machine to machine."""
    return FILE.exists() and described(rows).encode("latin-1") in FILE.read_bytes()


def png(rows: Sequence[tuple[str, float]]) -> bytes:
    """The picture itself, 1200 x 630 pixels."""
    figure = pyplot.figure(figsize=SIZE_IN, facecolor="white")
    figure.text(0.06, 0.86, TITLE, fontsize=44, weight="bold", color=LIGHT.ink)
    figure.text(0.06, 0.76, QUESTION, fontsize=22, color=LIGHT.ink)
    axes = figure.add_axes((0.06, 0.05, 0.88, 0.62))
    highest = max(value for _, value in rows)
    for place, (name, value) in enumerate(rows):
        axes.barh(place, value, height=HEIGHT, color=LIGHT.measured)
        axes.text(0, place - 0.27, name, fontsize=20, va="bottom", color=LIGHT.ink)
        axes.text(value + highest * 0.01, place, rate(value), fontsize=22, va="center", color=LIGHT.ink)
    axes.set_ylim(len(rows) - 0.6, -0.75)
    axes.set_xlim(0, highest * 1.12)
    axes.axis("off")
    drawn = BytesIO()
    figure.savefig(drawn, format="png", dpi=DOTS_PER_IN, metadata={"Description": described(rows), "Software": None})
    pyplot.close(figure)
    return drawn.getvalue()
