"""Pure: whether this machine can carry a plan at all, said before anything is started."""

from collections.abc import Sequence
from dataclasses import dataclass

from labs.engine.declare.service import Uvicorn, Variant
from labs.engine.errors import UsageError

# measured with k6 1.1.0 and this app: about 0.2 MB per virtual user, 60 MB per worker, 50 MB each for the rest
BYTES_PER_VU = 200_000
BYTES_PER_WORKER = 60_000_000
BYTES_BESIDES = 150_000_000
BYTES_PER_GENERATOR = 50_000_000  # of each k6 process besides the first, users apart
MOST_WORKERS = 8  # of the default scale
DESCRIPTORS_BESIDES = 200
DISK_BYTES = 200_000_000  # the logs and records of the largest run, and room to spare
SMALLER = "or choose fewer users with --vus, or the default scale"
BACKLOG = Uvicorn().backlog  # what the labs' server asks for; the kernel grants at most somaxconn


@dataclass(frozen=True)
class Limits:
    """What the machine offers; None where it does not say."""

    descriptors: int
    ports: int | None
    memory_bytes: int
    disk_bytes: int
    cores: float
    somaxconn: int | None = None


def most_vus(limits: Limits) -> int:
    """How many virtual users the default scale may use here."""
    memory = (limits.memory_bytes - MOST_WORKERS * BYTES_PER_WORKER - BYTES_BESIDES) // BYTES_PER_VU
    ports = limits.descriptors if limits.ports is None else limits.ports
    return max(1, min(limits.descriptors - DESCRIPTORS_BESIDES, ports, memory))


def check(variants: Sequence[Variant], limits: Limits, generators: int = 1) -> None:
    """Raise UsageError, naming the command that fixes it, if a variant needs more than there is."""
    vus = max(variant.load.vus for variant in variants)
    if vus + DESCRIPTORS_BESIDES > limits.descriptors:
        raise UsageError(
            f"{vus:,} users need {vus + DESCRIPTORS_BESIDES:,} open files, this shell allows {limits.descriptors:,}: "
            f"ulimit -n {vus + DESCRIPTORS_BESIDES} (as root, or raise nofile in /etc/security/limits.conf), {SMALLER}"
        )
    if limits.ports is not None and vus > limits.ports:
        raise UsageError(
            f"{vus:,} users need as many local ports, there are {limits.ports:,}: "
            f"sysctl -w net.ipv4.ip_local_port_range='1024 60999', {SMALLER}"
        )
    needed = max(v.load.vus * BYTES_PER_VU + v.workers * BYTES_PER_WORKER for v in variants) + BYTES_BESIDES
    needed += (generators - 1) * BYTES_PER_GENERATOR
    if needed > limits.memory_bytes:
        raise UsageError(
            f"this needs about {needed / 1e9:.1f} GB of memory, {limits.memory_bytes / 1e9:.1f} GB are free: "
            f"close other programs, {SMALLER}"
        )
    if limits.disk_bytes < DISK_BYTES:
        raise UsageError(
            f"a run keeps up to {DISK_BYTES / 1e6:.0f} MB, {limits.disk_bytes / 1e6:.0f} MB of disk are free: "
            "invoke clean"
        )
    if limits.cores < 1:
        raise UsageError(
            f"this container may use {limits.cores:g} of a core, too little for server and generator: "
            "docker update --cpus 2, or raise the quota where it is set"
        )


def notes(variants: Sequence[Variant], limits: Limits) -> list[str]:
    """What will not stop the run, but will be seen in it."""
    queue = BACKLOG if limits.somaxconn is None else min(BACKLOG, limits.somaxconn)
    vus = max(variant.load.vus for variant in variants)
    if queue < BACKLOG and queue < vus:
        return [
            f"the accept queue holds {queue:,} connections, {vus:,} users connect at once: some will retry after 1 s "
            f"and more. sysctl -w net.core.somaxconn={BACKLOG}"
        ]
    return []
