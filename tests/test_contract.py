"""The app under attack: whatever its own OpenAPI document allows, and what it does not, no undocumented error."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings

from app.main import app
from labs.engine.harness import postgres
from labs.engine.harness.processes import watched
from tests.conftest import free_port
from tests.serving import select, serving

schema = schemathesis.openapi.from_dict(app.openapi())
"""Only the document comes from this process; every call goes to a real uvicorn."""


LEGAL = {"wait_ms": (10_000, 20), "ms": (60_000, 20), "count": (10_000, 50)}
"""The largest that is legal, and the largest that is asked for: legal ones differ only in how long they take."""


@pytest.fixture(scope="module", params=["sync", "async"])
def base_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service with one of its pools open; the route of the other pool has to respond 503 or better."""
    folder: Path = tmp_path_factory.mktemp("contract")
    port = free_port()
    with (
        watched() as watchdog,
        postgres.running(watchdog, folder / "postgres.log", 20) as database,
        serving(watchdog, select(request.param, timeout_s=1), port, folder, database.url),
    ):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """Keeps its connection: to make one for each call costs more than the call."""
    with requests.Session() as one:
        one.trust_env = False  # no proxy is looked for
        yield one


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_undocumented_answer(case: schemathesis.Case, base_url: str, session: requests.Session) -> None:
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


def test_the_service_is_still_well_afterwards(base_url: str) -> None:
    assert httpx.get(f"{base_url}/sync_endpoint_sync_processing", params={"ms": 1}).json() == {"wait_ms": 1}
