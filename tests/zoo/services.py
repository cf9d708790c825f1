"""Every service of the zoo with what is true of it: which limit it has, how many places, how long each is held.

Times in seconds. `theory_per_s` is what the limit allows: places ÷ the time that a request holds one. They are held
for long enough that what a request costs besides, a few milliseconds where it goes to a database, is no part of it.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

LIMITED, DEADLOCK, OUTSIDE = "limited by", "deadlock", "a wait outside"
POOL, CLIENT, TOKENS = "connection pool", "http client pool", "thread tokens"
LOOP, CORE, SHARED, GENERATOR = "event loop", "a core per worker", "shared cores", "the load generator"
TRAP = "delayed acknowledgments"
CPU = (CORE, SHARED)


@dataclass(frozen=True, kw_only=True)
class Service:
    """`app` is in this folder, and its one path is /.

    answer, limits    what a diagnosis has to say; the limits are kinds of resources as `course_metrics` names them,
                      or the CPU's and the generator's
    or_limited_by     as right: which of two it is depends on the machine
    never             what a careless diagnosis would say
    also_exhausted    what every request waits for besides, though it isn't what limits
    size, held_s      places of all workers together, and how long a request holds one; None where no clock decides
    in_turns          those who hold one block the loop one after another, so that each holds it for longer than alone
    waits_s           response time of an idle service
    users             enough that everybody waits for the limit
    upstream_slots    the service calls `upstream.py`, which serves so many at once; 0: any number
    """

    app: str
    limits: tuple[str, ...]
    answer: str = LIMITED
    or_limited_by: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    also_exhausted: tuple[str, ...] = ()
    size: int | None = None
    held_s: float | None = None
    in_turns: bool = False
    waits_s: float | None = None
    workers: int = 1
    loop: Literal["auto", "asyncio"] = "auto"
    users: int = 16
    needs_database: bool = False
    upstream_slots: int | None = None
    name: str = ""

    @property
    def called(self) -> str:
        return self.name or self.app.replace("_", " ")

    @property
    def theory_per_s(self) -> float | None:
        return self.size / self.held_s if self.size and self.held_s else None

    @property
    def resources(self) -> tuple[str, ...]:
        """The limits that report themselves: how many places they have, how many are in use and waited for."""
        return tuple(one for one in self.limits if one not in (LOOP, GENERATOR, TRAP, *CPU))


# a restart can change what limits these: tokens, the threads of an executor, or workers
PROVABLE = (
    *("default tokens", "asyncio executor", "blocked loop", "half blocking", "a pool and a blocked loop"),
    *("small pool busy core", "computing, one worker"),
)
EXECUTOR_THREADS = ThreadPoolExecutor()._max_workers  # Python's own choice, by the machine's cores

SERVICES = (
    Service(app="default_tokens", limits=(TOKENS,), size=40, held_s=0.25, waits_s=0.25, users=64),
    Service(app="own_limiter", limits=("limiter",), never=(TOKENS,), size=4, held_s=0.2, waits_s=0.2),
    Service(
        app="asyncio_executor",
        limits=("thread pool executor",),
        size=EXECUTOR_THREADS,
        held_s=0.2,
        waits_s=0.2,
        users=2 * EXECUTOR_THREADS + 8,
    ),
    Service(app="process_pool", limits=("process pool executor",), size=2, held_s=0.2, waits_s=0.2),
    Service(app="semaphore", limits=("semaphore",), size=5, held_s=0.2, waits_s=0.2),
    Service(app="plain_lock", limits=("lock",), never=(TOKENS,), size=1, held_s=0.04, waits_s=0.04, users=64),
    Service(app="lock_for_a_tenth", limits=("lock",), size=1, held_s=0.08, waits_s=0.8, users=32),
    Service(app="pool_for_a_third", limits=(POOL,), size=4, held_s=0.2, waits_s=0.6, users=32, needs_database=True),
    Service(
        app="psycopg_sync",
        limits=(POOL,),
        never=(TOKENS,),
        size=5,
        held_s=0.2,
        waits_s=0.2,
        users=64,
        needs_database=True,
    ),
    Service(app="psycopg_async", limits=(POOL,), size=5, held_s=0.2, waits_s=0.2, needs_database=True),
    Service(
        app="sqlalchemy_sync",
        limits=(POOL,),
        never=(TOKENS,),
        size=5,
        held_s=0.2,
        waits_s=0.2,
        users=64,
        needs_database=True,
    ),
    Service(app="sqlalchemy_async", limits=(POOL,), size=5, held_s=0.2, waits_s=0.2, needs_database=True),
    Service(app="httpx_limits", limits=(CLIENT,), size=5, held_s=0.3, waits_s=0.3, upstream_slots=0),
    Service(app="slow_upstream", limits=(), answer=OUTSIDE, never=(CLIENT,), waits_s=0.3, upstream_slots=5),
    Service(app="hangs_under_load", limits=(), answer=OUTSIDE, also_exhausted=(TOKENS,), waits_s=0.1, users=64),
    Service(app="blocked_loop", limits=(LOOP,), size=1, held_s=0.04, waits_s=0.04),
    Service(app="half_blocking", limits=(LOOP,), size=1, held_s=0.1, waits_s=0.2),
    Service(
        app="pool_and_blocked_loop",
        name="a pool and a blocked loop",  # 4 ÷ 100 ms = 40/s, and 1 ÷ 50 ms = 20/s
        limits=(LOOP,),
        also_exhausted=("semaphore",),
        size=1,
        held_s=0.05,
        waits_s=0.15,
    ),
    # all four begin together, and block one after another: 4 ÷ (100 ms + 300 ms + 4 × 50 ms)
    Service(
        app="capstone_as_found",
        limits=(POOL,),
        never=(CORE, SHARED),
        size=4,
        held_s=0.6,
        in_turns=True,
        waits_s=0.45,
        needs_database=True,
    ),
    Service(
        app="small_pool_busy_core",
        limits=(CORE,),
        or_limited_by=(SHARED,),
        never=(POOL,),
        users=64,
        needs_database=True,
    ),
    Service(app="computing", name="computing, one worker", limits=(CORE,), never=(LOOP, TOKENS), users=64),
    Service(app="computing", name="computing, two workers", limits=CPU[1:], or_limited_by=(CORE,), workers=2, users=64),
    Service(app="deadlock_of_two", limits=(POOL, TOKENS), answer=DEADLOCK, waits_s=0.05, users=16, needs_database=True),
    Service(app="deadlock_of_one", limits=(POOL,), answer=DEADLOCK, waits_s=0.1, needs_database=True),
    Service(app="immediate", name="the 44 ms trap", limits=(TRAP,), waits_s=0.044, workers=2, loop="asyncio", users=1),
    Service(app="immediate", name="immediate", limits=(GENERATOR,), or_limited_by=CPU, users=64),
)
IN_CI = ("default tokens", "lock for a tenth", "blocked loop")
