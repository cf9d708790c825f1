"""Three endpoints, the same sweep of workers: they pay where each brings more of what limits, up to the cores."""

from collections.abc import Sequence

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import ASYNC_SLEEP, COMPUTE_INLINE, SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, predicted, throughput
from labs.engine.declare.service import Load, Machine, Scale, Variant, smoke

# C is the machine's cores
ASYNC_1, ASYNC_C, ASYNC_2C = ASYNC = ("async def, W = 1", "async def, W = C", "async def, W = 2C")
DEF_1, DEF_C, DEF_2C = DEF = ("def, W = 1", "def, W = C", "def, W = 2C")
COMPUTE_1, COMPUTE_C, COMPUTE_2C = COMPUTE = ("compute, W = 1", "compute, W = C", "compute, W = 2C")


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        return [
            Variant(name=ASYNC_1, endpoint=ASYNC_SLEEP, ms=100, workers=1, load=smoke(10)),
            Variant(name=DEF_C, endpoint=SYNC_SLEEP, ms=100, workers=2, load=smoke(10)),
            Variant(name=COMPUTE_C, endpoint=COMPUTE_INLINE, ms=5, workers=2, load=smoke(10)),
        ]
    cores = max(1, int(machine.cores))
    # the same users at every W, so that only W changes: enough for the most workers
    wanted = min(10_000, 800 * cores)
    many = min(wanted, machine.vus)
    wait_ms = round(200 * many / wanted)  # N / S stays far above what the CPU can do
    tokens = 40 if cores <= 4 else 10  # many workers would need too many users to fill forty each
    filled = min((4 if cores <= 2 else 10) * 2 * cores * tokens, machine.vus)
    sweeps = (
        (ASYNC, ASYNC_SLEEP, wait_ms, Load(vus=many, steady_s=8, timeout_s=29)),
        (DEF, SYNC_SLEEP, 500, Load(vus=filled, steady_s=10, timeout_s=29)),
        (COMPUTE, COMPUTE_INLINE, 20, Load(vus=min(8 * cores, machine.vus), steady_s=8, timeout_s=29)),
    )
    return [
        Variant(name=name, endpoint=endpoint, ms=ms, workers=workers, load=load, thread_tokens=tokens)
        for names, endpoint, ms, load in sweeps
        for name, workers in _sweep(names, cores)
    ]


def _sweep(names: tuple[str, str, str], cores: int) -> Sequence[tuple[str, int]]:
    one, all_cores, twice = names
    middle = [(all_cores, cores)] if cores > 1 else []  # on one core it is the first row
    return [(one, 1), *middle, (twice, 2 * cores)]


def gain(more: str, base: str) -> Quantity:
    """How many times as much `more` workers complete as those of `base`."""
    return throughput(more) / throughput(base)


def gain_over_theory(more: str, base: str) -> Quantity:
    """That, over how many times as much their ceilings allow."""
    return gain(more, base) / (predicted(more) / predicted(base))


LAB = Lab(
    number=8,
    slug="lab08_more_workers",
    title="Where more workers stop paying",
    claim="workers pay in proportion where tokens limit (W·T/S), and only up to the cores there are where the CPU does",
    variants=variants,
    tolerance=0.05,
    baseline=ASYNC_1,
    checks=(
        Check(
            says="def: throughput with W = 2C / with 1, over 2C",
            quantity=gain_over_theory(DEF_2C, DEF_1),
            at_least=0.95,
            at_most=1.05,
        ),
        Check(
            says="computing: throughput with W = C / with 1, over what the cores allow",
            quantity=gain_over_theory(COMPUTE_C, COMPUTE_1),
            at_least=0.75,
            at_most=1.25,
        ),
        Check(
            says="computing: throughput with W = 2C / with C",
            quantity=gain(COMPUTE_2C, COMPUTE_C),
            at_least=0.75,
            at_most=1.25,
        ),
        Check(says="async def: throughput with W = C / with 1", quantity=gain(ASYNC_C, ASYNC_1), at_least=1.0),
        Check(
            # to the generator a request of async def costs much of what it costs the server, one that computes little
            says="what W = C brings: async def, beside its generator / computing",
            quantity=gain(ASYNC_C, ASYNC_1) / gain(COMPUTE_C, COMPUTE_1),
            at_most=0.9,
        ),
        Check(
            says="async def: throughput with W = 2C / with C",
            quantity=gain(ASYNC_2C, ASYNC_C),
            at_least=0.75,
            at_most=1.25,
        ),
    ),
    captured_at=("auto",),
)
