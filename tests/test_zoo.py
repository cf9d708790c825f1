"""Services with one known limit each: that they are what they claim to be, and that a diagnosis finds it."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from labs.engine.harness.inside_modules import EVERY
from labs.engine.harness.processes import Watchdog
from labs.engine.paths import ROOT
from tests.conftest import Invoked
from tests.zoo.judging import Judged, judge, proven
from tests.zoo.services import DEADLOCK, IN_CI, LOOP, PROVABLE, SERVICES, Service
from tests.zoo.starting import ZOO, Running, running, settings, upstream

ADAPTERS = {
    "sqlalchemy_sync": "sqlalchemy_pools",
    "sqlalchemy_async": "sqlalchemy_pools",
    "httpx_limits": "httpx_pools",
}
LOADED_S = 1.5
# those that `.ci/run` diagnoses are looked at in each test run, the others with the zoo
every_service = pytest.mark.parametrize(
    "service",
    [pytest.param(one, marks=() if one.called in IN_CI else pytest.mark.zoo) for one in SERVICES],
    ids=lambda service: service.called,
)


Reading = dict[str, Any]


async def load(service: Service, app: Running) -> tuple[int, list[Reading]]:
    """Users in a loop for a while: how many got a response, and what every process said meanwhile."""
    readings: list[Reading] = []
    responded = 0
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(limits=limits, timeout=20) as client:

        async def user() -> None:
            nonlocal responded
            while True:
                response = await client.get(app.url)
                assert response.status_code == 200
                responded += 1

        users = [asyncio.create_task(user()) for _ in range(service.users)]
        ends_s = time.monotonic() + LOADED_S + 2 * (service.waits_s or 0)
        while time.monotonic() < ends_s:
            await asyncio.sleep(0.1)
            readings += app.readings()
        for one in users:
            one.cancel()
        for failed in await asyncio.gather(*users, return_exceptions=True):
            assert isinstance(failed, asyncio.CancelledError), failed
    return responded, readings


def exhausted(kind: str, size: int | None, readings: list[Reading]) -> bool:
    """Whether one of that kind, of that size where it is known, was once in use to the last place and waited for."""
    of_kind = [one for reading in readings for one in reading["resources"] if one["kind"] == kind]
    full = [one for one in of_kind if one["size"] and one["in_use"] == one["size"] and one["waiting"] > 0]
    return any(size in (None, one["size"]) for one in full)


@every_service
def test_a_service_of_the_zoo_has_the_limit_that_it_claims(
    service: Service, watchdog: Watchdog, tmp_path: Path, port: int, request: pytest.FixtureRequest
) -> None:
    if service.app in ADAPTERS and ADAPTERS[service.app] not in EVERY:
        pytest.skip(f"{ADAPTERS[service.app]} isn't there yet")
    url = request.getfixturevalue("database").url if service.needs_database else None
    with running(watchdog, service, port, tmp_path, url) as app:
        first = httpx.get(app.url, timeout=20)
        assert (first.status_code, first.json()) == (200, {}), (tmp_path / "log").read_text()
        if service.waits_s and service.answer != DEADLOCK:
            warm = httpx.get(app.url, timeout=20).elapsed.total_seconds()
            assert warm >= 0.9 * service.waits_s or service.workers > 1  # the trap needs a connection that is kept
        responded, readings = asyncio.run(load(service, app))
    assert {why for reading in readings for why in reading["unknown"].items()} == set()
    assert responded > 0 or service.answer == DEADLOCK
    for kind in service.resources:
        assert exhausted(kind, service.size, readings), readings[-1]["resources"]
    assert all(exhausted(kind, None, readings) for kind in service.also_exhausted), readings[-1]["resources"]
    if service.limits == (LOOP,) and not service.also_exhausted:  # which lets only a few block it in a row
        # a user's whole turn goes by between two beats of the loop
        assert max(reading["loop_lag_s"] or 0 for reading in readings) > 4 * service.held_s
    if not service.resources:
        kinds = {"semaphore", "lock", "http client pool"} - {*service.also_exhausted}
        assert not any(exhausted(kind, None, readings) for kind in kinds)


# --- held against a diagnosis -------------------------------------------------------------------

TURNS = 3
KEPT = ROOT / ".cache" / "zoo.json"  # every run, by service and turn: the page's table is made of a copy
PROOFS = ROOT / ".cache" / "zoo-proofs.json"  # the newest proof of each service, for the same table


def named(service: Service, turn: int) -> str:
    return f"{service.called} {turn}{' in CI' if service.called in IN_CI and not turn else ''}".replace(" ", "_")


EVERY_RUN = [pytest.param(one, turn, id=named(one, turn)) for one in SERVICES for turn in range(TURNS)]


def kept() -> dict[str, Any]:
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}


def keep(service: Service, turn: int, judged: Judged) -> None:
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(kept() | {f"{service.called} {turn}": judged.document()}, indent=1))


@pytest.mark.zoo
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("service", "turn"), EVERY_RUN)
def test_a_diagnosis_names_the_limit(
    service: Service,
    turn: int,
    invoke: Callable[..., Invoked],
    watchdog: Watchdog,
    tmp_path: Path,
    port: int,
    request: pytest.FixtureRequest,
) -> None:
    url = request.getfixturevalue("database").url if service.needs_database else None
    with upstream(watchdog, service, port + 1, tmp_path) as upstream_url:
        ended = invoke("diagnose", *options(service, port, url, upstream_url), "--json")
    assert ended.out, ended.err
    judged = judge(service, ended.json)
    keep(service, turn, judged)
    assert judged.outcome != "wrong", f"{judged.why}: {ended.json['finding']}"


@pytest.mark.zoo
@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", [one for one in SERVICES if one.called in PROVABLE], ids=lambda one: one.called)
def test_a_change_brings_what_was_promised(
    service: Service, invoke: Callable[..., Invoked], tmp_path: Path, port: int, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("database").url if service.needs_database else None
    ended = invoke("diagnose", *options(service, port, url, ""), "--prove", "--json")
    assert ended.out, ended.err
    found = proven(service, ended.json)
    proofs = json.loads(PROOFS.read_text()) if PROOFS.exists() else {}
    PROOFS.parent.mkdir(exist_ok=True)
    PROOFS.write_text(json.dumps(proofs | {service.called: found.document()}, indent=1))
    if found.low_per_s is None:  # where the CPU decides, the page says how far off it was
        assert found.verdict in ("as predicted", "inconclusive"), found
    assert found.verdict != "not set", found


def options(service: Service, port: int, database_url: str | None, upstream_url: str) -> list[str]:
    """What starts a service of the zoo for a diagnosis."""
    given = settings(service, database_url, upstream_url).items()
    chosen = [f"--port={port}", f"--workers={service.workers}", f"--loop={service.loop}"]
    return [f"--app={service.app}:app", f"--dir={ZOO}", *(f"--env={name}={value}" for name, value in given), *chosen]


@pytest.mark.zoo
def test_nearly_every_diagnosis_is_right_and_none_is_vague_twice() -> None:
    """Comes last, of what ran at this commit or was kept of it: 95% right, inconclusive at most once for a service."""
    runs = [one for name, one in kept().items() if name.rpartition(" ")[0] in {each.called for each in SERVICES}]
    if len(runs) < TURNS * len(SERVICES):
        pytest.skip(f"{len(runs)} of {TURNS * len(SERVICES)} runs so far")
    assert sum(one["outcome"] == "right" for one in runs) >= 0.95 * len(runs)
    vague = Counter(one["service"] for one in runs if one["outcome"] == "inconclusive")
    assert not vague or max(vague.values()) == 1, vague
