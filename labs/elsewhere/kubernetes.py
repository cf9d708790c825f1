"""Pure: a lab's rows as Kubernetes objects. Their fields are those of the API reference, v1 and apps/v1.

Source: https://kubernetes.io/docs/reference/kubernetes-api/
"""

from typing import Any

from labs.elsewhere import settings
from labs.elsewhere.asked import Asked
from labs.elsewhere.settings import LABEL, METRICS, PORTS, RESULTS, USER, WORK
from labs.elsewhere.testrun import (
    Claim,
    EnvVar,
    FieldRef,
    K6Configmap,
    K6Script,
    Metadata,
    Pod,
    PodSecurityContext,
    Resources,
    TestRun,
    TestRunSpec,
    ValueFrom,
    Volume,
    VolumeMount,
)
from labs.engine.declare.service import Variant
from labs.engine.harness.commands import Command, commands
from labs.engine.harness.fingerprint import pinned_versions
from labs.engine.harness.postgres_schema import ROLE
from labs.engine.harness.preflight import BYTES_BESIDES, BYTES_PER_VU, BYTES_PER_WORKER

Document = dict[str, Any]

SPARE = 2  # times what was measured on one machine: a limit that is reached ends the process
BESIDE_CORES = 0.5  # of the watcher, and of a sidecar
POSTGRES = "postgres:18"
POSTGRES_BYTES_PER_CONNECTION = 15_000_000
SETTLES_S = 10  # without reports of the workers: the port listens before the last one is ready
INSIDE = f"{WORK}/labs/engine/inside"


def common(name: str, variants: tuple[Variant, ...], asked: Asked) -> list[Document]:
    """What all rows share: the scripts, the claim that results are left in, and a pod to fetch them through."""
    scripts = sorted({commands(variant, PORTS).script for variant in variants})
    config = _object("v1", "ConfigMap", f"{name}-scripts", name)
    config["data"] = {script.name: script.read_text() for script in scripts}
    claim = _object("v1", "PersistentVolumeClaim", f"{name}-results", name)
    # every runner and the service write into it, on whichever node they are
    claim["spec"] = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "2Gi"}}}
    fetched = _object("v1", "Pod", f"{name}-results", name)
    fetched["spec"] = {
        **_security(),
        "containers": [
            {
                "name": "results",
                "image": asked.image,
                "command": ["sleep", "infinity"],
                "resources": settings.reserved(0.1, 64 * 2**20),
                "volumeMounts": [{"name": "results", "mountPath": RESULTS}],
            }
        ],
        "volumes": [_results(name)],
    }
    return [config, claim, fetched]


def service(name: str, row: str, variant: Variant, asked: Asked) -> list[Document]:
    """One row's service as a Deployment with the address that its load goes to, and its PostgreSQL."""
    address = _object("v1", "Service", row, name)
    address["spec"] = {
        "selector": {"app": row},
        "ports": [{"name": "http", "port": PORTS.service, "targetPort": PORTS.service}],
    }
    deployment = _object("apps/v1", "Deployment", row, name)
    deployment["spec"] = {
        "replicas": 1,
        "minReadySeconds": SETTLES_S + variant.workers,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": {"app": row}},
        "template": {"metadata": {"labels": {"app": row, LABEL: name}}, "spec": _pod(name, row, variant, asked)},
    }
    return [*(_postgres(name, row, variant) if variant.needs_database else []), address, deployment]


def _pod(name: str, row: str, variant: Variant, asked: Asked) -> Document:
    """The service, what runs beside it, and the watcher, which sees the processes of both."""
    made = commands(variant, PORTS)
    environment = [*_database_url(row, variant), *_environment(made.server, variant)]
    ours = {"image": asked.image, "workingDir": WORK}
    metrics = {"name": "metrics", "mountPath": METRICS}
    containers: list[Document] = [
        {
            "name": "service",
            **ours,
            "command": settings.in_a_pod(made.server),
            "env": environment,
            "ports": [{"containerPort": PORTS.service}],
            "readinessProbe": {"tcpSocket": {"port": PORTS.service}, "periodSeconds": 1},
            "resources": settings.reserved(asked.cores, SPARE * (variant.workers * BYTES_PER_WORKER + BYTES_BESIDES)),
            "volumeMounts": [metrics],
        }
    ]
    if made.sidecar:
        containers.append(
            {
                "name": "sidecar",
                **ours,
                "command": settings.in_a_pod(made.sidecar),
                "env": _pairs(dict(made.sidecar.settings) | {"PYTHONUNBUFFERED": "1"}),
                "resources": settings.reserved(BESIDE_CORES, SPARE * BYTES_BESIDES),
            }
        )
    watcher = [settings.PYTHON, "-m", "labs.elsewhere.watch"]
    kept, reports = f"{RESULTS}/{settings.watched_name(row)}", ["--reports"] if variant.server_metrics else []
    watcher += ["--port", str(PORTS.service), "--workers", str(variant.workers)]
    containers.append(
        {
            "name": "watcher",
            **ours,
            "command": [*watcher, "--metrics", METRICS, "--to", kept, *reports],
            "readinessProbe": {"exec": {"command": ["test", "-s", kept]}, "periodSeconds": 1},
            "env": _pairs({"PYTHONUNBUFFERED": "1"}),
            "resources": settings.reserved(BESIDE_CORES, BYTES_BESIDES),
            "volumeMounts": [metrics, {"name": "results", "mountPath": RESULTS}],
        }
    )
    pod = {**_security(), "shareProcessNamespace": True, "containers": containers}
    if variant.needs_database:
        prepares = [settings.PYTHON, "-m", "labs.elsewhere.prepare"]
        administrator = _pairs({"DATABASE_URL": _url(row, "postgres")})
        pod["initContainers"] = [{"name": "schema", **ours, "command": prepares, "env": administrator}]
    return pod | {"volumes": [{"name": "metrics", "emptyDir": {}}, _results(name)]}


def _environment(command: Command, variant: Variant) -> list[Document]:
    told = dict(command.settings) | {"PYTHONUNBUFFERED": "1", "PROMETHEUS_MULTIPROC_DIR": METRICS}
    if variant.server_metrics == "inside":
        told |= {"COURSE_METRICS": METRICS, "PYTHONPATH": INSIDE}
    return _pairs(told)


def testrun(name: str, row: str, variant: Variant, asked: Asked) -> Document:
    """The load of one row, from as many runners as were asked for."""
    made = commands(variant, PORTS)
    job = ValueFrom(fieldRef=FieldRef(fieldPath="metadata.labels['job-name']"))
    summary = f"{RESULTS}/{settings.summary_name(settings.JOB)}"
    told = settings.at_the_service(made.generator.settings, row) | {"GOMAXPROCS": settings.cpu(settings.RUNNER_CORES)}
    records = f"json={RESULTS}/{settings.records_name(settings.JOB)}"
    share = variant.load.vus / asked.generators
    run = TestRun(
        metadata=Metadata(name=row, labels={LABEL: name}),
        spec=TestRunSpec(
            script=K6Script(configMap=K6Configmap(name=f"{name}-scripts", file=made.script.name)),
            parallelism=asked.generators,
            separate=False,
            arguments=" ".join([*settings.arguments(made.generator.argv), "--out", records]),
            quiet="false",
            runner=Pod(
                image=f"grafana/k6:{pinned_versions()['k6']}",
                env=[
                    EnvVar(name="JOB_NAME", valueFrom=job),
                    EnvVar(name="SUMMARY_JSON", value=summary),
                    *(EnvVar(name=key, value=text) for key, text in told.items()),
                ],
                resources=Resources(
                    **settings.reserved(settings.RUNNER_CORES, SPARE * (share * BYTES_PER_VU + BYTES_BESIDES))
                ),
                securityContext=PodSecurityContext(fsGroup=USER),
                volumes=[Volume(name="results", persistentVolumeClaim=Claim(claimName=f"{name}-results"))],
                volumeMounts=[VolumeMount(name="results", mountPath=RESULTS)],
            ),
        ),
    )
    return run.model_dump(exclude_none=True)


def _postgres(name: str, row: str, variant: Variant) -> list[Document]:
    """A database for one row, without a password: only the row's own service may reach it."""
    called, port = f"{row}-postgres", 5432
    address = _object("v1", "Service", called, name)
    address["spec"] = {"selector": {"app": called}, "ports": [{"port": port, "targetPort": port}]}
    deployment = _object("apps/v1", "Deployment", called, name)
    memory = 256 * 2**20 + variant.connections_wanted * POSTGRES_BYTES_PER_CONNECTION
    deployment["spec"] = {
        "replicas": 1,
        "selector": {"matchLabels": {"app": called}},
        "template": {
            "metadata": {"labels": {"app": called, LABEL: name}},
            "spec": {
                "containers": [
                    {
                        "name": "postgres",
                        "image": POSTGRES,
                        "args": ["-c", f"max_connections={variant.connections_wanted}", "-c", "fsync=off"],
                        "env": _pairs({"POSTGRES_HOST_AUTH_METHOD": "trust"}),
                        "ports": [{"containerPort": port}],
                        "readinessProbe": {"tcpSocket": {"port": port}},
                        "resources": settings.reserved(1.0, memory),
                    }
                ]
            },
        },
    }
    policy = _object("networking.k8s.io/v1", "NetworkPolicy", called, name)
    policy["spec"] = {
        "podSelector": {"matchLabels": {"app": called}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": row}}}], "ports": [{"port": port}]}],
    }
    return [policy, address, deployment]


def _url(row: str, user: str) -> str:
    return f"postgresql://{user}@{row}-postgres/postgres"


def _database_url(row: str, variant: Variant) -> list[Document]:
    return _pairs({"DATABASE_URL": _url(row, ROLE)}) if variant.needs_database else []


def _object(version: str, kind: str, called: str, name: str) -> Document:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": called, "labels": {LABEL: name}}}


def _security() -> Document:
    return {"securityContext": {"runAsUser": USER, "runAsGroup": USER, "fsGroup": USER, "runAsNonRoot": True}}


def _results(name: str) -> Document:
    return {"name": "results", "persistentVolumeClaim": {"claimName": f"{name}-results"}}


def _pairs(told: dict[str, str]) -> list[Document]:
    return [{"name": key, "value": text} for key, text in told.items()]
