"""Reads what came back of one row: the files of its runners, and what the watcher saw. Makes a raw run of them."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from labs.elsewhere import settings
from labs.elsewhere.watch import Second, Where
from labs.engine.declare.service import Variant
from labs.engine.errors import UsageError
from labs.engine.harness import load, machine
from labs.engine.harness.gauges import Reading
from labs.engine.harness.load import Generated
from labs.engine.harness.sampler import Sample, Series, generator_trees
from labs.engine.harness.trial import RawRun

WHERE, SECOND = TypeAdapter(Where), TypeAdapter(Second)


@dataclass(frozen=True)
class Watched:
    """Everything the watcher saw of one service, from its start to its end."""

    where: Where
    seconds: tuple[Second, ...]

    @property
    def samples(self) -> list[Sample]:
        return [sample for second in self.seconds for sample in second.samples]

    @property
    def readings(self) -> list[Reading]:
        return [reading for second in self.seconds for reading in second.readings]

    def between(self, start_s: float, end_s: float) -> "Watched":
        """What was seen while the load ran (seconds since the epoch)."""
        chosen = tuple(second for second in self.seconds if start_s <= second.clocks[0] <= end_s)
        return Watched(self.where, chosen)

    def workers_gone(self, wanted: int) -> int:
        """How many of the first workers were missing or replaced at some time."""
        ever = {pid for second in self.seconds for pid in second.workers}
        fewest = min((len(second.workers) for second in self.seconds), default=wanted)
        return max(len(ever) - wanted, wanted - fewest, 0)

    def listen_overflows(self) -> int | None:
        counted = [second.listen_overflows for second in self.seconds if second.listen_overflows is not None]
        return counted[-1] - counted[0] if counted else None

    def clock_jump_s(self) -> float:
        if len(self.seconds) < 2:
            return 0.0
        return machine.clock_jump_s(self.seconds[0].clocks, self.seconds[-1].clocks)


def watched(results: Path, row: str) -> Watched | None:
    """What the watcher of a row left; None if it left nothing. Its last line may have been cut off."""
    path = results / settings.watched_name(row)
    if not path.exists():
        return None
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    try:
        first, *others = [line for line in lines if line.endswith("\n")]
        return Watched(WHERE.validate_json(first), tuple(SECOND.validate_json(line) for line in others))
    except (ValueError, ValidationError) as error:
        raise UsageError(f"{path} isn't what the watcher writes: fetch it again") from error


def gathered(results: Path, row: str, generators: int, into: Path) -> tuple[Path, ...]:
    """The files of a row's runners, in a folder each as the harness would have left them.

    Raises UsageError, naming the file, where a runner's records or summary are missing.
    """
    folders = []
    for number in range(1, generators + 1):
        job = settings.runner(row, number)
        place = into / f"generator-{number}"
        place.mkdir(parents=True, exist_ok=True)
        for name, kept_as in ((settings.records_name(job), load.REQUESTS), (settings.summary_name(job), load.SUMMARY)):
            source = results / name
            if not source.exists():
                raise UsageError(f"{source} is missing: generator {number} of {generators} left no such file")
            shutil.copyfile(source, place / kept_as)
        console = results / settings.console_name(job)
        (place / load.CONSOLE).write_bytes(console.read_bytes() if console.exists() else b"")
        folders.append(place)
    return tuple(folders)


def raw_run(folders: Sequence[Path], variant: Variant, seen: Watched | None) -> RawRun:
    """What the harness would have noted, as far as it was seen. The load's own time is k6's."""
    elapsed_s = max(_duration_s(folder) for folder in folders)
    unseen: dict[str, list[Sample]] = {name: [] for name in generator_trees(len(folders))}
    return RawRun(
        generated=Generated(
            tuple(folders), exit=0, elapsed_s=elapsed_s, harness_cpu_s=0.0,
            clock_jump_s=seen.clock_jump_s() if seen else 0.0,
        ),
        series=Series({"server": seen.samples if seen else [], **unseen}),
        worker_responses=(),
        workers_replaced=seen.workers_gone(variant.workers) if seen else 0,
        listen_overflows=seen.listen_overflows() if seen else None,
        boot_s=0.0,
        overhead_s=0.0,
        readings=seen.readings if seen else (),
    )  # fmt: skip


def _duration_s(folder: Path) -> float:
    try:
        return float(json.loads((folder / load.SUMMARY).read_text())["state"]["testRunDurationMs"]) / 1000
    except (ValueError, KeyError) as error:
        raise UsageError(f"{folder / load.SUMMARY} isn't a summary of k6: fetch it again") from error
