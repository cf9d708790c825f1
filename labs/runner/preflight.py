"""Pure: whether this machine can carry a plan at all, said before anything is started."""

from collections.abc import Sequence
from dataclasses import dataclass

from labs.runner.model import UsageError, Variant

# measured with k6 1.1.0 and this app: about 0.2 MB a virtual user, 60 MB a worker, 50 MB each for the rest
BYTES_PER_VU = 200_000
BYTES_PER_WORKER = 60_000_000
BYTES_BESIDES = 150_000_000
DESCRIPTORS_BESIDES = 200
SMALLER = "or choose fewer users with --vus, or the default scale"


@dataclass(frozen=True)
class Limits:
    """What the machine offers; None where it does not say."""

    descriptors: int
    ports: int | None
    memory_bytes: int


def check(variants: Sequence[Variant], limits: Limits) -> None:
    """Raise UsageError, naming the command that mends it, if a variant needs more than there is."""
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
    if needed > limits.memory_bytes:
        raise UsageError(
            f"this needs about {needed / 1e9:.1f} GB of memory, {limits.memory_bytes / 1e9:.1f} GB are free: "
            f"close other programs, {SMALLER}"
        )
