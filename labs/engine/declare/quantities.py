"""The numbers that claims compare, each knowing which variants it reads.

`throughput("W = 6") / throughput("W = 1")` is such a number: it reads two variants. Quantities divide,
multiply and combine; a lab with a number of its own wraps a function, `Quantity(("closed",), omitted)`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from labs.engine.declare.service import Variant

if TYPE_CHECKING:  # a claim speaks of what will be measured, long before anything is: names only, no code
    from labs.engine.results.measurement import Measurement, ResponseTimes, ServerMetrics


class Observed(Protocol):
    """One row: a run of ours, or a result that was published and has neither measurement nor variant."""

    @property
    def throughput_per_s(self) -> float: ...

    @property
    def predicted_per_s(self) -> float | None: ...

    @property
    def measurement(self) -> "Measurement | None": ...

    @property
    def times(self) -> "ResponseTimes | None": ...

    @property
    def variant(self) -> Variant | None: ...


Seen = Mapping[str, Observed]
"""One repeat of a lab: its rows by the variant's name."""


@dataclass(frozen=True)
class Quantity:
    """A dimensionless number, or one with a unit on its way to become dimensionless.

    reads       the names of the variants it is computed from
    of          computes it from one repeat of those variants
    uses_cpu    it is CPU time, or moves with it: a disturbance can push it either way
    percentile  the highest percentile it reads (99 for a p99): too few samples make a run inconclusive
    """

    reads: tuple[str, ...]
    of: Callable[[Seen], float]
    uses_cpu: bool = False
    percentile: float | None = None

    def __truediv__(self, other: "Quantity | float") -> "Quantity":
        return _combined(lambda mine, theirs: mine / theirs, self, other)

    def __mul__(self, other: "Quantity | float") -> "Quantity":
        return _combined(lambda mine, theirs: mine * theirs, self, other)

    def __sub__(self, other: "Quantity | float") -> "Quantity":
        return _combined(lambda mine, theirs: mine - theirs, self, other)


def _combined(operation: Callable[[float, float], float], one: Quantity, other: Quantity | float) -> Quantity:
    if not isinstance(other, Quantity):
        number = other
        return Quantity(one.reads, lambda seen: operation(one.of(seen), number), one.uses_cpu, one.percentile)
    percentiles = [p for p in (one.percentile, other.percentile) if p is not None]
    return Quantity(
        tuple(dict.fromkeys((*one.reads, *other.reads))),
        lambda seen: operation(one.of(seen), other.of(seen)),
        one.uses_cpu or other.uses_cpu,
        max(percentiles, default=None),
    )


def smallest(*quantities: Quantity) -> Quantity:
    return _folded(min, quantities)


def largest(*quantities: Quantity) -> Quantity:
    return _folded(max, quantities)


def _folded(choose: Callable[..., float], quantities: tuple[Quantity, ...]) -> Quantity:
    first, *others = quantities
    for other in others:
        first = _combined(choose, first, other)
    return first


# --- of any row, ours or the post's -------------------------------------------------------


def throughput(name: str) -> Quantity:
    return Quantity((name,), lambda seen: seen[name].throughput_per_s)


def predicted(name: str) -> Quantity:
    """The lowest ceiling; a run whose ceilings were not known before it has none, and the check says so."""

    def of(seen: Seen) -> float:
        per_s = seen[name].predicted_per_s
        if per_s is None:
            raise ValueError(f"{name} was not predicted")
        return per_s

    return Quantity((name,), of)


def share_of_prediction(name: str) -> Quantity:
    return throughput(name) / predicted(name)


# --- of a row that ran here ---------------------------------------------------------------


def measured(seen: Seen, name: str) -> "Measurement":
    """Raises ValueError for a row that was only published."""
    found = seen[name].measurement
    if found is None:
        raise ValueError(f"{name} was not measured here")
    return found


def configured(seen: Seen, name: str) -> Variant:
    """The variant as it ran, the reader's overrides applied. Raises ValueError for a row that was only published."""
    found = seen[name].variant
    if found is None:
        raise ValueError(f"{name} did not run here")
    return found


def response_time(name: str, percent: int) -> Quantity:
    """p50, p90, p95 or p99, seconds: of the window, or of the whole run where the variant declares that."""

    def of(seen: Seen) -> float:
        times = seen[name].times
        if times is None:
            raise ValueError(f"{name} was not measured here")
        return float(getattr(times, f"p{percent}"))

    return Quantity((name,), of, percentile=percent)


def failed_share(name: str) -> Quantity:
    return Quantity((name,), lambda seen: measured(seen, name).failed_share)


def server_cpu(name: str) -> Quantity:
    """c: CPU seconds per request of the server's processes."""
    return Quantity((name,), lambda seen: measured(seen, name).server.cpu_s_per_request, uses_cpu=True)


def probed(seen: Seen, name: str) -> "ResponseTimes":
    """What the probe beside a variant felt. Raises ValueError where there was none."""
    found = measured(seen, name).probe
    if found is None or not found.samples:
        raise ValueError(f"{name} had no probe")
    return found


def start_up_s(seen: Seen, name: str) -> float:
    """Of a planned restart that ends the server: how long its successor took to be ready.

    Raises ValueError where there was none, or it wasn't finished.
    """
    times = measured(seen, name).restart
    if times is None or times.start_s is None:
        raise ValueError(f"{name} had no restart that was finished")
    return times.start_s


def probe_time(name: str, percent: int) -> Quantity:
    """p50 or p99 of the probe beside a variant, seconds."""
    return Quantity((name,), lambda seen: float(getattr(probed(seen, name), f"p{percent}")))


def told(seen: Seen, name: str) -> "ServerMetrics":
    """What the workers reported of themselves. Raises ValueError where they reported nothing."""
    found = measured(seen, name).server_metrics
    if found is None:
        raise ValueError(f"{name} reported no server metrics")
    return found


def typical(name: str, gauge: str) -> Quantity:
    """A gauge of the server metrics: the typical second's value of the worker that has the highest.

    A run's `result.json` has their names, under server_metrics: loop_lag_seconds, tokens_in_use, tokens_waiting,
    pool_in_use, pool_waiting, in_flight, and others.
    """
    return Quantity((name,), lambda seen: told(seen, name).typical(gauge))


def highest(name: str, gauge: str) -> Quantity:
    """The highest value of a gauge in any worker and second."""
    return Quantity((name,), lambda seen: told(seen, name).highest(gauge))


# --- of the whole run, where nothing in it is steady ---------------------------------------


def served(name: str) -> Quantity:
    """Expected responses of the whole run."""
    return Quantity((name,), lambda seen: float(measured(seen, name).requests - measured(seen, name).failed))


def whole_run(name: str) -> Quantity:
    """Responses per second of the whole run, as k6 counts: a window inside it would count whole bursts or miss them."""
    return Quantity((name,), lambda seen: measured(seen, name).k6_rate_per_s)
