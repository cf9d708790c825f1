"""Services with one known limit each: that they are what they claim to be, and that a diagnosis finds it."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from labs.engine.harness import postgres
from labs.engine.harness.inside_modules import EVERY
from labs.engine.harness.processes import Watchdog, watched
from tests.zoo.services import DEADLOCK, LOOP, SERVICES, Service
from tests.zoo.starting import Running, running

ADAPTERS = {
    "sqlalchemy_sync": "sqlalchemy_pools",
    "sqlalchemy_async": "sqlalchemy_pools",
    "httpx_limits": "httpx_pools",
}
LOADED_S = 1.5
every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.called)


@pytest.fixture(scope="module")
def watchdog() -> Iterator[Watchdog]:
    with watched() as one:
        yield one


@pytest.fixture(scope="module")
def database_url(watchdog: Watchdog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with postgres.running(watchdog, tmp_path_factory.mktemp("postgres") / "postgres.log", 40) as one:
        yield one.url


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
    url = request.getfixturevalue("database_url") if service.needs_database else None
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
    if service.limits == (LOOP,):
        # a user's whole turn goes by between two beats of the loop
        assert max(reading["loop_lag_s"] or 0 for reading in readings) > 4 * service.held_s
    if not service.resources:
        assert not any(exhausted(kind, None, readings) for kind in ("semaphore", "lock", "http client pool"))


def test_the_zoo_has_distinct_names_and_says_what_is_true_of_each() -> None:
    assert len({service.called for service in SERVICES}) == len(SERVICES)
    for service in SERVICES:
        assert (service.size is None) == (service.held_s is None), service.called
        assert not set(service.never) & {*service.limits, *service.or_limited_by}, service.called
        held_alone = service.held_s is None or service.waits_s is None or service.held_s <= service.waits_s
        assert held_alone and (service.size is None or service.users > service.size), service.called
