"""Half awaited, half blocked, all in `def`: still one token for the whole time, so the same ceiling."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import PostComparison
from labs.engine.declare.endpoints import SYNC_MIX
from labs.engine.declare.lab import HomeBar, Lab
from labs.engine.declare.quantities import share_of_prediction
from labs.engine.declare.service import Load, Machine, Scale, Variant, smoke
from labs.post import SYNC_MIX_16

READY, BOOTING = "workers ready", "load from the first moment"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        return [Variant(name=READY, endpoint=SYNC_MIX, ms=50, workers=2, load=smoke(40), thread_tokens=4)]
    if scale == "post":
        ms, workers, load = 500, 16, Load(vus=10_000)
    else:
        # N = 4·W·T with two workers
        workers = 2 if machine.vus >= 320 else 1
        ms, load = 250, Load(vus=160 * workers, steady_s=18, timeout_s=29)
    ready = Variant(name=READY, endpoint=SYNC_MIX, ms=ms, workers=workers, load=load, repeats=SYNC_MIX_16)
    # a hypothesis about the post's run: its load began while the workers were still starting
    booting = replace(ready, name=BOOTING, waits_until_ready=False, judged=False, repeats=None)
    return [ready, booting]


LAB = Lab(
    number=4,
    slug="lab04_mixed_def",
    title="Mixed waits in def",
    claim="if a def runs async code (with anyio.run) and then blocks, it occupies its thread for both waits",
    variants=variants,
    tolerance=0.03,
    post=PostComparison(says="throughput / (W·T/S)", quantity=share_of_prediction(READY), tolerance=0.05),
    captured_at=("post", "auto"),
    home_bar=HomeBar(variant=READY, label="def that runs anyio.run, then sleeps"),
)
