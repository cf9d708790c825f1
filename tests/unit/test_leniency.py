"""No verdict by leniency: whatever a reader asks for, *reproduced* is said only where the long run confirms it."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.service import Load, Variant
from labs.engine.judgement.tolerance import WIDEST
from labs.engine.judgement.verdict import judge
from labs.engine.results.measurement import Measurement
from labs.engine.results.times import times_of
from labs.engine.results.window import steady_window
from labs.simulator.users import simulate_run
from tests.unit.builders import lab, measurement, result, run

S = 1.0


def played(variant: Variant) -> Measurement:
    """What the harness would have measured of the variant, had the simulator been the service."""
    records = simulate_run(variant, [0] * variant.load.vus, None, 2.0, shared=False)
    ended, expected = np.array(records.ended_s), np.array(records.expected, dtype=bool)
    window = steady_window(np.sort(ended[expected]), variant.load, S, S)
    return measurement(
        window.completions / window.length_s,
        window=window,
        requests=len(ended),
        failed=int(np.count_nonzero(~expected)),
        interrupted=records.interrupted,
        vus_reached=variant.load.vus,
        response_time_s=times_of(np.array(records.duration_s), records.timed_out),
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    tokens=st.integers(2, 8),
    users_per_token=st.floats(2.0, 8.0),
    waves=st.integers(2, 60),
    patience=st.floats(0.2, 3.0),
    think_s=st.sampled_from([0.0, 0.0, 0.4]),
)
def test_reproduced_is_what_the_long_run_confirms(
    tokens: int, users_per_token: float, waves: int, patience: float, think_s: float
) -> None:
    """`patience`: N/X over the client's timeout, from a queue that is short for it to one three times too long."""
    vus = round(users_per_token * tokens)
    timeout_s = max(1.1 * S, vus / (tokens / S) / patience)
    load = Load(
        vus=vus,
        ramp_s=0.2,
        steady_s=waves * S,
        timeout_s=timeout_s,
        graceful_stop_s=timeout_s + 1,
        think_time_s=think_s,
    )
    variant = Variant(name="v", endpoint=SYNC_SLEEP, ms=1000, workers=1, thread_tokens=tokens, load=load)
    one = run(played(variant), variant)
    if judge(lab(variants=lambda scale, machine: [variant]), result(one)).outcome != "reproduced":
        return
    longer = played(Variant(**{**vars(variant), "load": Load(**{**vars(load), "steady_s": 400 * S})}))
    assert one.predicted_per_s is not None
    assert abs(longer.throughput_per_s / one.predicted_per_s - 1) <= WIDEST
