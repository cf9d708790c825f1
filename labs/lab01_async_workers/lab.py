"""An `async def` endpoint that only awaits: nothing is held, so the CPU decides, and workers add CPU."""

from collections.abc import Sequence

from labs.engine.declare.claim import Check, PostComparison
from labs.engine.declare.endpoints import ASYNC_SLEEP
from labs.engine.declare.lab import HomeBar, Lab
from labs.engine.declare.quantities import response_time, throughput
from labs.engine.declare.service import Load, Machine, Scale, Variant, smoke
from labs.post import ASYNC_SLEEP_1, ASYNC_SLEEP_6

ONE, TWO, SIX = "W = 1", "W = 2", "W = 6"
GAIN = throughput(SIX) / throughput(ONE)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        return [
            Variant(name=name, endpoint=ASYNC_SLEEP, ms=100, workers=workers, load=smoke(20))
            for name, workers in ((ONE, 1), (TWO, 2))
        ]
    # the users' own ceiling N / S must lie well above what the CPU can do, or it would be the limit
    if scale == "post":
        ms, load = 1000, Load(vus=10_000)
    else:
        wanted = min(10_000, round(2_000 * machine.cores))
        vus = min(wanted, machine.vus)
        ms, load = round(500 * vus / wanted), Load(vus=vus, steady_s=15, timeout_s=29)
    return [
        Variant(name=name, endpoint=ASYNC_SLEEP, ms=ms, workers=workers, load=load, repeats=row)
        for name, workers, row in ((ONE, 1, ASYNC_SLEEP_1), (TWO, 2, None), (SIX, 6, ASYNC_SLEEP_6))
    ]


LAB = Lab(
    number=1,
    slug="lab01_async_workers",
    title="Workers for async def",
    claim="an async def that only awaits is limited by CPU: W/c with one worker, all cores' C/(c+g) with many",
    variants=variants,
    tolerance=0.05,
    baseline=ONE,
    checks=(
        Check(says="throughput with 6 workers / with 1", quantity=GAIN, at_least=1.15),
        Check(
            says="p95 with 1 worker / with 6", quantity=response_time(ONE, 95) / response_time(SIX, 95), at_least=1.5
        ),
    ),
    post=PostComparison(says="throughput with 6 workers / with 1", quantity=GAIN, tolerance=0.25),
    captured_at=("post", "auto"),
    home_bar=HomeBar(variant=SIX, label="async def that awaits, 6 workers"),
)
