"""Three endpoints, the same sweep of workers: they pay where each brings more of what limits, up to the cores."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import COMPUTE_INLINE, SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, configured, predicted, throughput
from labs.engine.declare.service import Load, Machine, Scale, Variant, smoke

# C is the machine's cores
DEF_1, DEF_2C = "def, W = 1", "def, W = 2C"
COMPUTE_1, COMPUTE_C, COMPUTE_2C = "compute, W = 1", "compute, W = C", "compute, W = 2C"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        return [
            Variant(name=DEF_1, endpoint=SYNC_SLEEP, ms=100, workers=1, load=smoke(10)),
            Variant(name=DEF_2C, endpoint=SYNC_SLEEP, ms=100, workers=2, load=smoke(10)),
            Variant(name=COMPUTE_C, endpoint=COMPUTE_INLINE, ms=5, workers=2, load=smoke(10)),
        ]
    cores = max(1, int(machine.cores))
    tokens = 40 if cores <= 4 else 10  # many workers would need too many users to fill forty each
    # the same users at every W, so that only W changes: enough for the most workers
    filled = Load(vus=min((4 if cores <= 2 else 10) * 2 * cores * tokens, machine.vus), steady_s=12, timeout_s=29)
    waiting = Variant(name=DEF_1, endpoint=SYNC_SLEEP, ms=500, workers=1, load=filled, thread_tokens=tokens)
    few = Load(vus=min(8 * cores, machine.vus), steady_s=4, timeout_s=29)
    computing = Variant(name=COMPUTE_1, endpoint=COMPUTE_INLINE, ms=20, workers=1, load=few)
    return [
        waiting,
        replace(waiting, name=DEF_2C, workers=2 * cores),
        computing,
        *([replace(computing, name=COMPUTE_C, workers=cores)] if cores > 1 else []),  # on one core it is the first row
        replace(computing, name=COMPUTE_2C, workers=2 * cores),
    ]


def gain(more: str, base: str) -> Quantity:
    """How many times as much `more` workers complete as those of `base`."""
    return throughput(more) / throughput(base)


def gain_over_theory(more: str, base: str) -> Quantity:
    """That, over how many times as much their ceilings allow."""
    return gain(more, base) / (predicted(more) / predicted(base))


def of_workers(name: str) -> Quantity:
    return Quantity((name,), lambda seen: float(configured(seen, name).workers))


LAB = Lab(
    number=8,
    slug="lab08_more_workers",
    title="Where more workers stop paying",
    claim="if threads are the limit, each worker adds throughput; if the CPU is, one worker per core is enough",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="def: throughput with W = 2C / with 1, over 2C",
            quantity=gain_over_theory(DEF_2C, DEF_1),
            at_least=0.95,
            at_most=1.05,
            spoken="with W workers, the endpoint that sleeps completes W times as much as with one, to within {off}",
        ),
        Check(
            says="computing: throughput with W = C / with 1, over C",
            quantity=gain(COMPUTE_C, COMPUTE_1) / of_workers(COMPUTE_C),
            at_least=0.75,
            spoken="with one worker per core, each worker that computes completes on average {share} of what a single "
            "worker does (claimed: at least 75%)",
        ),
        Check(
            says="computing: throughput with W = 2C / with C",
            quantity=gain(COMPUTE_2C, COMPUTE_C),
            at_least=0.75,
            at_most=1.25,
            spoken="with twice as many workers as cores, the endpoint that computes completes {share} of what it "
            "does with as many workers as cores (claimed: 75% to 125%)",
        ),
    ),
    segments=5,
    once=(DEF_1, DEF_2C),
    captured_at=("auto",),
)
