"""Pure: the README beside the manifests, which says what to type, and what is different from one machine."""

from labs.elsewhere import settings, written
from labs.elsewhere.asked import Asked
from labs.engine.declare.service import Variant
from labs.engine.formatting import is_limited_by, limited_by, rate
from labs.engine.harness.plan import Plan
from labs.engine.theory.prediction import predict

DOCUMENTATION = "https://grafana.com/docs/k6/latest/set-up/set-up-distributed-k6/"


def guide(planned: Plan, asked: Asked, folder: str) -> str:
    """The README of a lab's manifests."""
    name, rows = planned.lab.name, written.rows(planned)
    listed = "\n".join(
        f"| `{row}` | {variant.name} | {_load(variant)} | {_predicted(variant, asked)} |" for row, variant, _ in rows
    )
    names = " ".join(row for row, _, _ in rows)
    database = any(variant.needs_database for variant in planned.variants)
    longest_s = max(v.load.ramp_s + v.load.steady_s + v.load.graceful_stop_s for v in planned.variants)
    changed = "\nThese aren't the lab's own settings: it's an experiment of your own, and is judged as one.\n"
    policy = """
- PostgreSQL has no password. A NetworkPolicy lets only the lab's service reach it, which works where your cluster's
  network enforces policies. The database holds nothing but the lab's own rows, and each row of the lab has a new one.
"""
    return f"""\
# Lab {planned.lab.number} on Kubernetes: {planned.lab.title}

{planned.lab.claim[0].upper()}{planned.lab.claim[1:]}.

| run | variant | load, from {asked.generators} k6 runner{"s" if asked.generators > 1 else ""} | predicted |
|---|---|---|---|
{listed}
{changed if planned.experiment else ""}
You need a cluster with the [k6-operator]({DOCUMENTATION}),
a storage class that lends ReadWriteMany volumes, and {asked.cores:g} free cores on one node for the service.
Each runner takes one more core. Keep the runners off the service's node where you can.

## Run it

Build the image at the top of the checkout, and push it to where your cluster finds it:

```console
docker build -f {folder}/Dockerfile -t {asked.image} .
```

Then run the rows in turns, as the lab does on one machine:

```bash
cd {folder}
kubectl apply -f common.yaml
for row in {names}; do
  kubectl apply -f $row-service.yaml
  kubectl rollout status deployment/$row --timeout 10m
  kubectl apply -f $row-load.yaml
  kubectl wait testrun/$row --for jsonpath='{{.status.stage}}'=finished --timeout {round(longest_s + 300)}s
  mkdir -p {written.RESULTS}
  for runner in $(seq {asked.generators}); do
    kubectl logs job/$row-$runner > {written.RESULTS}/{settings.console_name("$row-$runner")}
  done
  kubectl delete -f $row-load.yaml -f $row-service.yaml
done
kubectl wait pod/{name}-results --for condition=Ready --timeout 5m
kubectl exec {name}-results -- tar -cf - -C {settings.RESULTS} . | tar -xf - -C {written.RESULTS}
kubectl delete -f common.yaml
```

And at the top of the checkout:

```console
invoke judge {folder}
```

## What is different from one machine

- The generators' CPU isn't measured. Look at it while a load runs (`kubectl top pod`): a runner that uses more than
  85% of its core is saturated, and what it reports is its own queue.
- Other programs on the service's node aren't measured either. The service has its cores to itself as far as the
  node's scheduler keeps that promise.
- Requests and server metrics are put together by the clocks of several machines. They should agree within a tenth
  of a second.
{policy.lstrip() if database else ""}"""


def _predicted(variant: Variant, asked: Asked) -> str:
    """By the laws, before anything runs; where the CPU decides, the run itself measures what a request costs."""
    prediction = predict(variant, asked.cores)
    limit = prediction.limited_by
    return f"{rate(prediction.throughput_per_s)}/s, {is_limited_by(limit)}" if limit.known else limited_by(limit)


def _load(variant: Variant) -> str:
    load = variant.load
    how = f"{load.vus:,} users" if load.arrivals_per_s is None else f"{load.arrivals_per_s:g} requests/s"
    return f"{how} for {load.ramp_s + load.steady_s:g} s"
