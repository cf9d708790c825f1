"""A request that takes its resource twice: one after the other it queues twice, at once it deadlocks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.runner.model import Check, Endpoint, Lab, Load, Machine, Observed, Scale, Variant
from labs.runner.ratios import measured, ran, throughput

PLAIN_DEF = Endpoint("/sync_endpoint_sync_processing", "waiting", waits=1, holds_token=1)
# the dependency waits as long as the route
DEF_DEF = Endpoint("/def_with_def_dependency", "hidden_tokens", waits=2, holds_token=2)
ASYNC_DEF = Endpoint("/async_with_def_dependency", "hidden_tokens", waits=2, holds_token=1)
# the second token is for validating the answer, which takes no time worth counting
MODEL = Endpoint("/def_with_response_model", "hidden_tokens", waits=1, holds_token=1)
# two queries, one after the other
ONE = Endpoint("/one_connection", "hidden_tokens", waits=2, holds_connection=2, pool="async", ms_parameter="wait_ms")
# the first connection is held for both queries, the second for one
TWO = Endpoint("/two_connections", "hidden_tokens", waits=2, holds_connection=3, pool="async", ms_parameter="wait_ms")
SESSION = Endpoint(
    "/def_with_session",
    "hidden_tokens",
    waits=1,
    holds_token=1,
    holds_connection=1,
    pool="sync",
    ms_parameter="wait_ms",
)

BASE, DEPENDENCY, ASYNC, MODELLED = "def", "def, def dependency", "async def, def dependency", "def, response model"
SINGLE, NESTED, HELD = "one connection", "two connections", "a connection, then a token"

WAIT_MS, QUERY_MS, TOKENS = 500, 100, 10


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    nested = Variant(NESTED, TWO, QUERY_MS, 1, Load(40, 0.2, 8, 10, 12), pool_size=10, pool_timeout_s=2, judged=False)
    if scale == "smoke":
        few = Load(6, 0.2, 2, 5, 6)  # fewer users than connections cannot deadlock
        return [Variant(DEPENDENCY, DEF_DEF, 50, 1, few, thread_tokens=4), replace(nested, ms=20, load=few)]
    # N = 6·T, all within the first wave: to queue once takes 3 s, and the hold is a whole number of turns.
    # Few tokens, because the loop serves a whole wave at once and the next one begins that much later.
    load = Load(min(60, machine.vus), ramp_s=0.2, hold_s=10, timeout_s=29)
    base = Variant(BASE, PLAIN_DEF, WAIT_MS, 1, load, thread_tokens=TOKENS)
    return [
        base,
        replace(base, name=DEPENDENCY, endpoint=DEF_DEF, load=replace(load, hold_s=14)),
        replace(base, name=ASYNC, endpoint=ASYNC_DEF),
        replace(base, name=MODELLED, endpoint=MODEL, load=replace(load, hold_s=12), judged=False),
        replace(nested, name=SINGLE, endpoint=ONE, judged=True),
        nested,
        replace(nested, name=HELD, endpoint=SESSION, load=replace(nested.load, vus=120)),
    ]


def silence(seen: Mapping[str, Observed]) -> float:
    """Whole seconds before the first answer with a response model, over N·S / T: until everybody has had a token."""
    timeline, variant = measured(seen, MODELLED).timeline, ran(seen, MODELLED)
    first_s = next(s for s, count in zip(timeline.second, timeline.expected_per_s, strict=True) if count)
    return first_s / (variant.load.vus * variant.token_time_s / variant.thread_tokens)


def same_rate(seen: Mapping[str, Observed]) -> float:
    """Over the whole run: a window inside it would count whole bursts or miss them."""
    return measured(seen, MODELLED).k6_rate_per_s / measured(seen, BASE).k6_rate_per_s


def burst(seen: Mapping[str, Observed]) -> float:
    run = measured(seen, MODELLED)
    return max(run.timeline.expected_per_s) / run.k6_rate_per_s


def failed(name: str) -> Check:
    return Check(f"failed share of {name}", lambda seen: seen[name].failed_share, (name,), low=0.5, high=1.0)


def stuck(name: str) -> Check:
    return Check(f"throughput of {name} / of {SINGLE}", throughput(name, SINGLE), (name, SINGLE), low=0.0, high=0.2)


LAB = Lab(
    number=12,
    slug="lab12_hidden_tokens",
    title="Hidden tokens",
    claim="def dependencies and response models take tokens too; a second connection while holding one deadlocks",
    variants=variants,
    tolerance=0.04,
    checks=(
        # the first of the answers at 3.0 s may fall into the second before
        Check("seconds of silence at first with a response model / (N·S / T)", silence, (MODELLED,), 0.6, 1.1),
        Check("answers over the whole run with a response model / without", same_rate, (MODELLED, BASE), 0.85, 1.1),
        Check("busiest second with a response model / the average second", burst, (MODELLED,), low=2.0),
        stuck(NESTED),
        failed(NESTED),
        stuck(HELD),
        failed(HELD),
    ),
    captured_at=("auto",),
)
