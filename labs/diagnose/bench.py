"""One load on a service, by the engine's own k6, sampler and window: a step of the evidence."""

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from labs.diagnose import readings, tls
from labs.diagnose.evidence import Step
from labs.diagnose.reader import Reader
from labs.diagnose.service import Service
from labs.engine.declare.service import Endpoint, Load, Request, Variant
from labs.engine.errors import UsageError
from labs.engine.harness import load
from labs.engine.harness.commands import Commands, Ports, commands
from labs.engine.harness.processes import Watchdog, killed
from labs.engine.harness.progress import Progress
from labs.engine.harness.sampler import Sample, Sampler
from labs.engine.results.measure import tree_use
from labs.engine.results.records import ended_within, read_requests, read_summary
from labs.engine.results.times import response_times, start_of_load
from labs.engine.results.window import steady_window, within

RAMP_S = 0.3
STEADY_SHORTEST_S, STEADY_LONGEST_S = 5.0, 25.0  # of the last load, at the plateau
STEADY_TURNS = 20  # response times alone that it should last
TIMEOUT_S = 30.0
WAVE_FROM_S = 0.02  # a shorter service time makes no waves that a window could cut


@dataclass
class Bench:
    """A service, and what it is loaded with."""

    watchdog: Watchdog
    service: Service
    folder: Path
    progress: Progress
    service_time_s: float = 0.0
    begun_s: float = field(default_factory=time.monotonic)

    def step(self, users: int, steady_s: float, name: str) -> Step:
        """One load, measured. Raises UsageError for a service that ended, and for k6's own failures."""
        self.service.check_alive()
        place = self.folder / name
        place.mkdir(parents=True)
        chosen = Load(vus=users, ramp_s=RAMP_S, steady_s=steady_s, timeout_s=TIMEOUT_S, graceful_stop_s=10.0)
        sampler = Sampler()
        total_s = load.longest_s(chosen)

        def tick(elapsed_s: float, vus: int, completed: int, failed: int) -> None:
            self.service.check_alive()
            self.progress.tick(elapsed_s, total_s, vus, completed, failed)

        with sampler, Reader(self.service.shared, self.service.root) as reader:
            generated = load.generate(
                self.watchdog,
                _commands(self.service, chosen),
                chosen,
                place,
                dashboard=False,
                started=lambda pid: sampler.watch("generator", pid),
                tick=tick,
            )
        self.service.check_listens()
        summary = read_summary(generated)
        if generated.exit:
            why = killed(generated.exit) or f"ended with status {generated.exit}, its log says why"
            raise UsageError(f"k6 {why}. Log: {place / load.CONSOLE}")
        harness_cores = generated.harness_cpu_s / generated.elapsed_s
        requests = read_requests(place / load.REQUESTS)
        # k6 starts the first of N users when an N-th of the ramp has passed
        origin_s = (start_of_load(requests) or time.time() - steady_s) - RAMP_S / users
        wave_s = self.service_time_s if self.service_time_s >= WAVE_FROM_S else 0.0
        window = steady_window(requests.ended_s[requests.expected] - origin_s, chosen, self.service_time_s, wave_s)
        inside = (origin_s + window.start_s, origin_s + window.start_s + window.length_s)
        ended = ended_within(requests, *inside)
        completions = int(np.count_nonzero(within(requests.ended_s, *inside) & requests.expected))
        per_s = completions / window.length_s if window.length_s else 0.0
        times = response_times(ended)
        by_process = readings.cores_by_process(reader.cpu, inside)
        told = readings.of_workers(readings.within(reader.readings, inside))
        server_cores = sum(by_process.values()) if by_process else None
        generator = tree_use(sampler.series.trees.get("generator", []), inside, per_s).cpu_cores
        busy = [Sample(at_s, used, 0, 0, 0) for at_s, used in sampler.series.machine]
        others = tree_use(busy, inside, per_s).cpu_cores - (server_cores or 0.0) - generator - harness_cores
        failed = int(np.count_nonzero(~requests.expected))
        lost = failed + (summary.interrupted if not completions else 0)
        return Step(
            users=users,
            steady_s=steady_s,
            throughput_per_s=per_s,
            mean_s=times.mean,
            p50_s=times.p50,
            p95_s=times.p95,
            samples=times.samples,
            failed_share=failed / (len(requests.ended_s) or 1) if failed else (1.0 if lost else 0.0),
            errors=dict(requests.errors) | ({"interrupted": lost} if lost > failed else {}),
            worker_cores=readings.worker_cores(by_process, readings.serving(told)),
            server_cores=server_cores,
            generator_cores=generator,
            other_cores=max(0.0, others),
            loop_lag_s=readings.loop_lag_s(told),
            loop_busy=readings.loop_busy(told),
            in_flight=readings.in_flight(told),
            metrics_cost_cores=readings.metrics_cost_cores(told),
            resources=readings.resources(told),
        )

    def steady(self, users: int, response_s: float) -> Step:
        """The longest load: what is read off it is the limit's throughput."""
        steady_s = between(STEADY_SHORTEST_S, STEADY_TURNS * self.service_time_s + response_s, STEADY_LONGEST_S)
        self.progress.stage(f"steady phase: {users:,} users for {steady_s:.0f} s")
        return self.step(users, steady_s, "steady")

    def elapsed_s(self) -> float:
        return time.monotonic() - self.begun_s


def between(low: float, value: float, high: float) -> float:
    return round(min(high, max(low, value)), 1)


def _commands(service: Service, chosen: Load) -> Commands:
    """The engine's own k6 command for this request and load, at the service's address."""
    target = service.target
    request = Request(method=target.method, headers=target.headers, body=target.body, paths=target.paths)
    variant = Variant(
        name="diagnose",
        endpoint=Endpoint(path="/", module="", waits=0),
        ms=0,
        workers=target.workers,
        load=chosen,
        server_metrics=None,
        request=request,
    )
    made = commands(variant, Ports(target.port))
    settings = {**made.generator.settings, "BASE_URL": target.base_url, **tls.settings(target.base_url)}
    return replace(made, generator=replace(made.generator, settings=settings))
