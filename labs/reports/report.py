"""What a published load test says of itself, as far as it says it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from labs.engine.errors import UsageError

Seconds = Annotated[float, Field(ge=0, le=1e6)]
Rate = Annotated[float, Field(gt=0, le=1e9)]
Count = Annotated[int, Field(ge=0, le=10**12)]
Kind = Literal["def", "async"]


class Report(BaseModel):
    """The parts of a report; None where it doesn't say.

    Times in seconds, rates per second. `kind` says how the endpoint waits: a `def` holds a thread token for
    `service_time_s`, an `async def` holds none. `blocking_time_s` is the part of it in which the event loop
    stands still. `throughput_per_s` is the rate as it was reported, failed requests included or not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = "def"
    workers: Annotated[int, Field(ge=1, le=100_000)] | None = None
    tokens: Annotated[int, Field(ge=1, le=100_000)] | None = None
    users: Annotated[int, Field(ge=1, le=10**9)] | None = None
    think_time_s: Seconds = 0.0
    service_time_s: Seconds | None = None
    blocking_time_s: Seconds | None = None
    pool: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    connection_time_s: Seconds | None = None
    throughput_per_s: Rate | None = None
    mean_s: Seconds | None = None
    p50_s: Seconds | None = None
    p90_s: Seconds | None = None
    p95_s: Seconds | None = None
    p99_s: Seconds | None = None
    max_s: Seconds | None = None
    requests: Count | None = None
    failed: Count | None = None
    duration_s: Annotated[float, Field(gt=0, le=1e9)] | None = None

    @property
    def completed_per_s(self) -> float | None:
        """The rate of requests that didn't fail: only these are sure to have had a place.

        A reported rate counts the failed ones too, as most tools do, unless it's nearer to the rate of the others.
        """
        good = None if self.requests is None else max(0, self.requests - (self.failed or 0))
        counted = None if good is None or self.duration_s is None else good / self.duration_s
        if self.throughput_per_s is None or not self.requests or not self.failed or good is None:
            return counted if self.throughput_per_s is None else self.throughput_per_s
        least = self.throughput_per_s * good / self.requests
        alone = counted is not None and abs(self.throughput_per_s - counted) < abs(least - counted)
        return self.throughput_per_s if alone else least

    @property
    def reported_per_s(self) -> float | None:
        """The rate as it was reported, else of the requests that didn't fail."""
        return self.completed_per_s if self.throughput_per_s is None else self.throughput_per_s


# the command line's names: without units, which its help says
OPTIONS = {
    "kind": ("kind", "how the endpoint waits: def (in a thread) or async"),
    "workers": ("workers", "server processes"),
    "tokens": ("tokens", "thread tokens per worker; 40 for a def that doesn't say"),
    "users": ("users", "users, or connections of the load generator"),
    "think": ("think_time_s", "seconds each user pauses"),
    "service": ("service_time_s", "seconds each request waits on an idle service"),
    "blocking": ("blocking_time_s", "seconds of it in which the event loop is blocked"),
    "pool": ("pool", "database connections per worker"),
    "connection": ("connection_time_s", "seconds a request holds a connection"),
    "throughput": ("throughput_per_s", "reported requests per second"),
    "mean": ("mean_s", "mean response time, seconds"),
    "p50": ("p50_s", "median, seconds"),
    "p90": ("p90_s", "seconds"),
    "p95": ("p95_s", "seconds"),
    "p99": ("p99_s", "seconds"),
    "slowest": ("max_s", "seconds"),
    "requests": ("requests", "how many there were"),
    "failed": ("failed", "how many of them failed"),
    "duration": ("duration_s", "seconds the test took"),
}


def parse(given: dict[str, str]) -> Report:
    """The report from what was typed. Raises UsageError, one line that names the option and what is wrong."""
    try:
        return Report.model_validate({OPTIONS[name][0]: text for name, text in given.items()})
    except ValidationError as error:
        first = error.errors()[0]
        name = next(option for option, (field, _) in OPTIONS.items() if field == first["loc"][0])
        raise UsageError(f"--{name} {first['input']!r}: {first['msg'][0].lower()}{first['msg'][1:]}") from None
