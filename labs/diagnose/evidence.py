"""What was seen of a service at one load after another. Times in seconds, rates per second; None is unknown."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict

FAILED = 0.05  # of the requests: more of them, and the service refuses
MOSTLY = 0.5  # of the time in which a loop is busy
MOST_READINGS = 0.6  # in which a resource is full and waited for, for it to be exhausted

K6_CODES = {
    "1050": "no response in time",
    "1211": "no connection in time",
    "1212": "connection refused",
    "1220": "connection reset",
    "1310": "a certificate of an unknown authority",
}

Stopped = Literal["plateau", "errors", "standstill", "machine", "most users", "time"]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Resource(Frozen):
    """One that holds only so many at once, all processes that have it together.

    `size`, `in_use`, `waiting`: medians over the readings of each process, added up. `full_share`: in which
    share of the readings every place was in use while someone waited. `over_time`: of all processes together, the
    seconds since the first reading, how many were in use, and how many waited.
    """

    kind: str
    made_in: str
    processes: int
    size: float | None
    in_use: float | None
    waiting: float | None
    full_share: float | None
    over_time: tuple[tuple[float, float, float], ...] = ()

    @property
    def name(self) -> str:
        """Kind, and who made it where that tells one from another."""
        return named(self.kind, self.made_in)

    @property
    def exhausted(self) -> bool:
        return self.full_share is not None and self.full_share >= MOST_READINGS

    @property
    def told(self) -> str:
        in_use, size, waiting = map(_count, (self.in_use, self.size, self.waiting))
        return f"{self.name}: {in_use} of {size} in use, {waiting} waiting"


class Step(Frozen):
    """One load: `users` in a loop without pauses. CPU in cores; `worker_cores`: one serving process, on average.

    `loop_busy`: ρ, the share of the time in which a worker's event loop serves nobody, stretches of 5 ms and more.
    """

    users: int
    steady_s: float
    throughput_per_s: float
    mean_s: float
    p50_s: float
    p95_s: float
    samples: int
    failed_share: float
    errors: dict[str, int]
    worker_cores: float | None
    server_cores: float | None
    generator_cores: float
    other_cores: float
    loop_lag_s: float | None
    loop_busy: float | None = None
    in_flight: float | None
    metrics_cost_cores: float | None
    resources: tuple[Resource, ...]

    @property
    def failing(self) -> bool:
        return self.failed_share > FAILED

    @property
    def loop_blocked(self) -> float | None:
        """ρ where calls that wait make up most of it; None where it's unknown, or the loop computes most of it."""
        if self.loop_busy is None or (self.worker_cores or 0.0) > MOSTLY * self.loop_busy:
            return None
        return self.loop_busy

    @property
    def blocked(self) -> str:
        """How much of the time the loop is blocked, in a sentence; only where that is known."""
        assert self.loop_busy is not None
        idle = "" if self.worker_cores is None else f", while a worker used {self.worker_cores:.2f} of a core"
        return f"the event loop was blocked {self.loop_busy:.0%} of the time{idle}"

    @property
    def failures(self) -> str:
        """ "40 × status 503, 3 × no response in time", the most frequent first; empty where none is known."""
        most = sorted(self.errors.items(), key=lambda one: -one[1])[:3]
        return ", ".join(f"{count:,} × {_meaning(code)}" for code, count in most)


class Evidence(Frozen):
    """`steps` in the order of their users, the first with one; `steady`: the longest, at the plateau.
    `overload`: so many that they exhaust more than what limits.

    `cores`: what this machine lets us use; `idle_cores`: what others used of it before any load.
    `no_metrics`: why there are no server metrics, None where there are. `unknown`: what could not be read.
    """

    workers: int
    loop: str | None
    cores: float
    idle_cores: float
    steps: tuple[Step, ...]
    steady: Step | None
    overload: Step | None = None
    stopped: Stopped
    no_metrics: str | None
    unknown: tuple[str, ...] = ()

    @property
    def alone(self) -> Step:
        """One user: nothing waits for another request."""
        return self.steps[0]

    @property
    def service_time_s(self) -> float:
        """S: how long an idle service takes to respond, the median."""
        return self.alone.p50_s

    @property
    def tells_loop_busy(self) -> bool:
        return any(step.loop_busy is not None for step in self.steps)

    @property
    def judged(self) -> Step:
        """Where the limit is looked for."""
        return self.steady or self.steps[-1]


def named(kind: str, made_in: str) -> str:
    """There are thread tokens once in a worker, whoever asked for them first."""
    return kind if not made_in or kind == "thread tokens" else f"{kind} ({made_in})"


def _meaning(code: str) -> str:
    """What k6 means by the code (its documentation, "Error codes"); a response's status is in it."""
    if re.fullmatch(r"1[45]\d\d", code):
        return f"status {code[1:]}"
    return K6_CODES.get(code, f"k6's error {code}" if code.isdigit() else code)


def _count(number: float | None) -> str:
    return "unknown" if number is None else f"{number:,.0f}"
