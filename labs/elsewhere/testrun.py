"""The k6-operator's TestRun, with exactly the fields that our manifests use.

Sources: https://grafana.com/docs/k6/latest/set-up/set-up-distributed-k6/usage/configure-testrun-crd/ and the list
of all fields, https://github.com/grafana/k6-operator/blob/main/docs/crd-generated.md (apiVersion k6.io/v1alpha1).
The operator itself gives each runner its execution segment, starts all of them paused and then releases them
together; it adds `--address` and `--paused`, so neither is among our arguments.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Metadata(Part):
    name: str
    labels: dict[str, str] = {}


class K6Configmap(Part):
    """A script in a ConfigMap of the same namespace; the operator mounts it at /test."""

    name: str
    file: str


class K6Script(Part):
    configMap: K6Configmap


class FieldRef(Part):
    fieldPath: str


class ValueFrom(Part):
    fieldRef: FieldRef


class EnvVar(Part):
    name: str
    value: str | None = None
    valueFrom: ValueFrom | None = None


class Resources(Part):
    requests: dict[str, str]
    limits: dict[str, str]


class Claim(Part):
    claimName: str


class Volume(Part):
    name: str
    persistentVolumeClaim: Claim


class VolumeMount(Part):
    name: str
    mountPath: str


class PodSecurityContext(Part):
    fsGroup: int


class Pod(Part):
    """A runner: its image, what it may use, and where it leaves its files."""

    image: str
    env: list[EnvVar]
    resources: Resources
    securityContext: PodSecurityContext
    volumes: list[Volume]
    volumeMounts: list[VolumeMount]


class TestRunSpec(Part):
    """`arguments` are separated by spaces. `quiet` "false" leaves k6's count of interrupted requests in its log."""

    script: K6Script
    parallelism: int
    separate: bool
    arguments: str
    quiet: Literal["true", "false"]
    runner: Pod


class TestRun(Part):
    apiVersion: Literal["k6.io/v1alpha1"] = "k6.io/v1alpha1"
    kind: Literal["TestRun"] = "TestRun"
    metadata: Metadata
    spec: TestRunSpec
