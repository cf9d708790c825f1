"""Lab 20's rows, and what a simulation predicts of each."""

from collections.abc import Sequence
from dataclasses import replace

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.service import Endpoint, Load, Machine, Scale, Uvicorn, Variant, smoke
from labs.engine.theory.headroom import mean_wait as allen_cunneen
from labs.lab20_headroom.forecast import Forecast, forecast
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


ROWS = {row.name: row for row in variants("auto", Machine(cores=2))}
