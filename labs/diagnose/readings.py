"""What the readings of a service come to: its resources, its loop lag, its CPU. What isn't known stays None."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, median
from typing import Any

from labs.diagnose.evidence import Resource

SEEN = ("in_use", "waiting")
NO_PLACES = ("requests", "event loop")  # kinds that tell something else than places that requests wait for


@dataclass(frozen=True)
class Reading:
    """What one process said of itself at one moment."""

    at_s: float
    pid: int
    told: Mapping[str, Any]


@dataclass(frozen=True)
class CpuTime:
    """How long one process has used a CPU so far."""

    at_s: float
    pid: int
    used_s: float


def cores_by_process(cpu: Sequence[CpuTime], inside: tuple[float, float]) -> dict[int, float]:
    """How many cores each process used within `inside` (since the epoch)."""
    found = {}
    for pid in {one.pid for one in cpu}:
        own = [one for one in cpu if one.pid == pid and inside[0] <= one.at_s <= inside[1]]
        if len(own) > 1 and own[-1].at_s > own[0].at_s:
            found[pid] = (own[-1].used_s - own[0].used_s) / (own[-1].at_s - own[0].at_s)
    return found


def worker_cores(by_process: Mapping[int, float], serving: Iterable[int]) -> float | None:
    """The mean of those that run an event loop; where we can't see which do, of those that compute at all."""
    own = [by_process[pid] for pid in serving if pid in by_process]
    if not own and by_process:
        busiest = max(by_process.values())
        own = [cores for cores in by_process.values() if cores >= 0.5 * busiest]
    return mean(own) if own else None


def serving(readings: Sequence[Reading]) -> set[int]:
    """The processes that serve requests, as uvicorn counts them; of another server's all that run an event loop."""
    return counting(readings) or {one.pid for one in readings}


def counting(readings: Sequence[Reading]) -> set[int]:
    """The processes that count their requests: uvicorn's."""
    return {one.pid for one in readings if any(of["kind"] == "requests" for of in one.told.get("resources", ()))}


def of_workers(readings: Sequence[Reading]) -> list[Reading]:
    """Without what other processes say: gunicorn's parent runs an event loop too, and serves nothing."""
    workers = serving(readings)
    return [one for one in readings if one.pid in workers]


def within(readings: Sequence[Reading], inside: tuple[float, float]) -> list[Reading]:
    return [one for one in readings if inside[0] <= one.at_s <= inside[1]]


def typical(readings: Sequence[Reading], of: Callable[[Mapping[str, Any]], float | None]) -> float | None:
    """The median reading of each process, and the mean of those; None where one doesn't tell."""
    values: dict[int, list[float]] = {}
    for one in readings:
        value = of(one.told)
        if value is None:
            return None
        values.setdefault(one.pid, []).append(value)
    return mean(map(median, values.values())) if values else None


def loop_lag_s(readings: Sequence[Reading]) -> float | None:
    """How late the loop of a worker typically is: of each process the median, and the mean of those."""
    return typical([one for one in readings if one.told.get("loop_lag_s") is not None], _lag_s)


def _lag_s(told: Mapping[str, Any]) -> float | None:
    return float(told["loop_lag_s"])


def loop_busy(readings: Sequence[Reading]) -> float | None:
    """ρ: the share of the time in which a worker's loop serves nobody, of each process the mean, and of those."""
    by_process: dict[int, list[float]] = {}
    for reading in readings:
        told = [one["in_use"] for one in reading.told.get("resources", ()) if one["kind"] == "event loop"]
        by_process.setdefault(reading.pid, []).extend(share for share in told if share is not None)
    if not by_process or not all(by_process.values()):
        return None
    return min(1.0, mean(map(mean, by_process.values())))


def in_flight(readings: Sequence[Reading]) -> float | None:
    """Requests in the service, all its processes together."""
    found = [one for one in resources(readings, ("requests",)) if one.in_use is not None]
    return sum(one.in_use or 0.0 for one in found) if found else None


def metrics_cost_cores(readings: Sequence[Reading]) -> float | None:
    """What reading costs the service itself: CPU of the thread that writes, per second, all processes together."""
    total = None
    for pid in {one.pid for one in readings}:
        own = [one for one in readings if one.pid == pid]
        if len(own) > 1 and own[-1].at_s > own[0].at_s:
            used = (own[-1].told["cost_s"] - own[0].told["cost_s"]) / (own[-1].at_s - own[0].at_s)
            total = (total or 0.0) + used
    return total


def unknown(readings: Sequence[Reading]) -> tuple[str, ...]:
    """Libraries whose resources could not be noted, with the reason."""
    return tuple(sorted({f"{name} ({why})" for one in readings for name, why in one.told.get("unknown", {}).items()}))


def resources(readings: Sequence[Reading], kinds: Sequence[str] | None = None) -> tuple[Resource, ...]:
    """Every resource that holds only so many, by kind and maker; `kinds` None: all but `NO_PLACES`.

    Where one maker made several of a kind in a process, the one that is waited for most stands for them.
    """
    found: dict[tuple[str, str], list[Reading]] = {}
    for reading in readings:
        busiest: dict[tuple[str, str], Mapping[str, Any]] = {}
        for one in map(_settled, reading.told.get("resources", ())):
            if one["kind"] in kinds if kinds else one["kind"] not in NO_PLACES:
                key = one["kind"], one["made_in"]
                if key not in busiest or _pressure(one) > _pressure(busiest[key]):
                    busiest[key] = one
        for key, one in busiest.items():
            found.setdefault(key, []).append(replace(reading, told=one))
    return tuple(_resource(*key, of_it) for key, of_it in sorted(found.items()))


def _settled(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """A thread pool with something in its queue has no idle thread, whatever it says.

    Before Python 3.12 it counts a thread as idle that takes the next item from the queue (`_idle_semaphore` in
    concurrent/futures/thread.py is released after every item).
    """
    if one["kind"] == "thread pool executor" and one["waiting"] and one["size"]:
        return {**one, "in_use": one["size"]}
    return one


def _pressure(one: Mapping[str, Any]) -> tuple[float, float]:
    return one["waiting"] or 0.0, one["in_use"] or 0.0


def _resource(kind: str, made_in: str, of_it: Sequence[Reading]) -> Resource:
    by_process: dict[int, list[Mapping[str, Any]]] = {}
    for reading in of_it:
        by_process.setdefault(reading.pid, []).append(reading.told)

    def total(what: str) -> float | None:
        """The median of each process, added up; None where one of them didn't tell."""
        values = [[one[what] for one in told] for told in by_process.values()]
        if any(value is None for told in values for value in told):
            return None
        return float(sum(median(told) for told in values))

    shares = [_full_share(told) for told in by_process.values()]
    return Resource(
        kind=kind,
        made_in=made_in,
        processes=len(by_process),
        size=total("size"),
        in_use=total("in_use"),
        waiting=total("waiting"),
        full_share=None if None in shares else mean(share for share in shares if share is not None),
        over_time=tuple(_over_time(of_it, len(by_process))),
    )


def _over_time(of_it: Sequence[Reading], processes: int) -> Iterator[tuple[float, float, float]]:
    """At each reading the last of every process, added up, once each has told."""
    last: dict[int, Mapping[str, Any]] = {}
    first_s = min(one.at_s for one in of_it)
    for reading in sorted(of_it, key=lambda one: one.at_s):
        last[reading.pid] = reading.told
        if len(last) == processes and not any(one[what] is None for one in last.values() for what in SEEN):
            in_use, waiting = (float(sum(one[what] for one in last.values())) for what in SEEN)
            yield round(reading.at_s - first_s, 2), in_use, waiting


def _full_share(told: Sequence[Mapping[str, Any]]) -> float | None:
    if any(one[what] is None for one in told for what in ("size", "in_use", "waiting")):
        return None
    full = [one for one in told if one["in_use"] >= one["size"] and one["waiting"] > 0]
    return len(full) / len(told)
