"""`anyio.run` inside `def` waits on a loop of its own: the same thread token, the same ceiling, more CPU."""

from collections.abc import Mapping, Sequence

from labs.post import ANYIO_RUN_16, SYNC_SLEEP_16
from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, PostComparison, Scale, Variant
from labs.runner.ratios import throughput

SYNC_SLEEP = Endpoint("/sync_endpoint_sync_processing", module="waiting", waits=1, holds_token=1)
ANYIO_RUN = Endpoint("/sync_endpoint_async_processing", module="waiting", waits=1, holds_token=1)

SLEEP, RUN = "time.sleep", "anyio.run"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        load = Load(40, 0.2, 2, 5, 6)
        return [Variant(name, endpoint, 100, 2, load, thread_tokens=4) for name, endpoint in twins()]
    # N = 4·W·T with two workers
    few = 2 if machine.vus >= 320 else 1
    small = Load(160 * few, hold_s=18, timeout_s=29)
    ms, workers, load = (1000, 16, Load(10_000)) if scale == "post" else (250, few, small)
    sources = {SLEEP: SYNC_SLEEP_16.id, RUN: ANYIO_RUN_16.id}
    return [Variant(name, endpoint, ms, workers, load, source=sources[name]) for name, endpoint in twins()]


def twins() -> Sequence[tuple[str, Endpoint]]:
    return [(SLEEP, SYNC_SLEEP), (RUN, ANYIO_RUN)]


def cpu(seen: Mapping[str, Observed]) -> float:
    return (seen[RUN].cpu_s_per_request or 0.0) / (seen[SLEEP].cpu_s_per_request or 1.0)


LAB = Lab(
    number=3,
    slug="lab03_anyio_run",
    title="anyio.run inside def",
    claim="await inside a def, by anyio.run, completes the same W·T/S as time.sleep and costs more CPU per request",
    variants=variants,
    tolerance=0.03,
    checks=(
        Check("throughput of anyio.run / of time.sleep", throughput(RUN, SLEEP), (SLEEP, RUN), 0.97, 1.03),
        Check("CPU per request of anyio.run / of time.sleep", cpu, (SLEEP, RUN), low=1.25, clock_bound=False),
    ),
    post=PostComparison(
        "throughput of anyio.run / of time.sleep", throughput(RUN, SLEEP), (SLEEP, RUN), tolerance=0.03
    ),
    captured_at=("post", "auto"),
    sources=(SYNC_SLEEP_16, ANYIO_RUN_16),
)
