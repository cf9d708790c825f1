"""`invoke app`: which row it starts, and what it says of it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labs import catalog
from labs.engine.declare.service import Machine
from labs.engine.errors import UsageError
from labs.engine.harness.plan import Plan
from labs.engine.harness.server import Server
from labs.engine.show import serving


def rows(number: int) -> tuple[Any, ...]:
    return tuple(catalog.lab(number).rows("auto", Machine(2)))


def test_without_a_name_the_row_with_the_posts_settings_is_served_else_the_first() -> None:
    assert serving.served_row(rows(2), "").thread_tokens == 40
    assert serving.served_row(rows(20), "") == rows(20)[0]


def test_a_row_is_served_by_its_name_and_an_unknown_one_names_those_there_are() -> None:
    assert serving.served_row(rows(2), "T = 10").thread_tokens == 10
    with pytest.raises(UsageError, match="'T = 10', 'T = 40', 'T = 100', not 'T = 20'"):
        serving.served_row(rows(2), "T = 20")


class Process:
    pid = 4711


def test_what_is_said_is_what_a_load_and_a_diagnosis_need() -> None:
    server = Server(Process(), Path("server.log"), Path(), 1, 0.5, Process, "postgresql:///x?user=app")  # type: ignore[arg-type]
    row = serving.served_row(rows(6), "sync, 500 ms, P = 5")
    planned = replace(Plan(lab=catalog.lab(6), scale="auto", variants=rows(6)), port=8700)
    said = "\n".join(serving.lines(planned, row, server))
    assert "1 worker, 10 tokens per worker, a pool of 5 connections per worker" in said and "process 4711" in said
    assert "DATABASE_URL='postgresql:///x?user=app'" in said
    assert f"http://127.0.0.1:8700{row.url_path}" in said and "'async, 500 ms, P = 20'" in said
