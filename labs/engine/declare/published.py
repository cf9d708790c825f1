"""A result that somebody published, as printed: what our own runs are compared with."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class PostRow:
    """One result of the post. Times in seconds; what it doesn't say is None.

    Its load ramped up for `ramp_s` and then stayed at `vus` users for `steady_s`. `cpu_limited` is our reading:
    what it holds no clock limits.
    """

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
    steady_s: float = 30.0
    cpu_limited: bool = False

    @property
    def failed_share(self) -> float:
        return self.failed / self.requests
