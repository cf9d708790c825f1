"""What a lab's author declares of a service and its load: endpoints, variants, users.

Units are in the names: `_s` seconds, `_per_s` per second, `_ms` milliseconds. None means absent.

Longer than most modules, so that everything a row can declare, and what follows from it, stands in one place.
"""

from dataclasses import dataclass, replace
from typing import Literal

from labs.engine.declare.published import PostRow

Scale = Literal["auto", "post", "smoke"]
PoolKind = Literal["sync", "async"]
MetricsSource = Literal["inside", "exported"]
Pauses = Literal["constant", "exponential"]


@dataclass(frozen=True)
class Machine:
    """What labs may size themselves by. `cores` is C, min(affinity, cgroup quota); `vus` the most users."""

    cores: float
    vus: int = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Load:
    """A closed model: `vus` users loop, pausing `think_time_s` between a response and the next request.

    With `arrivals_per_s` an open model: requests start on that schedule, and `vus` is only the most
    that may be in flight at once; an arrival that finds no user free is dropped, and counted. Where
    `pauses` are exponential they are random, `think_time_s` on average, and come before each request:
    many users who pause for long are nearly random arrivals.
    """

    vus: int
    ramp_s: float = 1.0
    steady_s: float = 30.0
    timeout_s: float = 60.0
    graceful_stop_s: float = 30.0
    think_time_s: float = 0.0
    arrivals_per_s: float | None = None
    pauses: Pauses = "constant"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a request is besides its path: method, headers, body.

    With `paths`, each with its weight, every request takes one of them at random instead of the endpoint's.
    """

    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    paths: tuple[tuple[str, float], ...] = ()


def smoke(vus: int, **changed: float) -> Load:
    """The load of the smoke scale: long enough to prove the plumbing, too short to measure."""
    load = Load(vus=vus, ramp_s=0.2, steady_s=1, timeout_s=5, graceful_stop_s=6)
    return replace(load, **changed)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A second, thin stream of requests on a schedule, beside the load: what an innocent route feels.

    With `head_start_s` it begins that long before the load, so that its connections are open by then;
    its users are per_s × timeout_s, taken in turn. What it sent before the load is not measured.
    """

    path: str
    per_s: int = 20
    timeout_s: float = 20.0
    head_start_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A route of the app and what one request to it holds, each as a multiple of its `ms`.

    `module` is the app module that defines it; a change there makes captures stale. Its `ms_parameter` takes the
    wait; without a name it has none.
    """

    path: str
    module: str
    waits: float  # response time of an idle service
    holds_token: float = 0.0  # a thread token (`def` endpoints)
    blocks_loop: float = 0.0  # the event loop
    holds_connection: float = 0.0  # a connection of the pool
    computes: float = 0.0  # CPU time in Python, under the worker's one interpreter lock
    holds_slot: float = 0.0  # a slot of the app's own: an executor's thread, a limiter's token, a process
    computes_in_slot: float = 0.0  # CPU time in that slot, a process with an interpreter lock of its own
    pool: PoolKind | None = None
    ms_parameter: str = "ms"


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A worker's connection pool: at most `size` connections, `min_size` of them opened at start (None: all)."""

    size: int
    min_size: int | None = None
    timeout_s: float = 30.0


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """A module of `app` that runs beside the service as a program of its own.

    `takes_load` sends the load to the sidecar's port; the probe stays with the service. A sidecar that is the
    service's `upstream` is named to the service in UPSTREAM_URL; one that `relays` finds the service's port
    in SERVICE_PORT.
    """

    module: str
    takes_load: bool = False
    upstream: bool = False
    relays: bool = False


@dataclass(frozen=True, kw_only=True)
class Uvicorn:
    """The options of uvicorn that a lab is about; every lab but that one leaves them as they are."""

    loop: Literal["uvloop", "asyncio"] = "uvloop"
    http: Literal["httptools", "h11"] = "httptools"
    backlog: int = 2048
    limit_concurrency: int | None = None
    timeout_keep_alive_s: int | None = None  # None: uvicorn's own 5
    timeout_graceful_shutdown_s: int | None = None  # None: it waits for ever


@dataclass(frozen=True, kw_only=True)
class Restart:
    """A planned restart: `signal` goes to the server's first process, `at_s` after the generator's start.

    TERM ends the server, which is then started again. HUP lets the supervisor of several workers replace them.
    """

    at_s: float
    signal: Literal["TERM", "HUP"] = "TERM"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One row of a lab: an endpoint, a service and a load.

    app                  the module of `app` that uvicorn serves, or a dotted one from the checkout (an exercise's);
                         `settings` are environment variables for it
    max_connections      PostgreSQL's; None leaves room for every pool
    slots                how many of the app's own slots a worker has, for endpoints that hold one
    delay_s              what the way to the client adds to each response while no resource is held
    restart              the server is restarted while the load runs
    generator_cores      k6 may use no more; below what it needs, that is the lab's subject
    warm_up_s            holds the same load that long against the same server before the one that counts
    waits_until_ready    False starts the load as soon as the socket listens, workers or not
    may_fail_to_start    a server that does not start is a measurement of nothing, not an error
    server_metrics       "inside": read in each worker, which knows nothing of it; "exported": the service exports
                         its own; None where the lab weighs microseconds
    metrics_of           modules of `inside/course_metrics` that read this service besides the usual ones
    request              what is sent, where it is more than a GET of the endpoint
    whole_run_times      percentiles cover the whole run, since nothing in it is steady; else throughput's window
    judged               False for rows that are shown but have no ceiling to be held against
    repeats              the post's row that this one repeats
    """

    name: str
    endpoint: Endpoint
    ms: int
    workers: int
    load: Load
    thread_tokens: int = 40
    pool: Pool | None = None
    max_connections: int | None = None
    slots: int | None = None
    app: str = "main"
    settings: tuple[tuple[str, str], ...] = ()
    uvicorn: Uvicorn = Uvicorn()
    sidecar: Sidecar | None = None
    probe: Probe | None = None
    delay_s: float = 0.0
    restart: Restart | None = None
    generator_cores: int | None = None
    warm_up_s: float = 0.0
    waits_until_ready: bool = True
    may_fail_to_start: bool = False
    server_metrics: MetricsSource | None = "inside"
    metrics_of: tuple[str, ...] = ()
    request: Request = Request()
    whole_run_times: bool = False
    judged: bool = True
    repeats: PostRow | None = None

    def __post_init__(self) -> None:
        if self.endpoint.holds_slot and not self.slots:
            raise ValueError(f"{self.name}: a request of {self.endpoint.path} holds a slot, so say how many: slots=")

    @property
    def url_path(self) -> str:
        asked = f"?{self.endpoint.ms_parameter}={self.ms}" if self.endpoint.ms_parameter else ""
        return self.endpoint.path + asked

    @property
    def service_time_s(self) -> float:
        """S: how long an idle service takes to respond."""
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
        """q: how long one request holds a connection."""
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

    @property
    def needs_database(self) -> bool:
        return self.endpoint.pool is not None

    @property
    def has_pool(self) -> bool:
        """A pool of connections can limit it: to the database, or an HTTP client's to its upstream."""
        return self.needs_database or (self.pool is not None and self.sidecar is not None and self.sidecar.upstream)

    @property
    def connections_wanted(self) -> int:
        """PostgreSQL's max_connections for this variant: as declared, or room for every pool and some to spare."""
        pooled = self.workers * self.pool.size if self.pool else 0
        return self.max_connections or pooled + 20


def alike(variant: Variant) -> Variant:
    """The variant without what only names it: two that are alike run the same."""
    return replace(variant, name="", repeats=None)
