"""An `async def` endpoint that only awaits: nothing is held, so the CPU decides, and workers add CPU."""

from collections.abc import Sequence

from labs.engine.declare.claim import Check, PostComparison
from labs.engine.declare.endpoints import ASYNC_SLEEP
from labs.engine.declare.lab import HomeBar, Lab
from labs.engine.declare.published import PostRow
from labs.engine.declare.quantities import Quantity, Seen, configured, throughput
from labs.engine.declare.service import Load, Machine, Scale, Variant, smoke
from labs.engine.theory.queueing import thread_tokens
from labs.post import ASYNC_SLEEP_1, ASYNC_SLEEP_6

ONE, TWO, SIX = "W = 1", "W = 2", "W = 6"
GAIN = throughput(SIX) / throughput(ONE)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        return [
            Variant(name=name, endpoint=ASYNC_SLEEP, ms=100, workers=workers, load=smoke(20))
            for name, workers in ((ONE, 1), (TWO, 2))
        ]
    rows: tuple[tuple[str, int, PostRow | None], ...]
    rows = ((ONE, 1, ASYNC_SLEEP_1), (TWO, 2, None), (SIX, 6, ASYNC_SLEEP_6))
    # the users' own ceiling N / S must lie well above what the CPU can do, or it would be the limit
    if scale == "post":
        ms, load = 1000, Load(vus=10_000)
    else:
        # so few, and coming so slowly, that a busy loop accepts them all: one per round
        wanted = min(10_000, round(500 * machine.cores))
        vus = min(wanted, machine.vus)
        ms, load = round(100 * vus / wanted), Load(vus=vus, ramp_s=3, steady_s=5, timeout_s=29)
    return [
        Variant(name=name, endpoint=ASYNC_SLEEP, ms=ms, workers=workers, load=load, repeats=row)
        for name, workers, row in rows
    ]


def over_tokens(name: str) -> Quantity:
    """Throughput over W·T/S: what as many workers could do if a request held one of forty thread tokens."""

    def of(seen: Seen) -> float:
        variant = configured(seen, name)
        tokens = thread_tokens(variant.workers, variant.thread_tokens, variant.service_time_s)
        return seen[name].throughput_per_s / tokens

    return Quantity((name,), of)


LAB = Lab(
    number=1,
    slug="lab01_async_workers",
    title="What async def costs",
    claim="a request that only awaits takes no thread: the CPU is the limit, and it allows far more than threads would",
    variants=variants,
    tolerance=0.05,
    baseline=ONE,
    checks=(
        Check(
            says="throughput with 1 worker / what 40 thread tokens would allow",
            quantity=over_tokens(ONE),
            at_least=2,
            spoken="one worker completes {value} times what 40 thread tokens would allow (claimed: at least 2 times)",
            clock_limited=True,  # the tokens' clock is what it is held against; a disturbance can only lower it
        ),
    ),
    post=PostComparison(says="throughput with 6 workers / with 1", quantity=GAIN, tolerance=0.25),
    captured_at=("post", "auto"),
    home_bar=HomeBar(variant=ONE, label="async def that only awaits"),
)
