"""The command lines and settings of everything a variant starts, made once: of uvicorn, the sidecar and k6.

The same commands are fingerprinted, recorded as provenance and executed.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labs.engine.declare.service import Request, Variant
from labs.engine.paths import ROOT

HOST = "127.0.0.1"
KNOWN = ("anyio_limiters", "executors", "psycopg_pools", "uvicorn_requests")  # modules of `inside/course_metrics`
LOAD_SCRIPT = ROOT / "k6" / "load_test.js"
TWO_STREAMS = ROOT / "k6" / "two_streams.js"
ANY_REQUEST = ROOT / "k6" / "any_request.js"


@dataclass(frozen=True)
class Ports:
    """Where the service listens, and its sidecar if it has one."""

    service: int
    sidecar: int | None = None


@dataclass(frozen=True)
class Command:
    """A program with its arguments, and the environment variables that tell it what to do."""

    argv: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Commands:
    """What one variant starts. k6's program and output files are added where it runs, as are addresses."""

    server: Command
    generator: Command
    script: Path
    sidecar: Command | None = None


def commands(variant: Variant, ports: Ports) -> Commands:
    settings = _service_settings(variant, ports)
    script = _script(variant)
    beside = variant.sidecar
    told = {"SIDECAR_PORT": str(ports.sidecar)}
    if beside is not None and beside.relays:
        told["SERVICE_PORT"] = str(ports.service)
    return Commands(
        server=Command(_uvicorn(variant, ports.service), settings),
        generator=Command(_k6(), _load_settings(variant, ports)),
        script=script,
        sidecar=None if beside is None else Command((sys.executable, "-m", f"app.{beside.module}"), settings | told),
    )


def entry(variant: Variant) -> str:
    """The module of `app` that uvicorn is given; where the service exports metrics it wraps the variant's own."""
    return "watched" if variant.server_metrics == "exported" else variant.app


def dotted(name: str) -> str:
    """A module's name from the checkout: one of `app`, unless the name says where it is (`exercises.lab05`)."""
    return name if "." in name else f"app.{name}"


def _uvicorn(variant: Variant, port: int) -> tuple[str, ...]:
    """The one command line every lab uses; but for the worker count, only labs about an option vary it.

    Loop and parser are named because `--workers` above 1 on the asyncio loop loses TCP_NODELAY.
    """
    chosen = variant.uvicorn
    options = {
        "--limit-concurrency": chosen.limit_concurrency,
        "--timeout-keep-alive": chosen.timeout_keep_alive_s,
        "--timeout-graceful-shutdown": chosen.timeout_graceful_shutdown_s,
    }
    given = [part for name, value in options.items() if value is not None for part in (name, str(value))]
    return (
        sys.executable, "-m", "uvicorn", f"{dotted(entry(variant))}:app",
        "--host", HOST, "--port", str(port), "--workers", str(variant.workers),
        "--loop", chosen.loop, "--http", chosen.http, "--backlog", str(chosen.backlog), *given,
        "--no-access-log", "--log-level", "info", "--timeout-worker-healthcheck", "60",
    )  # fmt: skip


def _service_settings(variant: Variant, ports: Ports) -> dict[str, str]:
    """The environment variables that configure the app for a variant, database address apart."""
    pool = variant.pool
    chosen = {"THREAD_TOKENS": str(variant.thread_tokens), "POOL": variant.endpoint.pool or "none"}
    if pool is not None and variant.has_pool:
        smallest = pool.size if pool.min_size is None else pool.min_size
        chosen |= {"POOL_MIN_SIZE": str(smallest), "POOL_MAX_SIZE": str(pool.size)}
        chosen |= {"POOL_TIMEOUT_S": f"{pool.timeout_s:g}"}
    if variant.server_metrics == "exported":
        chosen |= {"WATCHED": variant.app}
    if variant.server_metrics == "inside":
        chosen |= {"COURSE_METRICS_KNOWN": " ".join((*KNOWN, *variant.metrics_of))}
    if variant.sidecar is not None and variant.sidecar.upstream:
        chosen |= {"UPSTREAM_URL": f"http://{HOST}:{ports.sidecar}"}
    return chosen | dict(variant.settings)


def _script(variant: Variant) -> Path:
    """The post's script where it can make the load, else the one that can.

    Raises ValueError for what none can: a probe beside requests that are no plain GET.
    """
    if variant.request != Request() or variant.load.pauses != "constant":
        if variant.probe:
            raise ValueError(f"{variant.name}: no script has a probe beside random pauses, or other than plain GETs")
        return ANY_REQUEST
    return TWO_STREAMS if variant.probe or variant.load.arrivals_per_s is not None else LOAD_SCRIPT


def _k6() -> tuple[str, ...]:
    """The one k6 command line every lab uses; the load itself is in the environment."""
    return (
        "k6", "run", "--address", "", "--no-usage-report", "--no-color",
        "--system-tags", "status,error_code,expected_response",
        "--out", "json=run/requests.json.gz",
        "--out", "web-dashboard=record=run/dashboard.ndjson",
    )  # fmt: skip


def _load_settings(variant: Variant, ports: Ports) -> dict[str, str]:
    """The environment that tells the script what to do."""
    load, probe = variant.load, variant.probe
    takes_load = variant.sidecar is not None and variant.sidecar.takes_load
    chosen = {
        "ENDPOINT": variant.url_path,
        "TARGET_VUS": str(load.vus),
        "RAMP": milliseconds(load.ramp_s),
        "STEADY": milliseconds(load.steady_s),
        "TIMEOUT": milliseconds(load.timeout_s),
        "GRACEFUL_STOP": milliseconds(load.graceful_stop_s),
        "THINK_TIME": f"{load.think_time_s:g}",
        "COUNT_STEADY": "0",
        "BASE_URL": f"http://{HOST}:{ports.sidecar if takes_load else ports.service}",
    }
    if load.arrivals_per_s is not None:
        chosen["ARRIVALS"] = f"{load.arrivals_per_s:g}"
    if probe:
        chosen |= {"PROBE": probe.path, "PROBE_RATE": str(probe.per_s), "PROBE_TIMEOUT": milliseconds(probe.timeout_s)}
        chosen["PROBE_BASE_URL"] = f"http://{HOST}:{ports.service}"
        if probe.head_start_s:
            chosen["HEAD_START"] = milliseconds(probe.head_start_s)
    chosen |= _request_settings(variant)
    if variant.generator_cores:
        chosen["GOMAXPROCS"] = str(variant.generator_cores)
    return chosen


def _request_settings(variant: Variant) -> dict[str, str]:
    """What only the script of any requests reads; nothing where the load is plain."""
    sent, chosen = variant.request, dict[str, str]()
    if variant.load.pauses != "constant":
        chosen["PAUSES"] = variant.load.pauses
    if sent.method != "GET":
        chosen["METHOD"] = sent.method
    if sent.headers:
        chosen["HEADERS"] = json.dumps(dict(sent.headers))
    if sent.body is not None:
        chosen["BODY"] = sent.body
    if sent.paths:
        chosen["PATHS"] = json.dumps(sent.paths)
    return chosen


def milliseconds(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
