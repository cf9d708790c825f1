"""W·P connections against what the database allows: loud with min = max, silent with min < max."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import ASYNC_SELECT
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, Seen, measured, throughput
from labs.engine.declare.service import Load, Machine, Pool, Scale, Variant, smoke

ROOM = 100  # max_connections, PostgreSQL's own default
RESERVED = 3  # superuser_reserved_connections: an ordinary role may use 97
TINY, SAFE, SILENT, LOUD = "small pool", "largest safe pool", "too large, min < max", "too large, min = max"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    workers = 4 if scale == "post" else 2
    load = {
        "post": Load(vus=2_000),
        "auto": Load(vus=min(400, machine.vus), steady_s=10, timeout_s=29),
        "smoke": smoke(10),
    }[scale]
    largest = (ROOM - RESERVED) // workers
    safe = Variant(
        name=SAFE,
        endpoint=ASYNC_SELECT,
        ms=0,
        workers=workers,
        load=load,
        pool=_pool(largest),
        max_connections=ROOM,
        judged=False,
    )
    loud = replace(safe, name=LOUD, pool=_pool(largest + 10), may_fail_to_start=True)
    if scale == "smoke":
        return [safe, loud]
    return [
        replace(safe, name=TINY, pool=_pool(5)),
        safe,
        replace(safe, name=SILENT, pool=_pool(largest + 10, min_size=1)),
        loud,
    ]


def _pool(size: int, min_size: int | None = None) -> Pool:
    return Pool(size=size, min_size=min_size, timeout_s=10)


def fatals(name: str) -> Quantity:
    """How many connections PostgreSQL refused with a FATAL line in its log."""

    def of(seen: Seen) -> float:
        count = measured(seen, name).database_fatals
        if count is None:
            raise ValueError(f"{name}: the log of a database that we did not start can't be read")
        return float(count)

    return Quantity((name,), of)


LAB = Lab(
    number=7,
    slug="lab07_too_many_clients",
    title="Too many clients",
    claim="if pools want more connections than a database allows, the service doesn't start, or starts and logs errors",
    variants=variants,
    tolerance=0.05,
    checks=(
        # what is counted here does not depend on how busy the CPU is
        Check(
            says="responses per second of a service whose pools cannot open",
            quantity=throughput(LOUD),
            at_most=0,
            clock_limited=True,
            spoken="the service whose pools can't open completes {value} requests per second (claimed: none)",
        ),
        Check(
            says="FATAL lines in PostgreSQL's log while every request succeeds",
            quantity=fatals(SILENT),
            at_least=1,
            clock_limited=True,
            spoken="pools that are too large and start small leave {value} FATAL lines in PostgreSQL's log "
            "(claimed: at least 1)",
        ),
        Check(
            says="FATAL lines with the largest safe pool",
            quantity=fatals(SAFE),
            at_most=0,
            clock_limited=True,
            spoken="the largest safe pools leave {value} FATAL lines (claimed: none)",
        ),
    ),
    captured_at=("post", "auto"),
)
