"""Pure: response times from requests, and when the load began."""

import numpy as np

from labs.engine.results.measurement import ResponseTimes
from labs.engine.results.records import Requests
from labs.engine.results.window import Floats


def start_of_load(requests: Requests) -> float:
    """When the first request was sent, seconds since the epoch; 0 if there was none."""
    return float(np.min(requests.ended_s - requests.duration_s)) if len(requests.ended_s) else 0.0


def response_times(requests: Requests) -> ResponseTimes:
    """Percentiles by linear interpolation over every request that had a connection, failed ones included."""
    return times_of(requests.duration_s[requests.connected], int(np.count_nonzero(requests.timed_out)))


def times_of(durations: Floats, timed_out: int) -> ResponseTimes:
    if not len(durations):
        return no_times()
    cut = [float(q) for q in np.percentile(durations, range(101))]
    return ResponseTimes(
        samples=len(durations),
        timed_out=timed_out,
        min=cut[0], p50=cut[50], p90=cut[90], p95=cut[95], p99=cut[99], max=cut[100],
        mean=float(durations.mean()),
        quantiles=tuple(round(q, 4) for q in cut),
    )  # fmt: skip


def no_times() -> ResponseTimes:
    """Of a run without a response: `samples` 0 says that the times mean nothing."""
    return ResponseTimes(0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, ())
