"""Data types only: what a lab declares, what a run measures, what a verdict says.

Units are in the names: `_s` seconds, `_per_s` a second, `_bytes`, `_cores` CPU seconds a second.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

Scale = Literal["auto", "post", "smoke"]
PoolKind = Literal["none", "sync", "async"]
Outcome = Literal["reproduced", "not reproduced", "inconclusive"]
PostAgreement = Literal["agrees", "differs", "not comparable"]

SCHEMA_VERSION = 1


class UsageError(Exception):
    """What the user asked for, or the machine, cannot be run; the message names the mend. Exit 2."""


# --- what a lab declares -----------------------------------------------------------------


@dataclass(frozen=True)
class Machine:
    """What labs may size themselves by. `cores` is min(affinity, cgroup quota); `vus` the most users."""

    cores: float
    vus: int = 1_000_000


@dataclass(frozen=True)
class Load:
    """A closed model: `vus` users loop, pausing `think_time_s` between answer and next request.

    With `arrivals_per_s` an open model: requests start on that schedule, and `vus` is only the most
    that may be in flight at once; an arrival that finds no user free is dropped, and counted.
    """

    vus: int
    ramp_s: float = 1.0
    hold_s: float = 30.0
    timeout_s: float = 60.0
    graceful_stop_s: float = 30.0
    think_time_s: float = 0.0
    arrivals_per_s: float = 0.0


@dataclass(frozen=True)
class Bystander:
    """A second, thin stream of requests on a schedule, beside the load: what an innocent route feels.

    With `head_start_s` it begins that long before the load, so that its connections are open by then;
    its users are per_s × timeout_s, taken in turn. What it asked before the load is not measured.
    """

    path: str
    per_s: int = 20
    timeout_s: float = 20.0
    head_start_s: float = 0.0


@dataclass(frozen=True)
class Endpoint:
    """A route of the app and what one request to it holds, each as a multiple of its `ms`.

    `module` is the app module that defines it; a change there makes captures stale.
    """

    path: str
    module: str
    waits: float  # answer time of an idle service
    holds_token: float = 0.0  # a thread token (`def` endpoints)
    blocks_loop: float = 0.0  # the event loop
    holds_connection: float = 0.0  # a connection of the pool
    computes: float = 0.0  # CPU time in Python, under the worker's one interpreter lock
    holds_slot: float = 0.0  # a slot of the app's own: an executor's thread, a limiter's token, a process
    computes_in_slot: float = 0.0  # CPU time in that slot, a process with an interpreter lock of its own
    pool: PoolKind = "none"
    ms_parameter: str = "ms"


@dataclass(frozen=True)
class Variant:
    """One row of a lab: an endpoint, a server configuration and a load.

    `judged` is False for rows that are shown but have no ceiling to be held against.
    `source` is the id of the post's row that this one repeats.
    `waits_until_ready` False starts the load as soon as the socket listens, workers or not.
    `may_fail_to_start` makes a server that does not start a measurement of nothing, not an error.
    `max_connections` is PostgreSQL's; None leaves room for every pool.
    `warm_up_s` holds the same load that long against the same server before the one that counts.
    `bystander` is asked for beside the load; its times are kept apart from the load's.
    `app` is the module of `app` whose `app` uvicorn serves, `settings` are further environment
    variables for it, `companion` a module of `app` that runs beside it as a program of its own.
    `loop`, `http`, `backlog` and `limit_concurrency` are uvicorn's.
    `delay_s` is what the way to the client adds to each answer while no resource of the service is held.
    `generator_cores` lets k6 use no more of them; below what it needs, that is the lab's subject.
    `slots` is how many of the app's own slots a worker has, for endpoints that hold one.
    `load_goes_to_companion` sends the load to the companion's port; the bystander stays with the server.
    `panel` has each worker export what it knows of itself (app/panel.py); off where the lab weighs microseconds.
    """

    name: str
    endpoint: Endpoint
    ms: int
    workers: int
    load: Load
    thread_tokens: int = 40
    pool_size: int = 0
    pool_min_size: int | None = None
    max_connections: int | None = None
    pool_timeout_s: float = 30.0
    waits_until_ready: bool = True
    may_fail_to_start: bool = False
    judged: bool = True
    source: str | None = None
    warm_up_s: float = 0.0
    bystander: Bystander | None = None
    app: str = "main"
    settings: tuple[tuple[str, str], ...] = ()
    companion: str = ""
    loop: Literal["uvloop", "asyncio"] = "uvloop"
    http: Literal["httptools", "h11"] = "httptools"
    backlog: int = 2048
    limit_concurrency: int | None = None
    delay_s: float = 0.0
    generator_cores: int | None = None
    slots: int = 0
    load_goes_to_companion: bool = False
    panel: bool = True

    @property
    def url_path(self) -> str:
        return f"{self.endpoint.path}?{self.endpoint.ms_parameter}={self.ms}"

    @property
    def service_time_s(self) -> float:
        """S: how long an idle service takes to answer."""
        return self.endpoint.waits * self.ms / 1000 + self.delay_s

    @property
    def token_time_s(self) -> float:
        return self.endpoint.holds_token * self.ms / 1000

    @property
    def blocking_time_s(self) -> float:
        """b: how long one request holds the event loop by blocking it."""
        return self.endpoint.blocks_loop * self.ms / 1000

    @property
    def connection_time_s(self) -> float:
        return self.endpoint.holds_connection * self.ms / 1000

    @property
    def computing_time_s(self) -> float:
        """CPU seconds one request computes in its worker, besides what every request costs."""
        return self.endpoint.computes * self.ms / 1000

    @property
    def slot_time_s(self) -> float:
        return self.endpoint.holds_slot * self.ms / 1000

    @property
    def slot_computing_time_s(self) -> float:
        """CPU seconds one request computes in a process beside its worker."""
        return self.endpoint.computes_in_slot * self.ms / 1000


@dataclass(frozen=True)
class CpuCosts:
    """CPU seconds one request costs: server c, generator g, local database d. Measured, not assumed."""

    server_s: float
    generator_s: float
    database_s: float = 0.0


@dataclass(frozen=True)
class Ceiling:
    """The highest throughput one resource allows. `wave_s`: how long a request holds it, 0 if CPU."""

    resource: str
    throughput_per_s: float
    formula: str
    wave_s: float = 0.0
    clock_bound: bool = True


@dataclass(frozen=True)
class Prediction:
    """Every known ceiling, lowest first.

    `bound_by` names the lowest if the next is at least twice as high; otherwise the run sits on
    a knee and `bound_by` reads "between a and b". `forecasts` is False where the ceilings are
    only bounds, because what a request costs is not known yet. `response_time_s` is None where
    the hold is too short for it to settle.
    """

    ceilings: tuple[Ceiling, ...]
    bound_by: str
    on_knee: bool
    response_time_s: float | None
    forecasts: bool

    @property
    def throughput_per_s(self) -> float | None:
        return self.ceilings[0].throughput_per_s if self.forecasts else None

    @property
    def binding(self) -> str:
        """ "bound by a", or "between a and b" on a knee."""
        return self.bound_by if self.on_knee else f"bound by {self.bound_by}"

    @property
    def clock_bound(self) -> bool:
        return self.forecasts and self.ceilings[0].clock_bound

    @property
    def wave_s(self) -> float:
        """How long one request holds the binding resource: completions come in waves of this."""
        return self.ceilings[0].wave_s if self.ceilings else 0.0


# --- what a run measures -----------------------------------------------------------------


@dataclass(frozen=True)
class ResponseTimes:
    """Seconds, over every request of the run that had a connection, failed ones included.

    `timed_out` of the samples are censored at the timeout.
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
    """The part of the hold that throughput is counted in, seconds from the start of the load.

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


@dataclass(frozen=True)
class Timeline:
    """Per second of the run: what was answered, and what the server held at that moment."""

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
class Panel:
    """What the workers' own gauges said, read once a second inside the window.

    `gauges` by their names: a row a second, in it a value a worker.
    """

    gauges: Mapping[str, tuple[tuple[float, ...], ...]]

    def typical(self, gauge: str) -> float:
        """The median second's value of the worker that then had the highest."""
        return median(max(row) for row in self.gauges[gauge])

    def typical_sum(self, gauge: str) -> float:
        """The median second's sum over the workers."""
        return median(sum(row) for row in self.gauges[gauge])

    def highest(self, gauge: str) -> float:
        return max(max(row) for row in self.gauges[gauge])


@dataclass(frozen=True)
class Measurement:
    """One run of one variant."""

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
    worker_answers: tuple[int, ...]
    workers_replaced: int
    listen_overflows: int | None
    errors: Mapping[str, int]  # k6's error codes, of the failed requests
    k6_exit: int
    boot_s: float
    load_s: float
    overhead_s: float
    harness_cpu_cores: float
    database_fatals: int | None = None  # FATAL lines in PostgreSQL's log
    start_error: str = ""  # why the server did not start, where the variant allows that
    clock_jump_s: float = 0.0  # how far the wall clock left the steady one during the load
    bystander: ResponseTimes | None = None  # of the second stream
    bystander_failed: int = 0
    companion: TreeUse | None = None
    jobs_waiting: int | None = None  # in the task queue, when the load had ended
    expected_time_s: ResponseTimes | None = None  # of the expected answers only, None in older captures
    worker_connections: tuple[int, ...] = ()  # the most each worker held at once; empty in older captures
    panel: Panel | None = None  # of a service that exports gauges

    @property
    def failed_share(self) -> float:
        return self.failed / self.requests if self.requests else 0.0


@dataclass(frozen=True)
class Run:
    """A variant, what was predicted before its load began, and what was measured."""

    variant: Variant
    prediction: Prediction
    measurement: Measurement
    repeat: int


@dataclass(frozen=True)
class NoiseFloor:
    """How far identical runs lay from their middle on this machine, (max − min) / 2 / median of throughput."""

    clock_bound: float
    cpu_bound: float
    measured_at: str


@dataclass(frozen=True)
class Provenance:
    """What executed, where: enough to say whether a capture still speaks of this code."""

    fingerprint: str
    commit: str
    dirty: bool
    started_at: str
    versions: Mapping[str, str]
    cpu: str
    cores: float
    memory_bytes: int
    system: str
    server_argv: tuple[str, ...]
    generator_argv: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Result:
    """Everything one `invoke labN` measured; what reports, figures and verdicts read."""

    lab: int
    slug: str
    scale: Scale
    experiment: bool  # True if the user overrode the lab's own configuration
    repeats: int
    runs: tuple[Run, ...]
    provenance: Provenance
    database_limit_per_s: tuple[float, ...] = ()  # pgbench's, one a repeat
    noise: NoiseFloor | None = None  # what lab 0 had measured on this machine, if it had run
    schema_version: int = SCHEMA_VERSION


# --- what is judged ----------------------------------------------------------------------


@dataclass(frozen=True)
class Observed:
    """The figures of one variant, from the post or from us, that checks compare."""

    throughput_per_s: float
    predicted_per_s: float | None
    p50_s: float
    p95_s: float
    p99_s: float | None
    failed_share: float
    cpu_s_per_request: float | None = None
    database_fatals: int | None = None
    measurement: Measurement | None = None  # ours whole; None for a row of the post
    variant: Variant | None = None  # what ran, the reader's overrides applied; None for a row of the post


Ratio = Callable[[Mapping[str, Observed]], float]


@dataclass(frozen=True)
class Check:
    """A claim as a dimensionless ratio that must lie in [low, high].

    `needs` names the variants the ratio reads: where one is missing the check does not apply.
    `percentile` is the highest one it reads (99 for a p99): too few samples make it inconclusive.
    """

    says: str
    ratio: Ratio
    needs: tuple[str, ...]
    low: float
    high: float = float("inf")
    clock_bound: bool = True
    percentile: float | None = None


@dataclass(frozen=True)
class PostComparison:
    """The ratio in which the post's own figures and ours must agree, whatever the machine."""

    says: str
    ratio: Ratio
    needs: tuple[str, ...]
    tolerance: float


@dataclass(frozen=True)
class CheckOutcome:
    says: str
    passed: bool
    value: float
    low: float
    high: float | None  # None: no upper limit
    values: tuple[float, ...]  # one a repeat
    clock_bound: bool


@dataclass(frozen=True)
class Verdict:
    outcome: Outcome
    reasons: tuple[str, ...]
    checks: tuple[CheckOutcome, ...]
    post: PostAgreement
    post_reason: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PostRow:
    """A result the post prints; times in seconds. Percentiles it does not print are None."""

    id: str
    title: str
    workers: int | None
    vus: int
    requests: int
    failed: int
    k6_rate_per_s: float
    mean_s: float
    min_s: float
    p50_s: float
    p90_s: float
    p95_s: float
    max_s: float
    service_time_s: float
    ramp_s: float = 1.0
    hold_s: float = 30.0


# --- the lab -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Lab:
    """Declares; runs nothing.

    number       `invoke lab<number>`
    slug         the folder's name
    title        the mechanism, as the page's heading
    claim        one line, with its condition
    variants     the rows at a scale, sized to a machine; pure. Read them through `rows`
    tolerance    how near throughput must come to a clock-bound prediction, as a share of it
    checks       claims besides "throughput is the predicted ceiling"
    post         what is compared with the post; None if the post has nothing to compare
    sources      the post's rows that variants name by their id
    calibrate    name of the variant whose measured CPU costs predict the later ones
    captured_at  the scales that its page shows a captured run of
    pgbench      also measure the database's own limit, with the service's query
    measures_noise  its identical runs are kept as this machine's noise floor
    only_on      the system whose kernel the claim is about ("Linux"); elsewhere it is inconclusive
    grades       the claim is a target for the learner's own service, and the verdict says whether it is met
    """

    number: int
    slug: str
    title: str
    claim: str
    variants: Callable[[Scale, Machine], Sequence[Variant]]
    tolerance: float
    checks: tuple[Check, ...] = ()
    post: PostComparison | None = None
    calibrate: str | None = None
    pgbench: bool = False
    measures_noise: bool = False
    grades: bool = False
    captured_at: tuple[Scale, ...] = ("post",)
    sources: tuple[PostRow, ...] = ()
    only_on: str = ""

    @property
    def name(self) -> str:
        return f"lab{self.number}"

    def rows(self, scale: Scale, machine: Machine) -> tuple[Variant, ...]:
        """The variants as they run: what the post measured is repeated as it was there, without a panel."""
        declared = tuple(self.variants(scale, machine))
        repeats_the_post = scale == "post" and "post" in self.captured_at
        return tuple(replace(v, panel=False) for v in declared) if repeats_the_post else declared
