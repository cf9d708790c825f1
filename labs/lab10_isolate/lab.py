"""One blocking call that cannot be rewritten, in five places; what a healthy route beside it feels."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Bystander, Check, Endpoint, Lab, Load, Machine, Observed, Ratio, Scale, Variant
from labs.runner.ratios import bystander

IN_LOOP = Endpoint("/legacy_inline", "legacy", waits=1, blocks_loop=1)
IN_DEF = Endpoint("/legacy_def", "legacy", waits=1, holds_token=1)
IN_THREAD = Endpoint("/legacy_to_thread", "legacy", waits=1, holds_slot=1)
LIMITED = Endpoint("/legacy_limited", "legacy", waits=1, holds_slot=1)

INLINE, SHARED, TO_THREAD = "inline in async def, 4 users, 100 ms", "def, shared tokens", "asyncio.to_thread, 6 threads"
OWN_LIMITER, OWN_SERVICE = "own limiter, 10 slots", "own service"

MS = 250  # S and b
TOKENS = 40
USERS = 3 * TOKENS
FEW, SHORT_MS = 4, 100  # inline: a round of 120 users at 250 ms would take half a minute
HEALTHY_MS = 5
EXECUTOR_THREADS = 6  # what asyncio chooses on two CPUs, min(32, 2 + 4); told to the app so that it is 6 everywhere
SLOTS = 10


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    # its connections are open before the load and, as each is used every 4 s, not closed as idle after 5 s
    healthy = Bystander(f"/healthy?ms={HEALTHY_MS}", per_s=50, timeout_s=4, head_start_s=4)
    if scale == "smoke":
        small = Variant(
            SHARED,
            IN_DEF,
            50,
            1,
            Load(12, 0.2, 2, 5, 6),
            thread_tokens=4,
            bystander=replace(healthy, per_s=20, head_start_s=0),
        )
        limiter = replace(small, name=OWN_LIMITER, endpoint=LIMITED, slots=4, settings=(("LEGACY_SLOTS", "4"),))
        return [small, limiter]
    load = Load(USERS, hold_s=10, timeout_s=29)
    shared = Variant(SHARED, IN_DEF, MS, 1, load, thread_tokens=TOKENS, bystander=healthy)
    return [
        replace(
            shared,
            name=INLINE,
            endpoint=IN_LOOP,
            ms=SHORT_MS,
            load=replace(load, vus=FEW),
            # more would run out of tokens: the blocked loop takes each of them back seconds late
            bystander=replace(healthy, per_s=10),
        ),
        shared,
        replace(
            shared,
            name=TO_THREAD,
            endpoint=IN_THREAD,
            slots=EXECUTOR_THREADS,
            settings=(("EXECUTOR_THREADS", str(EXECUTOR_THREADS)),),
        ),
        replace(shared, name=OWN_LIMITER, endpoint=LIMITED, slots=SLOTS, settings=(("LEGACY_SLOTS", str(SLOTS)),)),
        replace(shared, name=OWN_SERVICE, companion="legacy_service", load_goes_to_companion=True),
    ]


def inline_rounds(seen: Mapping[str, Observed]) -> float:
    return bystander(seen, INLINE).p50 / (FEW * SHORT_MS / 1000)


def shared_queue(seen: Mapping[str, Observed]) -> float:
    """The healthy route's p99 over N / (T/S): every legacy user ahead of it in the one queue."""
    return bystander(seen, SHARED).p99 / (USERS / (TOKENS / (MS / 1000)))


def relieved(name: str) -> Ratio:
    return lambda seen: bystander(seen, name).p99 / bystander(seen, SHARED).p99


LAB = Lab(
    number=10,
    slug="lab10_isolate",
    title="Isolate legacy blocking code",
    claim="beyond T callers a blocking def makes every def route wait N·S/T; slots of its own keep the wait to itself",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check("inline: healthy route's median in rounds of N·b (theory: 3 to 5)", inline_rounds, (INLINE,),
              low=2.7, high=5.5),
        Check("shared tokens: healthy route's p99 / (N·S/T) (theory: 0.67 to 1)", shared_queue, (SHARED,),
              low=0.6, high=1.15),
        *(
            Check(f"healthy route's p99 beside {name} / beside shared tokens", relieved(name), (name, SHARED),
                  low=0.0, high=0.1)
            for name in (TO_THREAD, OWN_LIMITER, OWN_SERVICE)
        ),
    ),
    captured_at=("auto",),
)  # fmt: skip
