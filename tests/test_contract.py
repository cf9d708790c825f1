"""The app under attack: whatever its own OpenAPI document allows, and what it does not, no undocumented error."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings

from app.main import app
from labs.engine.declare.service import PoolKind
from labs.engine.harness.postgres import Database
from labs.engine.harness.processes import Watchdog
from tests.conftest import free_port
from tests.serving import select, serving

schema = schemathesis.openapi.from_dict(app.openapi())
"""Only the document comes from this process; every call goes to a real uvicorn."""


LEGAL = {"wait_ms": (10_000, 20), "ms": (60_000, 20), "count": (10_000, 50)}
"""The largest that is legal, and the largest that is asked for: legal ones differ only in how long they take."""


WithPool = Callable[[PoolKind], str]

queries = schema.include(lambda ctx: "503" in ctx.operation.definition.raw["responses"])
"""The routes to which it matters which pool is open."""


@pytest.fixture(scope="module")
def with_pool(watchdog: Watchdog, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WithPool]:
    """The address of the service with that pool open; a route of another pool has to respond 503 or better."""
    with ExitStack() as running:

        def start(kind: PoolKind) -> str:
            folder, port = tmp_path_factory.mktemp(kind), free_port()
            variant = select(kind, timeout_s=1)
            running.enter_context(serving(watchdog, variant, port, folder, database.url))
            return f"http://127.0.0.1:{port}"

        yield cache(start)


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """Keeps its connection: to make one for each call costs more than the call."""
    with requests.Session() as one:
        one.trust_env = False  # no proxy is looked for
        yield one


attacked = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@schema.parametrize()
@attacked
def test_no_undocumented_answer(case: schemathesis.Case, with_pool: WithPool, session: requests.Session) -> None:
    documented_answer(case, with_pool("sync"), session)


@queries.parametrize()
@attacked
def test_no_undocumented_answer_with_the_other_pool(
    case: schemathesis.Case, with_pool: WithPool, session: requests.Session
) -> None:
    documented_answer(case, with_pool("async"), session)


def documented_answer(case: schemathesis.Case, base_url: str, session: requests.Session) -> None:
    known = {parameter["name"] for parameter in case.operation.definition.raw.get("parameters", [])}
    for name in known & set(LEGAL):
        largest, short = LEGAL[name]
        if str(given := case.query.get(name, short)).isdecimal() and int(given) <= largest:
            case.query[name] = min(int(given), short)
    response = case.call(base_url=base_url, session=session, timeout=30)
    documented = case.operation.definition.raw["responses"]
    assert response.status_code < 500 or str(response.status_code) in documented, case.as_curl_command()
    if response.status_code < 500:
        assert str(response.status_code) in {*documented, "400", "405", "422"}, case.as_curl_command()


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_the_service_is_still_well_afterwards(kind: PoolKind, with_pool: WithPool) -> None:
    asked = httpx.get(f"{with_pool(kind)}/sync_endpoint_sync_processing", params={"ms": 1})
    assert asked.json() == {"wait_ms": 1}
