"""A service that speaks TLS: whose certificate is checked, and what is said where the address doesn't fit."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labs.diagnose import request, tls
from labs.diagnose.service import Service
from labs.diagnose.target import Target
from labs.engine.errors import UsageError
from tests.conftest import Started, free_port, gone
from tests.diagnosed.attached import attached

APP, ROUTE = "tests.diagnosed.plain:app", "/executor?ms=50"
BRIEF = "tests.diagnosed.brief"
pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl makes the certificate")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """uvicorn's options for one that signs itself."""
    folder = tmp_path_factory.mktemp("certificate")
    key, signed = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=service.example",
         "-keyout", str(key), "-out", str(signed)],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return "--ssl-keyfile", str(key), "--ssl-certfile", str(signed)


@pytest.fixture(scope="module")
def ports(certificate: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Of two that run already: one over TLS, one without."""
    found = free_port(), free_port()
    with attached(found[0], *certificate), attached(found[1]):
        yield found


def diagnosed(start: Callable[..., Started], home: Path, *arguments: str) -> tuple[int, str, str]:
    one = start("diagnose", *arguments, module=BRIEF, COURSE_HOME=str(home), COLUMNS="200")
    out, err = one.process.communicate(timeout=90)
    assert gone(one.mark)
    return one.process.returncode, out, " ".join(err.split())


def test_what_a_command_starts_over_tls_is_found_to_speak_it(
    start: Callable[..., Started], certificate: tuple[str, ...], tmp_path: Path, port: int
) -> None:
    command = " ".join((sys.executable, "-m", "uvicorn", APP, "--port", "{port}", *certificate))
    given = ("--port", str(port), "--command", command, "--path", ROUTE, "--users", "8")
    status, out, err = diagnosed(start, tmp_path, *given)
    assert "thread pool executor" in out and tls.UNCHECKED in out, err
    assert status in (0, 20)  # beside other tests it may be inconclusive


def test_one_that_runs_already_over_tls_is_asked_and_its_certificate_not_checked(
    start: Callable[..., Started], ports: tuple[int, int], tmp_path: Path
) -> None:
    given = ("--url", f"https://127.0.0.1:{ports[0]}{ROUTE}", "--users", "8", "--json")
    status, out, err = diagnosed(start, tmp_path, *given)
    assert status == 20 and tls.UNCHECKED in err
    assert not any(step["failed_share"] for step in json.loads(out)["evidence"]["steps"])


def test_an_address_with_the_wrong_protocol_is_named_with_the_right_one(
    start: Callable[..., Started], ports: tuple[int, int], tmp_path: Path
) -> None:
    speaks, plain = ports
    for given, says in (
        (f"http://127.0.0.1:{speaks}", f"speaks TLS: --url https://127.0.0.1:{speaks}"),
        (f"https://127.0.0.1:{plain}", f"if it speaks plain HTTP, say --url http://127.0.0.1:{plain}"),
    ):
        status, _, err = diagnosed(start, tmp_path, "--url", given + ROUTE)
        assert status == 2 and says in err, err


@pytest.mark.parametrize(
    ("url", "taken_as_it_is"),
    [
        ("https://127.0.0.1:9000", True),
        ("https://localhost:9000", True),
        ("https://[::1]:9000", True),
        ("https://staging.example", False),
        ("http://127.0.0.1:9000", False),
    ],
)
def test_only_on_this_machine_a_certificate_goes_unchecked(url: str, taken_as_it_is: bool) -> None:
    assert tls.unchecked(url) is taken_as_it_is
    assert bool(tls.settings(url)) is taken_as_it_is
    assert tls.context(url).check_hostname is not taken_as_it_is


def test_another_hosts_certificate_that_nobody_trusts_names_the_setting(
    ports: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own address, taken for another host's: then the certificate counts."""
    monkeypatch.setattr(tls, "LOOPBACK", re.compile("no such host"))
    there = Service(Target(url=f"https://127.0.0.1:{ports[0]}"), (), None, None, None, None, None, "it ran already")
    with pytest.raises(UsageError, match=r"can't be checked \(self-signed certificate\).*SSL_CERT_FILE=ca.pem"):
        request.check(there)
