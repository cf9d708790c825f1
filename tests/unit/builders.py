"""Results made by hand, for the pure modules."""

from labs.engine.declare.endpoints import SYNC_SLEEP
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Load, Scale, Variant
from labs.engine.harness.provenance import Provenance
from labs.engine.results.measurement import Measurement, ResponseTimes, Timeline, TreeUse, Window
from labs.engine.results.result import Result, Run
from labs.engine.theory.prediction import CpuCosts, predict

VARIANT = Variant(name="T = 40", endpoint=SYNC_SLEEP, ms=1000, workers=16, load=Load(vus=10_000))


def measurement(throughput_per_s: float = 640.0, **changed: object) -> Measurement:
    values: dict[str, object] = {
        "throughput_per_s": throughput_per_s,
        "window": Window(2.5, 28.0, 28, int(throughput_per_s * 28), throughput_per_s, throughput_per_s),
        "k6_rate_per_s": 495.0,
        "requests": 29_200,
        "failed": 0,
        "interrupted": 0,
        "dropped": 0,
        "vus_reached": 10_000,
        "response_time_s": ResponseTimes(29_200, 0, 1.0, 14.0, 18.0, 19.0, 20.0, 21.0, 13.1, ()),
        "timeline": Timeline(*([()] * 10)),
        "server": TreeUse(0.3, 0.0005, 10**9, 700, 10_500),
        "generator": TreeUse(0.2, 0.0003, 10**9, 20, 10_100),
        "database": None,
        "other_cpu_cores": 0.0,
        "worker_responses": (1825,) * 16,
        "workers_replaced": 0,
        "listen_overflows": 0,
        "errors": {},
        "k6_exit": 0,
        "boot_s": 4.0,
        "load_s": 51.0,
        "overhead_s": 1.0,
        "harness_cpu_cores": 0.01,
        "database_fatals": None,
        "start_error": None,
        "clock_jump_s": 0.0,
        "probe": None,
        "probe_failed": 0,
        "sidecar": None,
        "jobs_waiting": None,
        "expected_time_s": None,
        "worker_connections": (),
        "server_metrics": None,
        "window_time_s": None,
    }
    return Measurement(**(values | changed))  # type: ignore[arg-type]


def run(measured: Measurement, variant: Variant = VARIANT, repeat: int = 0, costs: CpuCosts | None = None) -> Run:
    return Run(variant, predict(variant, 2.0, costs), measured, repeat)


PROVENANCE = Provenance("f", "c", False, "2026-01-01T00:00:00+00:00", {}, "cpu", 2.0, 10**10, "Linux", (), (), {})


def result(*runs: Run, scale: Scale = "post", experiment: bool = False) -> Result:
    repeats = 1 + max((one.repeat for one in runs), default=0)
    return Result(2, "lab02_thread_tokens", scale, experiment, repeats, runs, PROVENANCE)


def lab(**changed: object) -> Lab:
    values: dict[str, object] = {
        "number": 2,
        "slug": "lab02_thread_tokens",
        "title": "Thread tokens",
        "claim": "W·T/S",
        "variants": lambda scale, machine: [VARIANT],
        "tolerance": 0.03,
    }
    return Lab(**(values | changed))  # type: ignore[arg-type]
