"""The capstone: a service with three faults and a target. The code to mend is in app/capstone.py."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Measurement, Observed, Scale, Variant

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
SHOP_PAGE = Endpoint("/shop_page", "capstone", waits=4.5, pool="async")
SOLVED = Endpoint(
    "/shop_page_solved", "capstone_solution", waits=4.5, holds_token=0.5, holds_connection=1, pool="async"
)

YOURS, GIVEN = "your service", "the given solution"


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    if scale == "smoke":
        ms, load = 20, Load(10, 0.2, 2, 5, 6)
    else:
        ms, load = 100, Load(USERS, hold_s=15, timeout_s=29, think_time_s=THINK_S)
    yours = Variant(YOURS, SHOP_PAGE, ms, WORKERS, load, thread_tokens=TOKENS, pool_size=POOL, judged=False)
    return [yours, replace(yours, name=GIVEN, endpoint=SOLVED, workers=2, thread_tokens=40, pool_size=15, judged=True)]


def measured(seen: Mapping[str, Observed]) -> Measurement:
    if (found := seen[YOURS].measurement) is None:
        raise ValueError("your service was not measured")
    return found


def throughput(seen: Mapping[str, Observed]) -> float:
    return seen[YOURS].throughput_per_s / TARGET_PER_S


def p99(seen: Mapping[str, Observed]) -> float:
    return measured(seen).response_time_s.p99 / TARGET_P99_S


def memory(seen: Mapping[str, Observed]) -> float:
    return measured(seen).server.rss_bytes / TARGET_BYTES


def failed(seen: Mapping[str, Observed]) -> float:
    return seen[YOURS].failed_share


LAB = Lab(
    number=19,
    slug="lab19_capstone",
    title="Capstone",
    claim=f"your service answers {TARGET_PER_S} requests/s, p99 at most {TARGET_P99_S:g} s, in at most "
    f"{TARGET_BYTES / 1e6:g} MB, none failing",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(f"your throughput / {TARGET_PER_S} requests/s", throughput, (YOURS,), low=1),
        Check(f"your p99 / {TARGET_P99_S:g} s", p99, (YOURS,), 0.0, 1.0),
        Check(f"your memory / {TARGET_BYTES / 1e6:g} MB", memory, (YOURS,), 0.0, 1.0),
        Check("your share of failed requests", failed, (YOURS,), 0.0, 0.0),
    ),
    captured_at=("auto",),
    grades=True,
)
