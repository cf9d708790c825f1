"""Half awaited, half blocked, all in `def`: still one token for the whole time, so the same ceiling."""

from collections.abc import Sequence
from dataclasses import replace

from labs.post import SYNC_MIX_16
from labs.runner.model import Endpoint, Lab, Load, Machine, PostComparison, Scale, Variant
from labs.runner.ratios import share_of_prediction

# ms of anyio.run, then ms of time.sleep, both while holding the token
SYNC_MIX = Endpoint("/sync_endpoint_mix_processing", module="waiting", waits=2, holds_token=2)

READY, BOOTING = "workers ready", "load from the first moment"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        return [Variant(READY, SYNC_MIX, 50, 2, Load(40, 0.2, 2, 5, 6), thread_tokens=4)]
    few = 2 if machine.vus >= 320 else 1
    small = Load(160 * few, hold_s=18, timeout_s=29)
    ms, workers, load = (500, 16, Load(10_000)) if scale == "post" else (250, few, small)
    ready = Variant(READY, SYNC_MIX, ms, workers, load, source=SYNC_MIX_16.id)
    # a hypothesis about the post's run: its load began while the workers were still starting
    booting = replace(ready, name=BOOTING, waits_until_ready=False, judged=False, source=None)
    return [ready, booting]


LAB = Lab(
    number=4,
    slug="lab04_mixed_def",
    title="Mixed waits in def",
    claim="awaiting and blocking mixed in a def still completes W·T/S, S being both waits together",
    variants=variants,
    tolerance=0.03,
    post=PostComparison("throughput / (W·T/S)", share_of_prediction(READY), (READY,), tolerance=0.05),
    captured_at=("post", "auto"),
    sources=(SYNC_MIX_16,),
)
