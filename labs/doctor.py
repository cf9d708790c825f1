"""What this machine can run, each finding with the command that fixes it."""

import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.table import Table

from labs import catalog
from labs.engine import formatting
from labs.engine.declare.service import Machine
from labs.engine.errors import UsageError
from labs.engine.formatting import NONE, size
from labs.engine.harness import k6, machine, ports, postgres_cluster
from labs.engine.harness.fingerprint import pinned_versions
from labs.engine.results import noise
from labs.engine.theory.connecting import syn_after_s

LARGEST_VUS = 10_000
POST_MEMORY_BYTES = 4_000_000_000  # k6 about 2 GB at 10,000 users, 16 workers about 1 GB
DISK_BYTES = 1_000_000_000
INSTALL = "python -m pip install -r requirements.txt"


@dataclass(frozen=True)
class Finding:
    """`fix` is None where all is well. `keeps_from` says what doesn't run otherwise; None where everything does."""

    what: str
    found: str
    keeps_from: str | None = None
    fix: str | None = None


def findings() -> list[Finding]:
    return [*_hardware(), *_kernel(), *_programs()]


def _hardware() -> Iterable[Finding]:
    quota, floor = machine.cgroup_quota(), noise.known().get(machine.key())
    yield Finding("machine", f"{machine.cpu_model()}, {machine.system()}")
    yield Finding("cores", f"{machine.cores():g}" + (f" (quota {quota:g})" if quota else ""))
    if floor:
        yield Finding("noise floor", formatting.noise(floor.clock_limited, floor.cpu_limited))
    else:
        yield Finding("noise floor", "not measured yet", fix="invoke lab0")
    memory, disk = machine.available_memory_bytes(), machine.free_disk_bytes()
    yield _needs("free memory", size(memory), memory >= POST_MEMORY_BYTES, "the post's scale", "close other programs")
    yield _needs("free disk", size(disk), disk >= DISK_BYTES, "keeping runs", "invoke clean")


def _kernel() -> Iterable[Finding]:
    limit, free, queue = machine.raise_descriptor_limit(), machine.ephemeral_ports(), machine.somaxconn()
    enough = LARGEST_VUS + 500
    yield _needs("open files", f"{limit:,}", limit >= enough, "the post's scale", "ulimit -Hn 20000 as root")
    yield _needs(
        "local ports",
        f"{free:,}" if free else "unknown",
        free is None or free >= enough,
        "the post's scale",
        "sysctl -w net.ipv4.ip_local_port_range='1024 60999'",
    )
    yield Finding("accept queue (somaxconn)", f"{queue:,}" if queue else "unknown")
    linear = machine.syn_linear_timeouts()
    again = "unknown" if linear is None else ", ".join(f"{at_s:g}" for at_s in syn_after_s(30, linear)[1:]) + " s"
    yield Finding("TCP retries a connection after", again)
    try:
        ports.check(8000)
        yield Finding("port 8000", "free")
    except UsageError as error:
        yield Finding("port 8000", str(error), "every lab", "stop the program that listens there, or use --port")


def _programs() -> Iterable[Finding]:
    pinned = pinned_versions()["k6"]
    yield _program("k6", k6.version, lambda said: f"v{pinned}" in said, f"captures, pinned {pinned}", "every lab")
    with_database = [lab.name for lab in catalog.labs() if lab.needs_database(Machine(machine.cores()))]
    yield _program("PostgreSQL", _postgres_version, lambda said: True, "", ", ".join(with_database))


def _postgres_version() -> str:
    argv = [str(postgres_cluster.packaged_binaries() / "postgres"), "--version"]
    return subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True).stdout.strip()


def _program(
    name: str, version: Callable[[], str], is_pinned: Callable[[str], bool], other: str, without: str
) -> Finding:
    """A program's version; what another version keeps from running, and what its absence does."""
    try:
        said = version()
    except (UsageError, OSError, subprocess.SubprocessError) as error:
        return Finding(name, str(error), without, INSTALL)
    return _needs(name, said, is_pinned(said), other, "unset K6_BIN")


def _needs(what: str, found: str, enough: bool, keeps_from: str, fix: str) -> Finding:
    return Finding(what, found) if enough else Finding(what, found, keeps_from, fix)


def table(found: list[Finding]) -> Table:
    shown = Table("what", "found", "can't run", "fix")
    for one in found:
        style = "red" if one.keeps_from else None
        shown.add_row(one.what, one.found, one.keeps_from or NONE, one.fix or NONE, style=style)
    return shown
