"""W·P connections against what the database allows: loud with min = max, silent with min < max."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, Scale, Variant
from labs.runner.ratios import throughput

ASYNC = Endpoint("/async_select", "database", waits=1, holds_connection=1, pool="async", ms_parameter="wait_ms")

ROOM = 100  # max_connections, PostgreSQL's own default
RESERVED = 3  # superuser_reserved_connections: an ordinary role may use 97
TINY, SAFE, SILENT, LOUD = "small pool", "largest safe pool", "too large, min < max", "too large, min = max"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    workers = 4 if scale == "post" else 2
    load = {
        "post": Load(2_000),
        "auto": Load(min(400, machine.vus), hold_s=10, timeout_s=29),
        "smoke": Load(10, 0.2, 2, 5, 6),
    }[scale]
    largest = (ROOM - RESERVED) // workers
    safe = Variant(
        SAFE, ASYNC, 0, workers, load, pool_size=largest, max_connections=ROOM, judged=False, pool_timeout_s=10
    )
    loud = replace(safe, name=LOUD, pool_size=largest + 10, may_fail_to_start=True)
    if scale == "smoke":
        return [safe, loud]
    return [
        replace(safe, name=TINY, pool_size=5),
        safe,
        replace(safe, name=SILENT, pool_size=largest + 10, pool_min_size=1),
        loud,
    ]


def starts(seen: Mapping[str, Observed]) -> float:
    return seen[LOUD].throughput_per_s


def refused(seen: Mapping[str, Observed]) -> float:
    return float(seen[SILENT].database_fatals or 0)


def refused_when_safe(seen: Mapping[str, Observed]) -> float:
    return float(seen[SAFE].database_fatals or 0)


LAB = Lab(
    number=7,
    slug="lab07_too_many_clients",
    title="Too many clients",
    claim="W·P above max_connections − 3 fails at start with min = max, silently with min < max; 5 a worker suffice",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            "throughput with P = 5 / with the largest safe pool",
            throughput(TINY, SAFE),
            (TINY, SAFE),
            low=0.85,
            clock_bound=False,
        ),
        Check("answers a second of a service whose pools cannot open", starts, (LOUD,), low=0.0, high=0.0),
        Check("FATAL lines in PostgreSQL's log while every request succeeds", refused, (SILENT,), low=1),
        Check("FATAL lines with the largest safe pool", refused_when_safe, (SAFE,), low=0.0, high=0.0),
    ),
    captured_at=("post", "auto"),
)
