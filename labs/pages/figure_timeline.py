"""Draws one capture second by second: what completed, and what the server held meanwhile."""

from collections.abc import Sequence

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labs.engine.formatting import duration
from labs.engine.results.measurement import Timeline
from labs.engine.results.result import Result, Run, median_runs
from labs.pages.figures import WIDTH_IN, Draw, Palette, brief

SHOWN_TOGETHER = 4  # variants in one chart: as many as the palette has colours


def timeline(result: Result) -> Draw:
    """Responses and failures of every second, one chart per variant (its median repeat)."""
    chosen = list(median_runs(result).items())

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(
            len(chosen),
            1,
            figsize=(WIDTH_IN, 0.6 + 1.75 * len(chosen)),
            layout="constrained",
            squeeze=False,
            sharex=True,
        )
        for axes, (name, run) in zip(charts[:, 0], chosen, strict=True):
            _timeline_chart(axes, name, run, palette)
        charts[-1, 0].set_xlabel("seconds since the first request")
        return figure

    return draw


def _timeline_chart(axes: Axes, name: str, run: Run, palette: Palette) -> None:
    line, window = run.measurement.timeline, run.measurement.window
    axes.axvspan(window.start_s, window.start_s + window.length_s, color=palette.faint, alpha=0.35, linewidth=0)
    middles = [second + 0.5 for second in line.second]
    axes.bar(middles, line.expected_per_s, width=0.9, color=palette.measured)
    if any(line.failed_per_s):
        axes.bar(middles, line.failed_per_s, width=0.9, bottom=line.expected_per_s, color=palette.failed)
    predicted = run.predicted_per_s
    if predicted:
        axes.axhline(predicted, color=palette.predicted, linewidth=1.5)
    highest = max(max(line.expected_per_s, default=1), predicted or 0.0)
    if any(line.failed_per_s):
        highest = max(highest, *(e + f for e, f in zip(line.expected_per_s, line.failed_per_s, strict=True)))
    axes.set_ylim(0, highest * 1.15)
    axes.set_title(name, loc="left")
    axes.set_ylabel("requests/s")


def resources(result: Result) -> Draw:
    """p95, requests in flight, CPU, memory, threads, descriptors of every second; one line per variant."""
    chosen = _shown(result)

    def draw(palette: Palette) -> Figure:
        figure, charts = pyplot.subplots(6, 1, figsize=(WIDTH_IN, 9.0), layout="constrained", sharex=True)
        for axes, (title, _) in zip(charts.flat, _quantities(chosen[0][1].measurement.timeline), strict=True):
            axes.set_title(title, loc="left")
        for place, (name, run) in enumerate(chosen):
            line = run.measurement.timeline
            for axes, (_, values) in zip(charts.flat, _quantities(line), strict=True):
                known = [(s + 0.5, v) for s, v in zip(line.second, values, strict=True) if v is not None]
                label = name if axes is charts.flat[0] else None
                axes.plot([s for s, _ in known], [v for _, v in known], color=palette.series[place], label=label)
        for axes in charts.flat:
            axes.set_ylim(bottom=0)
        charts[-1].set_xlabel("seconds since the first request")
        figure.legend(loc="outside lower left", ncols=1, frameon=False, labelcolor=palette.ink)
        return figure

    return draw


def resources_description(result: Result) -> str:
    """Alternative text: which charts there are. A capture file has every value."""
    names = ", ".join(title for title, _ in _quantities(_shown(result)[0][1].measurement.timeline))
    return f"Six line charts over the seconds of the run, one line per variant: {names}."


def _shown(result: Result) -> list[tuple[str, Run]]:
    return [(name, run) for name, run in median_runs(result).items() if run.measurement.timeline.second][
        :SHOWN_TOGETHER
    ]


def _quantities(line: Timeline) -> list[tuple[str, Sequence[float | None]]]:
    memory = [None if value is None else value / 1e6 for value in line.server_rss_bytes]
    return [
        ("p95 of the second's responses, s", line.p95_s),
        ("requests in flight", line.in_flight),
        ("server CPU, cores", line.server_cpu_cores),
        ("server memory, MB", memory),
        ("server threads", line.server_threads),
        ("server descriptors", line.server_fds),
    ]


def description(result: Result) -> str:
    """Alternative text: what the timeline shows."""
    parts = []
    for name, run in median_runs(result).items():
        measured = run.measurement
        end = duration(float(measured.timeline.second[-1] + 1)) if measured.timeline.second else "no time"
        parts.append(
            f"{name}: {measured.requests - measured.failed:,} completed and {measured.failed:,} failed in {end}"
        )
    failed = sum(run.measurement.failed for run in median_runs(result).values())
    return brief(
        "Responses and failures of every second. " + "; ".join(parts) + ".",
        f"Responses and failures of every second, one chart for each of {len(parts)} rows; {failed:,} requests failed.",
    )
