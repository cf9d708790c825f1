"""Evidence as a run would leave it, for the tests of diagnose."""

from labs.diagnose.evidence import Evidence, Resource, Step


def step(users: int, per_s: float, **more: object) -> Step:
    mean_s = users / per_s if per_s else 0.0
    known = dict(
        users=users, steady_s=4.0, throughput_per_s=per_s, mean_s=mean_s, p50_s=mean_s, p95_s=mean_s,
        samples=int(per_s * 4), failed_share=0.0, errors={}, worker_cores=0.1, server_cores=0.1, generator_cores=0.05,
        other_cores=0.0, loop_lag_s=0.001, in_flight=None, metrics_cost_cores=0.001, resources=(),
    )  # fmt: skip
    return Step.model_validate(known | more)


def evidence(*steps: Step, **more: object) -> Evidence:
    known = dict(
        workers=1, loop="uvloop", cores=4.0, idle_cores=0.0, steps=steps, steady=steps[-1], stopped="plateau",
        no_metrics=None,
    )  # fmt: skip
    return Evidence.model_validate(known | more)


def resource(kind: str, size: float | None, in_use: float | None, waiting: float | None, made_in: str = "") -> Resource:
    known = None not in (size, in_use, waiting)
    full = float(bool(in_use == size and waiting)) if known else None
    return Resource(kind=kind, made_in=made_in, processes=1, size=size, in_use=in_use, waiting=waiting, full_share=full)


def at_plateau(per_s: float, s: float, **more: object) -> Evidence:
    """One user, the knee, and twice its users: throughput stays, the response time doubles."""
    users = max(4, round(2 * per_s * s))
    about = {name: more.pop(name) for name in list(more) if name in Evidence.model_fields}
    return evidence(step(1, 1 / s), step(users, per_s), step(2 * users, per_s, **more), **about)
