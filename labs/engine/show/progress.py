"""Shows a run on stderr while it happens: a live bar on a terminal, a line per stage elsewhere."""

from collections import deque
from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from labs.engine.declare.service import Variant
from labs.engine.formatting import is_limited_by, rate
from labs.engine.results.measurement import Measurement
from labs.engine.theory.prediction import Prediction

RECENT_S = (
    5.0  # requests that wait on the same kind of resource come in bunches: a second alone says too much or little
)


def _workers(variant: Variant) -> str:
    return "1 worker" if variant.workers == 1 else f"{variant.workers} workers"


class LiveProgress(AbstractContextManager["LiveProgress"]):
    """Implements `run.Progress` with rich; where stderr is no terminal nothing is redrawn.

    `predicts` is False for a service that isn't ours: its tokens and pools aren't declared, so nothing is predicted.
    """

    def __init__(self, console: Console, predicts: bool = True) -> None:
        self.console = console
        self.predicts = predicts
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            refresh_per_second=2,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None)
        self._recent: deque[tuple[float, int]] = deque([(0.0, 0)])
        self._said_s = 0.0

    def __enter__(self) -> "LiveProgress":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def stage(self, text: str) -> None:
        self._bar.update(self._task, description=text, total=None)
        if not self.console.is_terminal:
            self.console.print(f"  {text}")

    def note(self, text: str) -> None:
        self.console.print(f"note: {text}", style="yellow", highlight=False, markup=False)

    def predicted(self, variant: Variant, prediction: Prediction, position: str) -> None:
        load = variant.load
        self.console.print(
            f"[bold]{variant.name}[/bold] ({position}): {_workers(variant)}, {load.vus:,} virtual users, "
            f"{load.ramp_s:g} s ramp, {load.steady_s:g} s steady phase, {variant.request.method} {variant.url_path}",
            highlight=False,
        )
        self._recent = deque([(0.0, 0)])
        self._said_s = 0.0
        if not self.predicts:
            return
        limit = is_limited_by(prediction.limited_by)
        if prediction.throughput_per_s is None:
            self.console.print(f"  prediction: {limit}", highlight=False)
        else:
            self.console.print(
                f"  prediction: [bold]{rate(prediction.throughput_per_s)}/s[/bold], {limit} "
                f"({prediction.ceilings[0].formula})",
                highlight=False,
            )

    def tick(self, elapsed_s: float, total_s: float, vus: int, completed: int, failed: int) -> None:
        self._recent.append((elapsed_s, completed))
        while len(self._recent) > 2 and elapsed_s - self._recent[0][0] > RECENT_S:
            self._recent.popleft()
        before_s, before = self._recent[0]
        per_s = (completed - before) / (elapsed_s - before_s) if elapsed_s > before_s else 0.0
        text = f"{vus:,} users, {per_s:,.0f} responses/s, {failed:,} failed"
        self._bar.update(self._task, description=text, completed=min(elapsed_s, total_s), total=total_s)
        if not self.console.is_terminal and elapsed_s - self._said_s >= 10:
            self._said_s = elapsed_s
            self.console.print(f"  {elapsed_s:.0f} s: {text}", highlight=False)

    def measured(self, variant: Variant, prediction: Prediction, measurement: Measurement) -> None:
        self._bar.update(self._task, description="", total=None)
        self.console.print(
            f"  measured:   [bold]{rate(measurement.throughput_per_s)}/s[/bold] "
            f"over {measurement.window.length_s:.3g} s, "
            f"{measurement.requests:,} requests, {measurement.failed:,} failed",
            highlight=False,
        )
