"""The capstone: a service with three faults and a target. The code to fix is in app/capstone.py."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, failed_share, measured, response_time, throughput
from labs.engine.declare.service import Endpoint, Load, Machine, Pool, Scale, Variant, smoke

# --8<-- [start:yours]
# Yours to change besides the code: workers, and for each of them thread tokens and connections.
WORKERS = 1
TOKENS = 40
POOL = 4
# --8<-- [end:yours]

TARGET_PER_S, TARGET_P99_S, TARGET_BYTES = 90, 1.0, 220e6
USERS, THINK_S = 100, 0.55

# ms in the database, 3·ms with one supplier, ms/2 with the other. What it holds meanwhile is for the
# learner to say, so theory here knows only the users: N / (S + Z) = 100/s
SHOP_PAGE = Endpoint(path="/shop_page", module="capstone", waits=4.5, pool="async")
SOLVED = Endpoint(
    path="/shop_page_solved",
    module="capstone_solution",
    waits=4.5,
    holds_token=0.5,
    holds_connection=1,
    pool="async",
)

YOURS, GIVEN = "your service", "the given solution"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    load = smoke(10) if scale == "smoke" else Load(vus=USERS, steady_s=15, timeout_s=29, think_time_s=THINK_S)
    yours = Variant(
        name=YOURS,
        endpoint=SHOP_PAGE,
        ms=20 if scale == "smoke" else 100,
        workers=WORKERS,
        load=load,
        thread_tokens=TOKENS,
        pool=Pool(size=POOL),
        judged=False,
    )
    return [yours, replace(solved(yours), name=GIVEN)]


def solved(variant: Variant) -> Variant:
    """The given solution, under the same load."""
    return replace(variant, endpoint=SOLVED, workers=2, thread_tokens=40, pool=Pool(size=15), judged=True)


# at the target's throughput there are samples enough for a p99; with fewer the target is missed, not unknown
P99 = replace(response_time(YOURS, 99), percentile=None)
MEMORY = Quantity((YOURS,), lambda seen: float(measured(seen, YOURS).server.rss_bytes))

LAB = Lab(
    number=19,
    slug="lab19_capstone",
    title="Capstone",
    claim=f"your service answers {TARGET_PER_S} requests/s, p99 at most {TARGET_P99_S:g} s, in at most "
    f"{TARGET_BYTES / 1e6:g} MB, none failing",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says=f"your throughput / {TARGET_PER_S} requests/s",
            quantity=throughput(YOURS) / TARGET_PER_S,
            at_least=1,
            spoken=f"your service reaches {{share}} of the {TARGET_PER_S} requests per second that the target asks for",
        ),
        Check(
            says=f"your p99 / {TARGET_P99_S:g} s",
            quantity=P99 / TARGET_P99_S,
            at_most=1.0,
            spoken="your p99 is {value} s (the target asks for at most 1 s)",  # over 1 s, so it's in seconds
        ),
        Check(
            says=f"your memory / {TARGET_BYTES / 1e6:g} MB",
            quantity=MEMORY / TARGET_BYTES,
            at_most=1.0,
            spoken=f"your service uses {{share}} of the {TARGET_BYTES / 1e6:g} MB that it may use",
        ),
        Check(
            says="your share of failed requests",
            quantity=failed_share(YOURS),
            at_most=0.0,
            spoken="{share} of your requests fail (the target allows none)",
        ),
    ),
    captured_at=("auto",),
    grades=True,
)
