"""How busy a pool may be: calls that come at random wait long before the ceiling, in a large pool far less."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from labs.engine.declare.claim import Check
from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.quantities import Quantity, Seen, configured, measured
from labs.engine.declare.service import Endpoint, Load, Machine, Scale, Uvicorn, Variant, smoke
from labs.engine.theory.headroom import mean_wait as allen_cunneen
from labs.lab20_headroom.forecast import Forecast, Line, forecast
from labs.lab20_headroom.forecasts import FORECASTS
from labs.lab20_headroom.queue import Setup

VARYING = Endpoint(path="/varying", module="varying", waits=1, holds_token=1)

# moderate: 70% of the tokens in use, busy: 85%
REGULAR_70, REGULAR_85 = "moderate, regular", "busy, regular"
RANDOM_70, RANDOM_85 = "moderate, random", "busy, random"
VARYING_70, VARYING_85 = "moderate, times vary", "busy, times vary"
WIDE = "busy, many tokens"
RANDOM = (RANDOM_70, RANDOM_85, VARYING_70, VARYING_85, WIDE)

TOKENS, MS = 5, 25
WIDE_TOKENS, WIDE_MS = 40, 200  # the same ceiling of 200/s
USERS = 600
SEED = 20  # of the service's varying times
WAITS_FROM_S = 0.0025  # who waits for less can't be told from who doesn't
STEADY_S = {0.7: 14, 0.85: 22}  # the busier, the more one run's luck counts
WIDE_STEADY_S = 16


def pause_s(tokens: int, service_s: float, utilization: float, service_cv2: float) -> float:
    """How long each of the users pauses so that they use so much: Z = N / X − S − the mean wait."""
    per_s = utilization * tokens / service_s
    wait_s = allen_cunneen(tokens, per_s, service_s, service_cv2=service_cv2)
    return round(USERS / per_s - service_s - wait_s, 4)


def variants(scale: Scale, machine: Machine) -> Sequence[Variant]:
    # an idle connection outlives the longest pause: a new one would come on top of the response
    kept = Uvicorn(timeout_keep_alive_s=60)
    load = Load(vus=40, ramp_s=0.5, steady_s=3, timeout_s=10, graceful_stop_s=1)
    per_s = TOKENS / (MS / 1000)
    regular = Variant(
        name=REGULAR_70,
        endpoint=SYNC_SLEEP,
        ms=MS,
        workers=1,
        load=replace(load, arrivals_per_s=0.7 * per_s),
        thread_tokens=TOKENS,
        uvicorn=kept,
    )
    varying = replace(regular, endpoint=VARYING, settings=(("VARYING_SEED", str(SEED)),))
    if scale == "smoke":
        pausing = replace(smoke(30, think_time_s=0.3), pauses="exponential")
        evenly = smoke(40, arrivals_per_s=50)
        return [replace(regular, load=evenly), replace(varying, name=VARYING_70, load=pausing)]

    def at(utilization: float, like: Variant, service_cv2: float = 0.0, steady_s: float | None = None) -> Load:
        pause = pause_s(like.thread_tokens, like.ms / 1000, utilization, service_cv2)
        return replace(
            load,
            vus=min(USERS, machine.vus),
            steady_s=steady_s or STEADY_S[utilization],
            think_time_s=pause,
            pauses="exponential",
        )

    wide = replace(regular, ms=WIDE_MS, thread_tokens=WIDE_TOKENS)
    return [
        regular,
        replace(regular, name=REGULAR_85, load=replace(load, arrivals_per_s=0.85 * per_s)),
        replace(regular, name=RANDOM_70, load=at(0.7, regular)),
        replace(regular, name=RANDOM_85, load=at(0.85, regular)),
        replace(varying, name=VARYING_70, load=at(0.7, varying, service_cv2=1.0)),
        replace(varying, name=VARYING_85, load=at(0.85, varying, service_cv2=1.0)),
        replace(wide, name=WIDE, load=at(0.85, wide, steady_s=WIDE_STEADY_S)),
    ]


# --- what was predicted -------------------------------------------------------------------


def setup(variant: Variant) -> Setup:
    """A row of users who pause at random, as the queue needs it."""
    load = variant.load
    return Setup(
        tokens=variant.thread_tokens,
        service_s=variant.token_time_s,
        users=load.vus,
        pause_s=load.think_time_s,
        ramp_s=load.ramp_s,
        steady_s=load.steady_s,
        drawn_with=SEED if variant.endpoint == VARYING else None,
        waits_from_s=WAITS_FROM_S,
    )


def predicted(variant: Variant) -> Forecast:
    """The forecast that stands beside this module; of a row that a reader changed, a new one."""
    row = setup(variant)
    return FORECASTS.get(row) or forecast(row)


# --- what was measured --------------------------------------------------------------------


def _times(seen: Seen, name: str) -> tuple[float, tuple[float, ...]]:
    """The mean of the window's responses and their percentiles from 0 to 100, seconds. Raises ValueError for none."""
    found = measured(seen, name).window_time_s
    if found is None or not found.samples:
        raise ValueError(f"no response of {name} ended in its window")
    return found.mean, found.quantiles


def idle_adds_s(seen: Seen) -> float:
    """What the way to the call and back adds to a response where nobody waits: the median of regular arrivals at 70%.

    A mean would count a moment in which the machine did something else.
    """
    _, cut = _times(seen, REGULAR_70)
    return cut[50] - configured(seen, REGULAR_70).token_time_s


def service_s(seen: Seen, name: str) -> float:
    """The mean time of a row's calls, without what the way adds."""
    variant = configured(seen, name)
    return predicted(variant).service_s if name in RANDOM else variant.token_time_s


def utilization(seen: Seen, name: str) -> float:
    """X·S / T, the share of the tokens in use on average: the middle of what it can be."""
    return sum(between(seen, name)) / 2


def between(seen: Seen, name: str) -> tuple[float, float]:
    """The least and the most that the utilization can be.

    A token is held for the call and for a part of what an idle service adds, for the way from the event loop to
    the thread and back. From outside only that part's limits are known: nothing, and all of it.
    """
    per_token, call_s = seen[name].throughput_per_s / configured(seen, name).thread_tokens, service_s(seen, name)
    return per_token * call_s, per_token * (call_s + idle_adds_s(seen))


def mean_wait(seen: Seen, name: str) -> float:
    """In service times: what a response takes beyond its call and what an idle service adds."""
    mean_s, _ = _times(seen, name)
    wait_s = mean_s - service_s(seen, name) - idle_adds_s(seen)
    return wait_s / service_s(seen, name)


def share_that_waits(seen: Seen, name: str) -> float:
    """The share of responses WAITS_FROM_S later than an idle service's. Only where all calls take equally long.

    Read off the hundred percentiles that a measurement keeps.
    """
    _, cut = _times(seen, name)
    limit_s = configured(seen, name).token_time_s + idle_adds_s(seen) + WAITS_FROM_S
    below = sum(value < limit_s for value in cut)
    if not 0 < below < len(cut):
        return 0.0 if below else 1.0
    low, high = cut[below - 1], cut[below]
    return 1 - (below - 1 + (limit_s - low) / (high - low)) / 100


def quicker_than_a_call(seen: Seen) -> float:
    """The share of responses that take less than the mean call: none of them where all calls take equally long."""
    shares = []
    for name in (VARYING_70, VARYING_85):
        _, cut = _times(seen, name)
        shares.append(sum(value < service_s(seen, name) for value in cut) / len(cut))
    return min(shares)


# --- the checks ---------------------------------------------------------------------------

Value = Callable[[Seen, str], float]
ROWS = {row.name: row for row in variants("auto", Machine(cores=2))}


def against(name: str, says: str, spoken: str, value: Value, line: Callable[[Forecast], Line]) -> Check:
    """A measured value over the one predicted at the row's own utilization; the interval is the simulation's."""

    def of(seen: Seen) -> float:
        return line(predicted(configured(seen, name))).over(value(seen, name), between(seen, name))

    low, high = line(predicted(ROWS[name])).limits
    return Check(
        says=says,
        quantity=Quantity((name, REGULAR_70), of),
        at_least=low,
        at_most=high,
        spoken=f"{spoken} (1 is inside the simulated range; claimed: {low:.2f} to {high:.2f} times)",
    )


def varying_over_constant(seen: Seen) -> float:
    """How many times as long the wait is where times vary: measured over predicted for constant ones, both rows."""
    times = 1.0
    for name, constant in ((VARYING_70, RANDOM_70), (VARYING_85, RANDOM_85)):
        expected = predicted(ROWS[constant]).wait.value(utilization(seen, name))
        times *= mean_wait(seen, name) / expected
    return float(times**0.5) if times > 0 else 0.0


LAB = Lab(
    number=20,
    slug="lab20_headroom",
    title="Headroom",
    claim="calls come at random, so some wait even at 70% utilization; with many tokens, far fewer calls wait",
    variants=variants,
    tolerance=0.05,
    checks=(
        Check(
            says=f"share that waits in “{REGULAR_85}”",
            quantity=Quantity((REGULAR_85, REGULAR_70), lambda seen: share_that_waits(seen, REGULAR_85)),
            at_most=0.1,
            spoken="in the busy row with regular arrivals, {share} of the requests wait (claimed: at most 10%)",
        ),
        *(
            against(
                name,
                f"share that waits in “{name}” / the simulated one",
                f"in the {row}, the share that waits ÷ the simulated one is {{value}}",
                share_that_waits,
                lambda f: f.share,
            )
            for name, row in (
                (RANDOM_70, "moderate row with random arrivals"),
                (RANDOM_85, "busy row with random arrivals"),
                (WIDE, "busy row with many tokens"),
            )
        ),
        *(
            against(
                name,
                f"mean wait in “{name}” / the simulated one",
                f"in the {row}, the mean wait ÷ the simulated one is {{value}}",
                mean_wait,
                lambda f: f.wait,
            )
            for name, row in (
                (RANDOM_70, "moderate row with random arrivals"),
                (RANDOM_85, "busy row with random arrivals"),
                (VARYING_70, "moderate row whose call times vary"),
                (VARYING_85, "busy row whose call times vary"),
            )
        ),
        Check(
            says="mean wait where times vary / the one simulated for equal times",
            quantity=Quantity((VARYING_70, VARYING_85, REGULAR_70), varying_over_constant),
            at_least=1.15,  # equal times give 1, Allen and Cunneen 2 for exponential ones
        ),
        Check(
            says="share of the responses that take less than the mean call, where times vary",
            quantity=Quantity((VARYING_70, VARYING_85), quicker_than_a_call),
            at_least=0.1,
            spoken="where times vary, {share} of the responses take less time than the mean call (claimed: at least "
            "10%)",
        ),
    ),
    captured_at=("auto",),
)
