"""What only lab 19's page has: the limits of the service as it is found, and of the given solution."""

from matplotlib import pyplot
from matplotlib.figure import Figure

from labs.engine.formatting import rate
from labs.engine.theory import queueing
from labs.lab19_capstone.lab import THINK_S, USERS
from labs.pages.figures import HEIGHT, WIDTH_IN, Draw, Palette, rows_below
from labs.pages.markdown import picture, region

QUERY_S, AWAITED_S, BLOCKING_S = 0.1, 0.3, 0.05  # as the page states them
PAGE_S = QUERY_S + AWAITED_S + BLOCKING_S


def found() -> dict[str, float]:
    """What each resource of the service allows as it is found, requests per second: W = 1, P = 4."""
    return {
        "connections": queueing.pool(1, 4, PAGE_S),
        "event loop": queueing.event_loop(1, BLOCKING_S),
        "users": queueing.users(USERS, PAGE_S, THINK_S),
    }


def given() -> dict[str, float]:
    """The same of the given solution: W = 2, P = 15, T = 40."""
    return {
        "users": queueing.users(USERS, PAGE_S, THINK_S),
        "connections": queueing.pool(2, 15, QUERY_S),
        "thread tokens": queueing.thread_tokens(2, 40, BLOCKING_S),
    }


def limits_figure() -> Draw:
    """Two charts, the lowest limit first and in the color of what fails."""

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(2, figsize=(WIDTH_IN, 5.2), layout="constrained")
        for axes, (title, allowed) in zip(
            charts, (("as you find it", found()), ("given solution", given())), strict=True
        ):
            for place, (name, per_s) in enumerate(allowed.items()):
                axes.barh(place, per_s, height=HEIGHT, color=palette.measured if place else palette.failed)
                axes.annotate(
                    f"{name}: {rate(per_s)}", (1, place - HEIGHT / 2), xytext=(2, 2), textcoords="offset points",
                    va="bottom",
                )  # fmt: skip
            rows_below(axes, len(allowed))
            axes.set_xscale("log")
            axes.set_xlim(1, 3000)
            axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
            axes.set_title(title, loc="left")
        charts[-1].set_xlabel("requests per second that it allows")
        return figure

    return draw


PICTURES = {"lab19-limits": limits_figure}


def limits() -> str:
    said = " ".join(
        f"{title}: {', '.join(f'{name} {rate(per_s)}' for name, per_s in allowed.items())} per second."
        for title, allowed in (("As you find it", found()), ("Given solution", given()))
    )
    return region(picture("../figures/lab19-limits", f"Bar charts of limits. {said}"))
