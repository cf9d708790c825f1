"""What one run measured. A new metric begins here.

1. here, a field of Measurement with its unit in its name;
2. `measure.py`, where it is made from the raw run;
3. `labs/engine/show/document.py` or `rows.py`, where it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class ResponseTimes:
    """Seconds, over requests that had a connection, failed ones included.

    `timed_out` of the samples are censored at the timeout. `samples` 0: the times mean nothing.
    """

    samples: int
    timed_out: int
    min: float
    p50: float
    p90: float
    p95: float
    p99: float
    max: float
    mean: float
    quantiles: tuple[float, ...]  # the 0th, 1st … 100th percentile, for figures


@dataclass(frozen=True)
class Window:
    """The part of the steady phase that throughput is counted in, seconds from the start of the load.

    `skipped_waves` at its beginning were cut off as start-up.
    """

    start_s: float
    length_s: float
    waves: int
    completions: int
    first_half_per_s: float
    second_half_per_s: float
    skipped_waves: int = 0


@dataclass(frozen=True)
class TreeUse:
    """What one process tree used: CPU inside the window, the rest at its highest."""

    cpu_cores: float
    cpu_s_per_request: float
    rss_bytes: int
    threads: int
    fds: int

    @property
    def watched(self) -> bool:
        """Whether anybody looked at the tree. If not, its zeros are no measurements."""
        return self.threads > 0


@dataclass(frozen=True)
class GeneratorUse:
    """One of the k6 processes of a load: its CPU inside the window, and when it sent its first request.

    `began_s` is counted from the first request of all; None where it sent none. `cpu_cores` is None where nobody
    watched it.
    """

    cpu_cores: float | None
    began_s: float | None
    requests: int


@dataclass(frozen=True)
class RestartTimes:
    """When a planned restart's signal was sent, seconds from the start of the load, and how long each part took.

    `stop_s`: from the signal until the last of the old processes had ended, of those that the signal was to end.
    `ready_s`: from the signal until every new worker was ready. Both are known to a tenth of a second.
    None: that had not come about when the load ended.
    """

    signal_s: float
    stop_s: float | None
    ready_s: float | None

    @property
    def start_s(self) -> float | None:
        """From the end of the old processes until the new ones were ready; None until both have come about."""
        return None if self.stop_s is None or self.ready_s is None else self.ready_s - self.stop_s


@dataclass(frozen=True)
class Timeline:
    """Per second of the run: what was completed, and what the server held at that moment."""

    second: tuple[int, ...]
    expected_per_s: tuple[int, ...]
    failed_per_s: tuple[int, ...]
    p95_s: tuple[float | None, ...]
    in_flight: tuple[int, ...]
    server_cpu_cores: tuple[float | None, ...]
    generator_cpu_cores: tuple[float | None, ...]
    server_rss_bytes: tuple[int | None, ...]
    server_threads: tuple[int | None, ...]
    server_fds: tuple[int | None, ...]


@dataclass(frozen=True)
class ServerMetrics:
    """What the workers reported of themselves, read once per second inside the window.

    `gauges` by their names: a row per second, in it a value per worker. Reading one that isn't there: KeyError.
    """

    gauges: Mapping[str, tuple[tuple[float, ...], ...]]

    def typical(self, gauge: str) -> float:
        """The median second's value of the worker that then had the highest."""
        return median(max(row) for row in self._told(gauge))

    def typical_sum(self, gauge: str) -> float:
        """The median second's sum over the workers."""
        return median(sum(row) for row in self._told(gauge))

    def highest(self, gauge: str) -> float:
        return max(max(row) for row in self._told(gauge))

    def _told(self, gauge: str) -> tuple[tuple[float, ...], ...]:
        if gauge not in self.gauges:
            raise KeyError(f"no gauge {gauge!r} among {', '.join(sorted(self.gauges))}")
        return self.gauges[gauge]


@dataclass(frozen=True)
class Measurement:
    """One run of one variant. None: not measured, because there was none of it or this system doesn't tell."""

    throughput_per_s: float
    window: Window
    k6_rate_per_s: float
    requests: int
    failed: int
    interrupted: int
    dropped: int
    vus_reached: int
    response_time_s: ResponseTimes
    timeline: Timeline
    server: TreeUse
    generator: TreeUse
    database: TreeUse | None
    other_cpu_cores: float
    worker_responses: tuple[int, ...]
    workers_replaced: int
    listen_overflows: int | None
    errors: Mapping[str, int]  # k6's error codes, of the failed requests
    k6_exit: int
    boot_s: float
    load_s: float
    overhead_s: float
    harness_cpu_cores: float
    database_fatals: int | None  # FATAL lines in PostgreSQL's log
    start_error: str | None  # why the server did not start, where the variant allows that
    clock_jump_s: float  # how far the wall clock left the steady one during the load
    probe: ResponseTimes | None  # of the second stream
    probe_failed: int
    sidecar: TreeUse | None
    jobs_waiting: int | None  # in the task queue, when the load had ended
    expected_time_s: ResponseTimes | None  # of the expected responses only
    worker_connections: tuple[int, ...]  # the most each worker held at once
    server_metrics: ServerMetrics | None
    window_time_s: ResponseTimes | None  # of the requests that ended in the window, the same as throughput's
    generators: tuple[GeneratorUse, ...] = ()  # each of several; `generator` is their sum, and of one all there is
    restart: RestartTimes | None = None  # where one was planned and its signal sent

    @property
    def failed_share(self) -> float:
        return self.failed / self.requests if self.requests else 0.0
