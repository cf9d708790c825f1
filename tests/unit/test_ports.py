"""Ports are chosen and checked before anything starts."""

import os
import socket

import pytest

from labs import catalog
from labs.engine.declare.service import Machine
from labs.engine.errors import UsageError
from labs.engine.harness import ports
from labs.lab10_isolate.lab import OWN_SERVICE

ROWS = {variant.name: variant for variant in catalog.lab(10).rows("auto", Machine(2.0))}


def test_a_taken_port_names_the_program_that_holds_it(port: int) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        with pytest.raises(UsageError, match=rf"port {port} is taken by .*\(process {os.getpid()}\).*--port"):
            ports.check(port)
    ports.check(port)


def test_a_sidecar_takes_the_next_free_port(port: int) -> None:
    assert ports.choose([ROWS[OWN_SERVICE]], port).sidecar == port + 1
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port + 1))
        holder.listen()
        assert ports.choose([ROWS[OWN_SERVICE]], port).sidecar == port + 2


def test_without_a_sidecar_there_is_no_second_port(port: int) -> None:
    assert ports.choose(catalog.lab(2).rows("auto", Machine(2.0)), port).sidecar is None
