"""Ports are chosen and checked before anything starts."""

import os
import re
import socket

import psutil
import pytest

from labs import catalog
from labs.engine.declare.service import Machine
from labs.engine.errors import UsageError
from labs.engine.harness import ports
from labs.lab10_isolate.lab import OWN_SERVICE
from tests import conftest

ROWS = {variant.name: variant for variant in catalog.lab(10).rows("auto", Machine(2.0))}


def test_a_taken_port_names_the_program_that_holds_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        by = f"{re.escape(psutil.Process().name())} \\(process {os.getpid()}\\)"
        with pytest.raises(UsageError, match=rf"^port {port} is taken by {by}.*choose another with --port"):
            ports.check(port)
        with pytest.raises(UsageError, match=f"port {port} is taken"):
            ports.choose([ROWS[OWN_SERVICE]], port)


def test_a_sidecar_takes_a_free_port_besides_the_services(port: int) -> None:
    chosen = ports.choose([ROWS[OWN_SERVICE]], port)
    assert chosen.service == port and chosen.sidecar is not None
    assert chosen.sidecar > port and ports.is_free(chosen.sidecar)
    with socket.create_server(("127.0.0.1", chosen.sidecar)):
        other = ports.choose([ROWS[OWN_SERVICE]], port).sidecar
    assert other is not None and other > chosen.sidecar and ports.is_free(other)


def test_two_people_who_test_on_one_machine_get_no_port_twice(port: int) -> None:
    held, theirs = conftest.block()
    with held:
        other, others = conftest.block()
        other.close()
    assert {port, *(conftest.free_port() for _ in theirs)}.isdisjoint(theirs)
    assert set(others).isdisjoint(theirs) and len(theirs) == len(others) > 150


def test_without_a_sidecar_there_is_no_second_port(port: int) -> None:
    assert ports.choose(catalog.lab(2).rows("auto", Machine(2.0)), port).sidecar is None
