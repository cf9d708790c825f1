"""Pure: numbers in words, one way everywhere."""

from collections.abc import Sequence

from labs.engine.theory.prediction import LimitedBy

NONE = "–"


def rate(per_s: float | None) -> str:
    """Requests per second to four digits: 31.7, 638.2, 3,270."""
    if per_s is None:
        return NONE
    return f"{per_s:,.0f}" if per_s >= 1000 else f"{per_s:.4g}"


def duration(seconds: float | None) -> str:
    """51 ms, 1.23 s, 0.62 ms, with a space that does not break."""
    if seconds is None:
        return NONE
    if seconds < 0.00095:
        return f"{seconds * 1000:.2g}\u00a0ms"
    return f"{seconds * 1000:.0f}\u00a0ms" if seconds < 0.9995 else f"{seconds:.2f}\u00a0s"


def share(value: float | None) -> str:
    """99.8%, 0%."""
    if value is None:
        return NONE
    return f"{value * 100:.3g}%"


def off(part: float | None) -> str:
    """By which share something is off: +1.2%, −0.5%, +0.0%."""
    return NONE if part is None else f"{round(part * 100, 1) + 0.0:+.1f}%".replace("-", "−")


def size(count: float) -> str:
    """Bytes in MB (10⁶)."""
    return f"{count / 1e6:,.0f} MB"


def spread(values: Sequence[float]) -> str:
    """ "638.0 to 640.1" over repeats; one value alone."""
    low, high = min(values), max(values)
    return rate(low) if rate(low) == rate(high) else f"{rate(low)} to {rate(high)}"


def noise(clock_limited: float, cpu_limited: float) -> str:
    """A noise floor: ±0.15% where a clock limits, ±7.85% where the CPU does."""
    return f"±{share(clock_limited)} where a clock limits, ±{share(cpu_limited)} where the CPU does"


def limited_by(limit: LimitedBy) -> str:
    """What limits a run, as a table's cell: "thread tokens", "between a and b", or not known yet."""
    if not limit.known:
        return "not known before this run: it measures the CPU per request"
    return f"between {' and '.join(limit.resources)}" if limit.on_knee else str(limit.resources[0])


def is_limited_by(limit: LimitedBy) -> str:
    """The same within a sentence: "limited by thread tokens", "between a and b"."""
    return f"limited by {limited_by(limit)}" if limit.only else limited_by(limit)
