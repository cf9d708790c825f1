"""The verdict tested on itself: a lab broken on purpose must never come out as reproduced.

Each case declares what the lab declares and runs something else: fewer workers, other tokens, the
endpoint's twin, a generator that is held back. Real processes, at a scale where timing is judged.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from labs import catalog
from labs.runner import load, run, server
from labs.runner.load import k6_binary
from labs.runner.model import Endpoint, Machine, Result, Variant
from labs.runner.progress import LiveProgress
from labs.runner.verdict import judge

MACHINE = Machine(2.0)
SYNC_SLEEP = "/sync_endpoint_sync_processing"
SYNC_SELECT = Endpoint(
    "/sync_select", "database", waits=1, holds_token=1, holds_connection=1, pool="sync", ms_parameter="wait_ms"
)
ASYNC_SLEEP = Endpoint("/async_endpoint_async_processing", "waiting", waits=1)
BLOCK = Endpoint("/async_endpoint_mix_processing", "waiting", waits=2, blocks_loop=1)
Change = Callable[[Variant], Variant]


@dataclass(frozen=True)
class Broken:
    """`names` are the variants that run; `change` is what is really started for them."""

    lab: int
    fault: str
    names: Sequence[str]
    change: Change
    hold_s: float = 5.0


def endpoint(path: str, only: str = "") -> Change:
    return lambda v: replace(v, endpoint=replace(v.endpoint, path=path)) if only in v.name else v


def workers(count: int, only: str = "") -> Change:
    return lambda v: replace(v, workers=count) if only in v.name else v


def tokens(count: int, only: str = "") -> Change:
    return lambda v: replace(v, thread_tokens=count) if only in v.name else v


CASES = [
    Broken(0, "wrong tokens", ["clock, A", "clock, B"], tokens(20, only="B")),
    Broken(1, "wrong worker count", ["W = 1", "W = 6"], workers(1)),
    Broken(2, "wrong tokens", ["T = 40"], tokens(20)),
    Broken(2, "wrong worker count", ["T = 40"], workers(3)),
    Broken(
        3, "endpoint swapped with its twin", ["time.sleep", "anyio.run"], endpoint("/sync_endpoint_sync_processing")
    ),
    Broken(4, "endpoint swapped with its twin", ["workers ready"], endpoint("/async_endpoint_mix_processing")),
    Broken(4, "wrong worker count", ["workers ready"], workers(1)),
    Broken(5, "endpoint swapped with its twin", ["as posted"], endpoint("/async_endpoint_async_processing")),
    Broken(5, "wrong worker count", ["as posted"], workers(1)),
    Broken(
        6,
        "endpoint swapped with its twin",
        ["sync, 50 ms, P = 80", "async, 50 ms, P = 80"],
        lambda v: replace(v, endpoint=SYNC_SELECT),
    ),
    Broken(
        7,
        "pools that fit",
        ["small pool", "largest safe pool", "too large, min < max", "too large, min = max"],
        lambda v: replace(v, pool_size=5),
    ),
    Broken(9, "endpoint swapped with its twin", ["process pool", "inline in async def"], endpoint("/cpu_inline")),
    Broken(
        10,
        "isolation undone",
        ["def, shared tokens", "own limiter, 10 slots"],
        endpoint("/legacy_def", only="own limiter"),
    ),
    Broken(8, "wrong worker count", ["def, W = 2C"], workers(1)),
    Broken(8, "workers that add no core", ["compute, W = 1", "compute, W = C"], workers(1)),
    Broken(
        18,
        "layers that are not there",
        ["no layer", "4 layers"],
        lambda v: replace(v, settings=(("LAYERS", "0"),)),
    ),
    Broken(18, "a wait that is not there", ["500 ms, no layer", "500 ms, 4 layers"], lambda v: replace(v, ms=0)),
    Broken(12, "a dependency left out", ["def, def dependency"], endpoint(SYNC_SLEEP)),
    Broken(
        12,
        "the connection taken before is used again",
        ["one connection", "two connections"],
        endpoint("/one_connection"),
    ),
    Broken(16, "wrong tokens", ["N = 2.5·W·T"], tokens(5)),
    Broken(17, "a door that stands open", ["80 requests, then 503"], endpoint(SYNC_SLEEP)),
    Broken(
        13,
        "half the stall",
        ["open, one stall"],
        lambda v: replace(v, settings=(("STALL_AFTER_S", "14"), ("STALL_S", "1"))),
        hold_s=21,  # for a p99
    ),
    Broken(
        14,
        "it is the service that is slow",
        ["fast service, W = 1", "fast service, W = 2"],
        lambda v: replace(v, app="main", endpoint=ASYNC_SLEEP, ms=1000),
    ),
    Broken(15, "another loop", ["asyncio, W = 1", "asyncio, W = 2"], lambda v: replace(v, loop="uvloop")),
    # the same ceiling, W / b = W·T / S: from outside nothing has changed
    Broken(11, "another failure of the same throughput", ["tokens gone"], lambda v: replace(v, endpoint=BLOCK, ms=40)),
    Broken(19, "the starter as it is", ["your service"], lambda v: v),
    Broken(11, "no panel", ["tokens gone"], lambda v: replace(v, panel=False)),
]


def shorter(variant: Variant, hold_s: float) -> Variant:
    return replace(variant, load=replace(variant.load, hold_s=hold_s))


def run_broken(
    monkeypatch: pytest.MonkeyPatch, number: int, names: Sequence[str], change: Change, port: int, hold_s: float = 5.0
) -> tuple[Result, str]:
    """Run the lab's own variants, but start `change(variant)` in place of each; judge as declared."""
    lab = catalog.lab(number)
    chosen = tuple(shorter(v, hold_s) for v in lab.rows("auto", MACHINE) if v.name in names)
    assert len(chosen) == len(names)
    real_server, real_settings = server.running, load.settings

    def started(dog: Any, variant: Variant, *others: Any) -> AbstractContextManager[server.Server]:
        return real_server(dog, change(variant), *others)

    monkeypatch.setattr(server, "running", started)
    monkeypatch.setattr(load, "settings", lambda variant: real_settings(change(variant)))
    with open("/dev/null", "w") as nowhere, LiveProgress(Console(file=nowhere)) as progress:
        plan = run.Plan(replace(lab, pgbench=False), "auto", chosen, port=port, experiment=True)
        result, _ = run.run_lab(plan, progress)
    return result, judge(lab, result).outcome


@pytest.mark.selftest
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"lab{case.lab}: {case.fault}")
def test_a_broken_lab_is_never_reproduced(case: Broken, monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    _, outcome = run_broken(monkeypatch, case.lab, case.names, case.change, port, case.hold_s)
    assert outcome in ("not reproduced", "inconclusive")


def test_every_lab_has_a_broken_variant() -> None:
    assert {case.lab for case in CASES} == {lab.number for lab in catalog.labs()}


@pytest.mark.selftest
def test_the_same_lab_unbroken_is_reproduced(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """The control: what makes the cases above fail is the fault, not the shorter run."""
    result, outcome = run_broken(monkeypatch, 2, ["T = 40"], lambda variant: variant, port)
    assert outcome == "reproduced", judge(catalog.lab(2), result).reasons


@pytest.mark.selftest
def test_a_generator_held_back_is_never_reproduced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: int) -> None:
    """k6 is stopped nine tenths of the time, as a busy machine would do it."""
    held = tmp_path / "k6"
    held.write_text(
        f'#!/bin/sh\nif [ "$1" != run ]; then exec "{k6_binary()}" "$@"; fi\n"{k6_binary()}" "$@" &\nk6=$!\n'
        "(while kill -0 $k6 2>/dev/null; do\n  kill -STOP $k6; sleep 0.09; kill -CONT $k6; sleep 0.01\ndone) &\n"
        "wait $k6\n"
    )
    held.chmod(0o755)
    monkeypatch.setenv("K6_BIN", str(held))
    _, outcome = run_broken(monkeypatch, 1, ["W = 1", "W = 6"], lambda variant: variant, port)
    assert outcome in ("not reproduced", "inconclusive")
