"""A `def` endpoint holds one thread token while it waits: W·T / S is all it can do."""

from collections.abc import Mapping, Sequence

from labs.post import SYNC_SLEEP_16
from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, PostComparison, Scale, Variant
from labs.runner.ratios import share_of_prediction

SYNC_SLEEP = Endpoint("/sync_endpoint_sync_processing", module="waiting", waits=1, holds_token=1)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "post":
        return [Variant("T = 40", SYNC_SLEEP, 1000, 16, Load(vus=10_000), source=SYNC_SLEEP_16.id)]
    if scale == "smoke":
        return [Variant("T = 4", SYNC_SLEEP, 100, 2, Load(40, 0.2, 2, 5, 6), thread_tokens=4)]
    # N = 4·W·T at the largest T: enough connections for every token of every worker
    workers = 2 if machine.vus >= 800 else 1
    load = Load(vus=400 * workers, hold_s=15, timeout_s=29)
    source = {40: SYNC_SLEEP_16.id}
    return [
        Variant(f"T = {tokens}", SYNC_SLEEP, 400, workers, load, thread_tokens=tokens, source=source.get(tokens))
        for tokens in (10, 40, 100)
    ]


def growth(seen: Mapping[str, Observed]) -> float:
    """How much more the largest T completes than the smallest, over how much larger it is."""
    return seen["T = 100"].throughput_per_s / seen["T = 10"].throughput_per_s / (100 / 10)


LAB = Lab(
    number=2,
    slug="lab02_thread_tokens",
    title="Thread tokens",
    claim="a def endpoint that waits S seconds completes W·T/S requests/s, whatever the number of users",
    variants=variants,
    tolerance=0.03,
    checks=(Check("ten times the tokens, ten times the throughput", growth, ("T = 10", "T = 100"), 0.97, 1.03),),
    post=PostComparison("throughput / (W·T/S)", share_of_prediction("T = 40"), ("T = 40",), tolerance=0.03),
    captured_at=("post", "auto"),
    sources=(SYNC_SLEEP_16,),
)
