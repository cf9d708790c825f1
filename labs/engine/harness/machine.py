"""What this machine offers: cores, memory, descriptors, the kernel's queues."""

import os
import platform
import resource
import time
from pathlib import Path

import psutil

from labs.engine.paths import home


def cores() -> float:
    """C: the cores this process may use, min(affinity, cgroup CPU quota)."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroup_quota()
    return min(float(affinity), quota) if quota else float(affinity)


def cgroup_quota() -> float | None:
    """Cores the control group grants (version 2, then 1), None where there is no limit."""
    try:
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if limit == "max" else int(limit) / int(period)
    except (OSError, ValueError):
        pass
    try:
        base = Path("/sys/fs/cgroup/cpu")
        limit_us = int((base / "cpu.cfs_quota_us").read_text())
        return limit_us / int((base / "cpu.cfs_period_us").read_text()) if limit_us > 0 else None
    except (OSError, ValueError):
        return None


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open files to the hard one and return it; children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else 1_048_576
    while wanted > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return wanted
        except (ValueError, OSError):
            wanted //= 2  # macOS refuses more than kern.maxfilesperproc, whatever the hard limit says
    return soft


def somaxconn() -> int | None:
    return _number("/proc/sys/net/core/somaxconn")


def syn_linear_timeouts() -> int | None:
    """How many of TCP's first timeouts are equally long (Linux 6.5 and newer; 0 before that), None elsewhere."""
    if system().startswith("Linux"):
        return _number("/proc/sys/net/ipv4/tcp_syn_linear_timeouts") or 0
    return None


def ephemeral_ports() -> int | None:
    """How many local ports outgoing connections may use."""
    try:
        low, high = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
        return int(high) - int(low) + 1
    except (OSError, ValueError):
        return None


def listen_overflows() -> int | None:
    """Connections the kernel turned away because an accept queue was full, since boot (Linux)."""
    try:
        lines = Path("/proc/net/netstat").read_text().splitlines()
    except OSError:
        return None
    for names, values in zip(lines[::2], lines[1::2], strict=False):
        if names.startswith("TcpExt:"):
            table = dict(zip(names.split()[1:], values.split()[1:], strict=False))
            return int(table["ListenOverflows"]) if "ListenOverflows" in table else None
    return None


def clocks() -> tuple[float, float, float]:
    """The wall clock, the steady clock, and the steady clock that also counts suspended time."""
    steady_s = time.monotonic()
    return (
        time.time(),
        steady_s,
        time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else steady_s,
    )


def clock_jump_s(before: tuple[float, float, float], after: tuple[float, float, float]) -> float:
    """How far the other clocks left the steady one between two readings: a correction, or a suspend."""
    wall_s, steady_s, boot_s = (b - a for a, b in zip(before, after, strict=True))
    return max(abs(wall_s - steady_s), abs(boot_s - steady_s))


def cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def available_memory_bytes() -> int:
    return int(psutil.virtual_memory().available)


def free_disk_bytes() -> int:
    """Where runs are kept, or will be: the nearest folder above that exists."""
    place = next(folder for folder in (home(), *home().parents) if folder.exists())
    return int(psutil.disk_usage(str(place)).free)


def total_memory_bytes() -> int:
    return int(psutil.virtual_memory().total)


def system() -> str:
    release = platform.release().partition("-")[0]
    return f"{platform.system()} {release} {platform.machine()}"


def key() -> str:
    """What a noise floor belongs to: a checkout on a shared disk may be used from several machines."""
    return f"{cpu_model()}, {cores():g} cores, {total_memory_bytes() // 10**9} GB, {system()}"


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text())
    except (OSError, ValueError):
        return None
