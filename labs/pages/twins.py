"""A variant as the site's JavaScript takes it: queueing.js and service.js read the same object."""

from typing import Any

from labs.engine.declare.service import Variant
from labs.engine.theory.prediction import CpuCosts


def service(variant: Variant, cores: float, costs: CpuCosts | None) -> dict[str, Any]:
    """Rates per second, times in seconds; what stands for absence is 0, but for `costs`, which is None then."""
    load = variant.load
    return {
        "vus": load.vus, "thinkTime": load.think_time_s, "arrivals": load.arrivals_per_s or 0,
        "ramp": load.ramp_s, "steady": load.steady_s, "timeout": load.timeout_s, "gracefulStop": load.graceful_stop_s,
        "workers": variant.workers, "tokens": variant.thread_tokens, "waits": variant.service_time_s,
        "holdsToken": variant.token_time_s, "takesToken": variant.endpoint.holds_token > 0,
        "blocks": variant.blocking_time_s,
        "pooled": variant.pool is not None, "poolSize": variant.pool.size if variant.pool else 0,
        "holdsConnection": variant.connection_time_s, "computes": variant.computing_time_s, "cores": cores,
        "slots": variant.slots or 0, "holdsSlot": variant.slot_time_s, "computesInSlot": variant.slot_computing_time_s,
        "generatorCores": variant.generator_cores or 0, "backlog": variant.uvicorn.backlog,
        "costs": costs and {"server": costs.server_s, "generator": costs.generator_s, "database": costs.database_s},
    }  # fmt: skip
