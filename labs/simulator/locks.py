"""Requests that need more than one lock, in ticks: who holds what, and who waits for what with what in hand.

A lock has a number of places and lets requests in by order of arrival, as AnyIO's limiter, SQLAlchemy's pool and a
semaphore do. All requests come at once, and each of them does the same.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Action = tuple[Literal["take", "give"], str] | tuple[Literal["work"], int, str]  # a lock's name; ticks, doing what


@dataclass(frozen=True)
class Seen:
    """One request at a moment: the locks that it holds, one name per place, the one that it waits for, or its work."""

    holds: tuple[str, ...] = ()
    waits_for: str | None = None
    does: str | None = None
    done: bool = False


Moment = tuple[Seen, ...]  # by request, in order of arrival


@dataclass
class _Request:
    actions: deque[Action]
    holds: list[str] = field(default_factory=list)
    waits_for: str | None = None
    does: str | None = None
    ready_at: int = 0

    def seen(self) -> Seen:
        return Seen(tuple(self.holds), self.waits_for, None if self.waits_for else self.does, not self.actions)


def moments(places: Mapping[str, int], actions: Sequence[Action], requests: int) -> Iterator[Moment]:
    """The state after each tick in which something changed, until all are done or nobody goes on.

    Of those that end their work in one tick, the first to have come goes first.
    """
    everybody = [_Request(deque(actions)) for _ in range(requests)]
    free, lines = dict(places), {name: deque[_Request]() for name in places}
    tick, before = 0, None
    while True:
        going = deque(one for one in everybody if one.actions and not one.waits_for and one.ready_at <= tick)
        while going:
            one = going.popleft()
            while one.actions and not one.waits_for and one.ready_at <= tick:
                going.extend(_act(one, one.actions[0], free, lines, tick))
        now = tuple(one.seen() for one in everybody)
        if now != before:
            yield now
        before = now
        at_work = [one.ready_at for one in everybody if one.actions and not one.waits_for]
        if not at_work:
            return
        tick = min(at_work)


def _act(
    one: _Request, action: Action, free: dict[str, int], lines: Mapping[str, deque[_Request]], tick: int
) -> list[_Request]:
    """The request does what is next, or waits for it; returns who goes on because of it."""
    if action[0] == "work":
        one.actions.popleft()
        one.ready_at, one.does = tick + action[1], action[2]
        return []
    name = action[1]
    if action[0] == "take":
        if free[name]:
            free[name] -= 1
            one.holds.append(name)
            one.actions.popleft()
        else:
            lines[name].append(one)
            one.waits_for = name
        return []
    one.actions.popleft()
    one.holds.remove(name)
    if not lines[name]:
        free[name] += 1
        return []
    heir = lines[name].popleft()
    heir.waits_for = None
    heir.holds.append(name)
    heir.actions.popleft()
    return [heir]


def circle(moment: Moment) -> bool:
    """Whether nobody goes on: each request that isn't done waits."""
    return any(not one.done for one in moment) and all(one.done or one.waits_for for one in moment)
