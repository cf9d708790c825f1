"""What only lab 24's page has: requests and tasks on the same tokens, the line that grows, a published case."""

from collections.abc import Iterator
from statistics import median

from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from labs.engine.formatting import duration
from labs.engine.results.result import Run, median_runs
from labs.lab24_background_tasks.lab import AWAITED, LAB, PILED, ROUTE_MS, TIMES_AS_LONG, TOKENS, USERS
from labs.lab24_background_tasks.model import Scenario, play, responses
from labs.pages.captured import captured
from labs.pages.figures import WIDTH_IN, Draw, Palette
from labs.pages.markdown import fold, picture, region, table

SHOWN_S = 3.0
OURS = Scenario(
    users=USERS, tokens=TOKENS, route_s=ROUTE_MS / 1000, task_s=TIMES_AS_LONG * ROUTE_MS / 1000, spawned_per_s=200
)
# github.com/sshevlyagin/fastapi-sync-vs-async, route, inner function and task all sync: users, spawned per second,
# responses in 30 s. A wait of 0.2 s, a task of 10 s, a pause of 0.1 to 0.5 s
PUBLISHED = ((10, 5, 127), (40, 10, 148), (100, 20, 189))
PUBLISHED_S, SEEDS = 30.0, 100


def published(users: int, spawned_per_s: float) -> Scenario:
    return Scenario(
        users=users, tokens=40, route_s=0.2, task_s=10, pauses_s=(0.1, 0.5), spawned_per_s=spawned_per_s
    )  # fmt: skip


def simulated(users: int, spawned_per_s: float) -> list[int]:
    """How many responses the published load gets, a value per seed, sorted."""
    return sorted(len(responses(published(users, spawned_per_s), PUBLISHED_S, seed)) for seed in range(SEEDS))


def published_case() -> str:
    """Responses within 30 s: simulated from what the source states, and as published."""
    headings = ("users", "simulated, median", "from … to", "published")
    return region(fold("Responses within 30 s, simulated and published", table(headings, _published_rows())))


def _published_rows() -> Iterator[tuple[object, ...]]:
    for users, spawned_per_s, measured in PUBLISHED:
        counts = simulated(users, spawned_per_s)
        yield users, f"{median(counts):g}", f"{counts[0]} to {counts[-1]}", measured


def tokens_figure() -> Draw:
    """A row per token: requests, and the tasks they leave behind. Computed, not measured."""

    def draw(palette: Palette) -> Figure:
        figure, axes = pyplot.subplots(figsize=(WIDTH_IN, 2.8), layout="constrained")
        colors = {False: palette.measured, True: palette.predicted}
        for held in play(OURS, SHOWN_S):
            length_s = min(held.end_s, SHOWN_S) - held.start_s
            axes.broken_barh([(held.start_s, length_s - 0.015)], (held.token + 0.1, 0.8), color=colors[held.is_task])
        axes.set_xlim(0, SHOWN_S)
        axes.set_ylim(TOKENS, 0)
        axes.set_yticks([0.5, TOKENS - 0.5], ["1", str(TOKENS)])
        axes.set_ylabel("thread tokens")
        axes.set_xlabel("seconds")
        kinds = {False: "request", True: "background task"}
        legend = [Patch(color=colors[is_task], label=said) for is_task, said in kinds.items()]
        figure.legend(handles=legend, loc="outside upper left", ncols=2, frameon=False, labelcolor=palette.ink)
        return figure

    return draw


def tokens() -> str:
    said = (
        f"Computed timeline of {TOKENS} thread tokens. All serve requests at first; then most of their time goes "
        "to the background tasks that the requests left behind."
    )
    return region(picture("../figures/lab24-tokens", said))


def _line(run: Run) -> list[float]:
    """How many tasks and requests waited for a token, read every second of the window."""
    metrics = run.measurement.server_metrics
    return [sum(row) for row in metrics.gauges["tokens_waiting"]] if metrics else []


def line_figure() -> Draw:
    """The slowest responses of each second, and the line for a token, over the seconds of the load."""
    run = median_runs(captured(LAB, "auto"))[PILED]
    waiting, load = _line(run), run.variant.load
    slow_s = run.measurement.timeline.p95_s[: int(load.ramp_s + load.steady_s)]

    def draw(palette: Palette) -> Figure:
        figure, (above, below) = pyplot.subplots(2, figsize=(WIDTH_IN, 3.8), layout="constrained", sharex=True)
        above.plot(range(len(slow_s)), [s or 0 for s in slow_s], color=palette.measured, linewidth=2, marker="o")
        above.set_title("p95 of the responses, s", loc="left")
        above.set_ylim(0, 1)
        below.plot(range(1, len(waiting) + 1), waiting, color=palette.failed, linewidth=2, marker="o")
        below.set_title("waiting for a thread token", loc="left")
        below.set_ylim(bottom=0)
        below.set_xlabel("seconds")
        return figure

    return draw


PICTURES = {"lab24-tokens": tokens_figure, "lab24-line": line_figure}


def line() -> str:
    runs = median_runs(captured(LAB, "auto"))
    p95_s = runs[PILED].times.p95
    longest, beside = (max(_line(runs[name]), default=0) for name in (PILED, AWAITED))
    said = (
        f"Two line charts. The 95th percentile of the responses stays near {duration(p95_s)} while the line for a "
        f"thread token grows to {longest:.0f}. With async def tasks the line has {beside:.0f}."
    )
    return region(picture("../figures/lab24-line", said))
