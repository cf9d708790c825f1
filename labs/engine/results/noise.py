"""The noise floor of a machine, from runs that differ in nothing but their name; and what is kept of it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from pydantic import TypeAdapter, ValidationError

from labs.engine.files import write_text
from labs.engine.paths import runs

NAME = "noise.json"


@dataclass(frozen=True)
class NoiseFloor:
    """How far identical runs lay from their middle on this machine, (max − min) / 2 / median of throughput."""

    clock_limited: float
    cpu_limited: float
    measured_at: str

    def of(self, clock_limited: bool) -> float:
        return self.clock_limited if clock_limited else self.cpu_limited


FLOORS = TypeAdapter(dict[str, NoiseFloor])


def floor(identical: Iterable[tuple[bool, object, float]], measured_at: str) -> NoiseFloor:
    """The farthest that runs of one configuration lie from their middle, (max − min) / 2 / median.

    Of each run: whether a clock limited it, its configuration, its throughput. 0 where none ran twice.
    """
    alike: dict[tuple[bool, object], list[float]] = defaultdict(list)
    for clock_limited, configuration, throughput_per_s in identical:
        alike[clock_limited, configuration].append(throughput_per_s)
    widest: dict[bool, float] = {True: 0.0, False: 0.0}
    for (clock_limited, _), values in alike.items():
        widest[clock_limited] = max(widest[clock_limited], (max(values) - min(values)) / 2 / median(values))
    return NoiseFloor(round(widest[True], 4), round(widest[False], 4), measured_at)


def known() -> dict[str, NoiseFloor]:
    """The noise floor of each machine this home ran lab 0 on; none where that file is missing or damaged."""
    try:
        return FLOORS.validate_json((runs() / NAME).read_bytes())
    except (OSError, ValidationError):
        return {}


def keep(machine: str, measured: NoiseFloor) -> None:
    write_text(runs() / NAME, FLOORS.dump_json(known() | {machine: measured}, indent=1).decode() + "\n")
