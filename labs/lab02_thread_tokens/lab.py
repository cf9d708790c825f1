"""A `def` endpoint holds one thread token while it waits: W·T / S is all it can do."""

from collections.abc import Sequence

from labs.engine.declare.claim import Check, PostComparison
from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.lab import HomeBar, Lab
from labs.engine.declare.quantities import share_of_prediction, throughput
from labs.engine.declare.service import Load, Machine, Scale, Variant, smoke
from labs.post import SYNC_SLEEP_16

TEN, FORTY, HUNDRED = "T = 10", "T = 40", "T = 100"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "post":
        load = Load(vus=10_000)
        return [Variant(name=FORTY, endpoint=SYNC_SLEEP, ms=1000, workers=16, load=load, repeats=SYNC_SLEEP_16)]
    if scale == "smoke":
        return [Variant(name="T = 4", endpoint=SYNC_SLEEP, ms=100, workers=2, load=smoke(40), thread_tokens=4)]
    # N = 4·W·T at the largest T: enough connections for every token of every worker
    workers = 2 if machine.vus >= 800 else 1
    load = Load(vus=400 * workers, steady_s=15, timeout_s=29)
    return [
        Variant(name=name, endpoint=SYNC_SLEEP, ms=400, workers=workers, load=load, thread_tokens=tokens, repeats=row)
        for name, tokens, row in ((TEN, 10, None), (FORTY, 40, SYNC_SLEEP_16), (HUNDRED, 100, None))
    ]


LAB = Lab(
    number=2,
    slug="lab02_thread_tokens",
    title="Thread tokens",
    claim="a def endpoint's throughput is workers × thread tokens ÷ service time; with more users, each waits longer",
    variants=variants,
    tolerance=0.03,
    checks=(
        Check(
            says="ten times the tokens, ten times the throughput",
            quantity=throughput(HUNDRED) / throughput(TEN) / (100 / 10),
            at_least=0.97,
            at_most=1.03,
            spoken="ten times the tokens complete ten times as much, to within {off}",
        ),
    ),
    post=PostComparison(says="throughput / (W·T/S)", quantity=share_of_prediction(FORTY), tolerance=0.03),
    captured_at=("post", "auto"),
    home_bar=HomeBar(variant=FORTY, label="def that sleeps"),
    notebook=FORTY,
)
