"""One blocking call that cannot be rewritten, in five places; what a healthy route beside it feels."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import probe_time
from labs.engine.declare.service import Endpoint, Load, Machine, Probe, Scale, Sidecar, Variant, smoke

IN_LOOP = Endpoint(path="/legacy_inline", module="legacy", waits=1, blocks_loop=1)
IN_DEF = Endpoint(path="/legacy_def", module="legacy", waits=1, holds_token=1)
IN_THREAD = Endpoint(path="/legacy_to_thread", module="legacy", waits=1, holds_slot=1)
LIMITED = Endpoint(path="/legacy_limited", module="legacy", waits=1, holds_slot=1)

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
    healthy = Probe(path=f"/healthy?ms={HEALTHY_MS}", per_s=50, timeout_s=4, head_start_s=4)
    if scale == "smoke":
        thin = replace(healthy, per_s=20, head_start_s=0)
        small = Variant(name=SHARED, endpoint=IN_DEF, ms=50, workers=1, load=smoke(12), thread_tokens=4, probe=thin)
        limiter = replace(small, name=OWN_LIMITER, endpoint=LIMITED, slots=4, settings=(("LEGACY_SLOTS", "4"),))
        return [small, limiter]
    load = Load(vus=USERS, steady_s=10, timeout_s=29)
    shared = Variant(name=SHARED, endpoint=IN_DEF, ms=MS, workers=1, load=load, thread_tokens=TOKENS, probe=healthy)
    return [
        replace(
            shared,
            name=INLINE,
            endpoint=IN_LOOP,
            ms=SHORT_MS,
            load=replace(load, vus=FEW),
            # more would run out of tokens: the blocked loop takes each of them back seconds late
            probe=replace(healthy, per_s=10),
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
        replace(shared, name=OWN_SERVICE, sidecar=Sidecar(module="legacy_service", takes_load=True)),
    ]


ROUND_S = FEW * SHORT_MS / 1000  # N·b
QUEUE_S = USERS * MS / 1000 / TOKENS  # N·S/T: every legacy user ahead of the healthy route in the one queue

LAB = Lab(
    number=10,
    slug="lab10_isolate",
    title="Isolate legacy blocking code",
    claim="a slow def endpoint makes the other def routes of its worker wait; a limiter of its own prevents that",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says="inline: healthy route's median in rounds of N·b (theory: 3 to 5)",
            quantity=probe_time(INLINE, 50) / ROUND_S,
            at_least=2.7,
            at_most=5.5,
            spoken=f"beside the calls in an async def, the healthy route's median is {{value}} rounds of the loop, of "
            f"{ROUND_S:g} s each (claimed: 2.7 to 5.5)",
        ),
        Check(
            says="shared tokens: healthy route's p99 / (N·S/T) (theory: 0.67 to 1)",
            quantity=probe_time(SHARED, 99) / QUEUE_S,
            at_least=0.6,
            at_most=1.15,
            spoken=f"beside the calls in a def, the healthy route's p99 is {{share}} of the {QUEUE_S:g} s in which the "
            f"tokens serve all {USERS} users (claimed: 60% to 115%)",
        ),
        *(
            Check(
                says=f"healthy route's p99 beside {name} / beside shared tokens",
                quantity=probe_time(name, 99) / probe_time(SHARED, 99),
                at_most=0.1,
                spoken=f"beside the calls {where}, the healthy route's p99 is {{share}} of what it is beside those "
                "in a def (claimed: at most 10%)",
            )
            for name, where in (
                (TO_THREAD, "in asyncio.to_thread"),
                (OWN_LIMITER, "under a limiter of its own"),
                (OWN_SERVICE, "in a service of its own"),
            )
        ),
    ),
    captured_at=("auto",),
)
