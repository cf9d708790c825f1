"""The picture of lab 16's mechanism: users whose connections land on workers, and queue there from then on.

How many connections each worker holds is what a recorded run counted; who is at work and who waits is computed
from the lab's rules. The other way deals the same connections out evenly.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf

from labs.engine.formatting import duration, rate
from labs.engine.results.result import median_runs
from labs.engine.theory.queueing import thread_tokens_spread
from labs.lab16_connections.lab import BARELY, LAB, TOKENS, WAIT_S, WORKERS
from labs.pages import stepped
from labs.pages.captured import captured
from labs.pages.stepped import Mark
from labs.simulator.simulate import order

LANDING_S = 1.0  # from the first user to the last, as in the lab
STEPS = 4  # in which they land
# in units of the drawing
SEATS_X, QUEUE_X, COMING_X, TOP, ROW, PITCH, RADIUS = 16, 124, 248, 20, 18, 10, 4
BOTTOM = TOP + ROW * WORKERS + 13
HEIGHT = BOTTOM + 5.0


@dataclass(frozen=True)
class Worker:
    """Who is at work there, by token (None where one is idle), and who waits for one, the next one first."""

    at_work: tuple[int | None, ...]
    waiting: tuple[int, ...]

    @property
    def users(self) -> int:
        return len(self.waiting) + sum(user is not None for user in self.at_work)


def uneven() -> tuple[int, ...]:
    """The connections that each worker held in the median run with 1.25 users per token."""
    return median_runs(captured(LAB, "auto"))[BARELY].measurement.worker_connections


def even(users: int) -> tuple[int, ...]:
    """The same number, dealt out."""
    return tuple(users // WORKERS + (place < users % WORKERS) for place in range(WORKERS))


def moment(homes: Sequence[int], at_s: float) -> list[Worker]:
    """Every worker then. Users come evenly over the landing, each to the worker that is its home."""
    coming: list[list[tuple[float, int]]] = [[] for _ in range(WORKERS)]
    for user, home in enumerate(homes):
        coming[home].append((LANDING_S * user / len(homes), user))
    return [_played(one, at_s) for one in coming]


def _played(coming: Sequence[tuple[float, int]], at_s: float) -> Worker:
    """One worker until then: whoever has a response asks again at once, behind those who wait there."""
    at_work: list[int | None] = [None] * TOKENS
    waiting: deque[int] = deque()
    ends: list[tuple[float, int]] = []  # when a token's call ends, and which token's
    starts = deque(coming)
    while min(ends[0][0] if ends else inf, starts[0][0] if starts else inf) <= at_s:
        if not starts or (ends and ends[0][0] <= starts[0][0]):
            now_s, token = heappop(ends)
            waiting += (user for user in (at_work[token],) if user is not None)
            at_work[token] = waiting.popleft()
            heappush(ends, (now_s + WAIT_S, token))
            continue
        now_s, user = starts.popleft()
        if None in at_work:
            token = at_work.index(None)
            at_work[token] = user
            heappush(ends, (now_s + WAIT_S, token))
        else:
            waiting.append(user)
    return Worker(tuple(at_work), tuple(waiting))


# --- what is seen ------------------------------------------------------------------------------


def queues_mechanism() -> stepped.Mechanism:
    held = uneven()
    fair = even(sum(held))
    pitch = min(PITCH, (COMING_X - 14 - QUEUE_X) / (max(held) - TOKENS))  # the longest queue has room
    tracks = [_track("as they landed", held, pitch), _track("dealt evenly", fair, pitch)]
    (idle, wait), (_, wait_evenly) = (_idle_and_waiting(moment(order(one), LANDING_S)) for one in (held, fair))
    said = (
        f"Two drawings of {WORKERS} workers, {TOKENS} tokens each, with {sum(held)} users. As connections landed: "
        f"{idle} tokens idle, {wait} users wait. Dealt evenly: no token idle, {wait_evenly} wait."
    )
    return stepped.Mechanism(tracks=tracks, height=HEIGHT, described=said, stills=((0, -1), (1, -1)))


def _track(name: str, held: Sequence[int], pitch: float) -> stepped.Track:
    homes = order(held)
    users = len(homes)
    first = f"{users} users are about to connect. {WORKERS} workers with {TOKENS} tokens each share the accept queue."
    states = [stepped.State(first, _marks([Worker((None,) * TOKENS, ())] * WORKERS, users, pitch))]
    between_s = LANDING_S / users / 2  # a moment lies between two users
    for step in range(1, STEPS + 1):
        workers = moment(homes, LANDING_S * step / STEPS - between_s)
        states.append(stepped.State(_landed(workers, users), _marks(workers, users, pitch)))
    workers = moment(homes, LANDING_S + WAIT_S - between_s)
    marks = _marks(workers, users, pitch)
    states.append(stepped.State(_later(workers), marks))
    states.append(stepped.State(_result(workers), marks | _times(workers)))
    return stepped.Track(name, states)


def _marks(workers: Sequence[Worker], users: int, pitch: float) -> dict[str, Mark]:
    marks = {
        "tokens": stepped.text(SEATS_X, 13, f"{TOKENS} tokens each"),
        "waiting": stepped.text(QUEUE_X, 13, "waiting"),
    }
    coming = set(range(users))
    for place, worker in enumerate(workers):
        y = TOP + ROW * place + ROW / 2
        marks[f"w{place}"] = stepped.text(0, y + 4, str(place + 1))
        marks[f"t{place}"] = stepped.box(SEATS_X, y - 7, TOKENS * PITCH, 14)
        for token, user in enumerate(worker.at_work):
            if user is not None:
                marks[str(user)] = stepped.dot(SEATS_X + PITCH * (token + 0.5), y, RADIUS, "works")
        for behind, user in enumerate(worker.waiting):
            marks[str(user)] = stepped.dot(QUEUE_X + RADIUS + pitch * behind, y, RADIUS, "waits")
        coming -= {user for user in (*worker.at_work, *worker.waiting) if user is not None}
    if coming:
        marks["coming"] = stepped.text(stepped.WIDTH, 13, "still to come", "end")
    for user in sorted(coming):
        x, y = COMING_X + RADIUS + 9 * (user // 10 % 10), TOP + ROW + 9 * (user % 10)
        marks[str(user)] = stepped.dot(x, y, RADIUS, "ink")
    idle, wait = _idle_and_waiting(workers)
    if not coming:
        marks["idle"] = stepped.text(SEATS_X, BOTTOM, f"{idle} idle", tone="fails" if idle else "idle")
        marks["wait"] = stepped.text(QUEUE_X, BOTTOM, f"{wait} wait", tone="waits")
    return marks


def _times(workers: Sequence[Worker]) -> dict[str, Mark]:
    marks = {
        "coming": stepped.text(stepped.WIDTH, 13, "response time", "end"),
        "all": stepped.text(stepped.WIDTH, BOTTOM, f"{rate(_throughput(workers))} per second", "end"),
    }
    for place, worker in enumerate(workers):
        y = TOP + ROW * place + ROW / 2 + 4
        marks[f"r{place}"] = stepped.text(stepped.WIDTH, y, duration(_turn_s(worker)), "end")
    return marks


# --- what is said ------------------------------------------------------------------------------


def _idle_and_waiting(workers: Sequence[Worker]) -> tuple[int, int]:
    return sum(worker.at_work.count(None) for worker in workers), sum(len(worker.waiting) for worker in workers)


def _turn_s(worker: Worker) -> float:
    """nᵢ·S / T: how long each of its users waits for a response, once all are in; a call is the least."""
    return max(WAIT_S, worker.users * WAIT_S / TOKENS)


def _throughput(workers: Sequence[Worker]) -> float:
    return thread_tokens_spread([worker.users for worker in workers], TOKENS, WAIT_S)


def _landed(workers: Sequence[Worker], users: int) -> str:
    counts = [worker.users for worker in workers]
    each = f"{min(counts)} to {max(counts)} per worker"
    if (landed := sum(counts)) < users:
        return f"{landed} of {users} connections are taken, {each}. Each stays with the worker that took it."
    return f"All {users} connections are taken, {each}. {_tokens(workers)}"


def _later(workers: Sequence[Worker]) -> str:
    return (
        f"{duration(WAIT_S)} later. Users who got a response send the next request on the same connection, so to the "
        f"same worker. {_tokens(workers)}"
    )


def _tokens(workers: Sequence[Worker]) -> str:
    idle, wait = _idle_and_waiting(workers)
    said = f"{idle} tokens are idle" if idle > 1 else "One token is idle" if idle else "No token is idle"
    return f"{said}, and {wait} requests wait{' at other workers' if idle else ''}."


def _result(workers: Sequence[Worker]) -> str:
    turns_s, most = [_turn_s(worker) for worker in workers], WORKERS * TOKENS / WAIT_S
    return (
        f"So it stays. The service completes {rate(_throughput(workers))} of the {rate(most)} requests per second that "
        f"its tokens allow. On average a response takes {duration(min(turns_s))} at the emptiest "
        f"worker and {duration(max(turns_s))} at the fullest."
    )


def queues() -> str:
    held = uneven()
    each = sum(held) / (WORKERS * TOKENS)
    before = (
        "Play it, then choose “dealt evenly” and compare. How many connections each worker holds was recorded in a run "
        f"with {each:.3g} users per token. In which order they came wasn't."
    )
    return f"\n{before}\n" + stepped.view("lab16-queues", queues_mechanism())
