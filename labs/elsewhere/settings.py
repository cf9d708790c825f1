"""What both sides of a manifest agree on: ports, folders, sizes, and how a command of ours is called in a container."""

from collections.abc import Mapping, Sequence

from labs.engine.harness.commands import HOST, Command, Ports

PORTS = Ports(8000, 8001)
RESULTS = "/results"  # the claim, in every container that leaves files
METRICS = "/metrics"  # the service's own reports of each worker, between two containers of its pod
WORK = "/course"  # the checkout in the image
USER = 12345  # as in the image grafana/k6; one user for all, so that each may read what another wrote
RUNNER_CORES = 1.0
LABEL = "app.kubernetes.io/part-of"
PYTHON = "python"


def in_a_pod(command: Command) -> list[str]:
    """The argv in a container: the image's own Python, and listening where the pod's Service reaches it."""
    argv = [PYTHON, *command.argv[1:]]
    return ["0.0.0.0" if before == "--host" else part for before, part in zip(["", *argv], argv, strict=False)]


def at_the_service(settings: Mapping[str, str], row: str) -> dict[str, str]:
    """What the load's script is told, with the address of the pod's Service."""
    here, there = f"http://{HOST}:", f"http://{row}:"
    return {name: value.replace(here, there) for name, value in settings.items()}


def arguments(argv: Sequence[str]) -> list[str]:
    """k6's own arguments of a lab without those that only this harness or the operator gives.

    The dashboard's record is for whoever watches; `--address` is the operator's.
    """
    kept: list[str] = []
    pairs = iter(argv[2:])  # after "k6 run"
    for one in pairs:
        if one in ("--address", "--out"):
            next(pairs)
        else:
            kept.append(one)
    return kept


def cpu(cores: float) -> str:
    """Cores as Kubernetes writes them: 2, 500m."""
    return f"{cores:g}" if cores == int(cores) else f"{round(cores * 1000)}m"


def mebibytes(count: float) -> str:
    return f"{-(-int(count) // 2**20)}Mi"


def reserved(cores: float, memory_bytes: float) -> dict[str, dict[str, str]]:
    """As much requested as allowed: nobody else on the node may use it, and it's no more than that."""
    size = {"cpu": cpu(cores), "memory": mebibytes(memory_bytes)}
    return {"requests": size, "limits": dict(size)}


# --- what a runner leaves in the claim, and the service's watcher beside it -------------------

JOB = "$(JOB_NAME)"  # Kubernetes puts the job's name there


def runner(row: str, generator: int) -> str:
    """The operator calls a TestRun's jobs by its own name and their numbers from 1."""
    return f"{row}-{generator}"


def records_name(job: str) -> str:
    return f"{job}.requests.json.gz"


def summary_name(job: str) -> str:
    return f"{job}.k6-summary.json"


def console_name(job: str) -> str:
    return f"{job}.k6.txt"


def watched_name(row: str) -> str:
    return f"{row}.service.ndjson"
