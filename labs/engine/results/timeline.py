"""Pure: a run second by second, from the requests and the samples of the process trees."""

import itertools
from collections.abc import Sequence

import numpy as np

from labs.engine.harness.sampler import Sample, Series
from labs.engine.results.measurement import Timeline
from labs.engine.results.records import Requests

NOTHING = Timeline(*([()] * 10))


def timeline(requests: Requests, origin_s: float, series: Series) -> Timeline:
    """Per second of the run: counts by the second a request ended in, samples by the nearest one."""
    if not len(requests.ended_s):
        return NOTHING
    ended = requests.ended_s - origin_s
    sent = ended - requests.duration_s
    seconds = np.arange(int(np.ceil(ended.max())) + 1)
    whole = ended.astype(int)
    expected = np.bincount(whole[requests.expected], minlength=len(seconds))
    failed = np.bincount(whole[~requests.expected], minlength=len(seconds))
    p95 = [
        float(np.percentile(chosen, 95))
        if len(chosen := requests.duration_s[(whole == s) & requests.connected])
        else None
        for s in seconds
    ]
    in_flight = np.searchsorted(np.sort(sent), seconds + 1.0) - np.searchsorted(np.sort(ended), seconds + 1.0)
    server = _per_second(series.trees.get("server", []), origin_s, len(seconds))
    generator = _per_second(series.trees.get("generator", []), origin_s, len(seconds))
    return Timeline(
        second=tuple(map(int, seconds)),
        expected_per_s=tuple(map(int, expected)),
        failed_per_s=tuple(map(int, failed)),
        p95_s=tuple(None if value is None else round(value, 4) for value in p95),
        in_flight=tuple(map(int, in_flight)),
        server_cpu_cores=tuple(cores for cores, _ in server),
        generator_cpu_cores=tuple(cores for cores, _ in generator),
        server_rss_bytes=tuple(s.rss_bytes if s else None for _, s in server),
        server_threads=tuple(s.threads if s else None for _, s in server),
        server_fds=tuple(s.fds if s else None for _, s in server),
    )


def _per_second(samples: Sequence[Sample], origin_s: float, seconds: int) -> list[tuple[float | None, Sample | None]]:
    rows: list[tuple[float | None, Sample | None]] = [(None, None)] * seconds
    for before, after in itertools.pairwise(samples):
        second = int(after.at_s - origin_s)
        if 0 <= second < seconds and after.at_s - origin_s >= 0 and after.at_s > before.at_s:
            rows[second] = (round((after.cpu_s - before.cpu_s) / (after.at_s - before.at_s), 3), after)
    return rows
