"""For the reader's own service, for other people's numbers, and for more than one machine."""

from pathlib import Path

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from labs.command_line.common import chosen_lab
from labs.diagnose.target import HELP as DIAGNOSE_HELP
from labs.elsewhere.asked import HELP as MANIFESTS_HELP
from labs.engine.show.terminal import err, out, plain_errors
from labs.reports.report import OPTIONS
from labs.reports.report import parse as parse_report


@task(help=DIAGNOSE_HELP, iterable=["env", "path", "header"], auto_shortflags=False)
def diagnose(
    c: Context, app="", lab="", dir="", python="", factory=False, command="", url="", pid="", env=None, env_file="",
    path=None, method="", header=None, body="", workers="", loop="", port="", users="", yes=False, allow_host="",
    dry_run=False, prove=False, expect="", at_least="", rate="", p95="", json=False,
) -> None:  # fmt: skip
    """Which resource limits your service, how far away that limit is, and what a change would bring.

    invoke diagnose --app shop.main:app --dir ../shop --path "/orders?user=1" --workers 2
    invoke diagnose --command "gunicorn shop:app -k uvicorn_worker.UvicornWorker -b 127.0.0.1:{port}" --path /orders
    invoke diagnose --url http://127.0.0.1:9000/orders --pid 1234

    Status 0: it named a limit, or found none; 20: inconclusive, or its proof is; 10: the service breaks --expect;
    2: it can't run.
    """
    from labs.diagnose import terminal

    given = {name: typed for name, typed in locals().items() if typed and name not in ("c", "terminal")}
    with plain_errors():
        status = terminal.command(given, out, err)
    if status:
        raise Exit(code=status)


@task(help={name: says for name, (_, says) in OPTIONS.items()} | {"json": "as JSON on stdout"})
def check_report(
    c: Context, kind="", workers="", tokens="", users="", think="", service="", blocking="", pool="", connection="",
    throughput="", mean="", p50="", p90="", p95="", p99="", slowest="", requests="", failed="", duration="", json=False,
) -> None:  # fmt: skip
    """Can a published load test's numbers be? Leave out what the report doesn't say. Status 10: impossible."""
    from labs.reports.check import check
    from labs.reports.show import document, lines

    typed = {name: text for name, text in locals().items() if name in OPTIONS and text}
    with plain_errors():
        report = parse_report(typed)
        checked = check(report)
        out.print(document(report, checked) if json else "\n".join(lines(checked)), soft_wrap=True, markup=False)
    if checked.broken:
        raise Exit(code=10)


@task(
    help={
        "lab": "number of a lab",
        **MANIFESTS_HELP,
        "to": "the folder they go to; manifests/labN without it",
    }
)
def manifests(
    c: Context, lab: str, scale="", workers="", vus="", ms="", tokens="", pool="", steady="", think="", timeout="",
    repeat="", generators="", cores="", image="", to="",
) -> None:  # fmt: skip
    """Write what runs a lab on Kubernetes with the k6-operator. It starts nothing.

    invoke manifests --lab 2 --generators 4
    invoke manifests --lab 2 --workers 8 --vus 4000 --cores 8
    """
    from labs.elsewhere import asked
    from labs.elsewhere.write import write

    typed = dict(scale=scale, workers=workers, vus=vus, ms=ms, tokens=tokens, pool=pool, steady=steady, think=think)
    typed |= dict(timeout=timeout, repeat=repeat, generators=generators, cores=cores, image=image)
    with plain_errors():
        one = chosen_lab(lab)
        folder = Path(to or f"manifests/{one.name}")
        chosen = asked.parse({name: text for name, text in typed.items() if text})
        for line in write(one, chosen, folder.resolve()):
            out.print(line, soft_wrap=True, markup=False)
        out.print(f"next: {folder / 'README.md'}", soft_wrap=True, markup=False)


@task(help={"folder": "of manifests, with what came back in results/", "json": "as JSON on stdout"})
def judge(c: Context, folder: str, json: bool = False) -> None:
    """The lab's verdict on a run that took place elsewhere, from k6's records and the server metrics.

    Status 0: reproduced; 10: not reproduced; 20: inconclusive; 2: something is missing.
    """
    from labs.elsewhere import judge as elsewhere

    with plain_errors():
        status = elsewhere.show(Path(folder), json)
    if status:
        raise Exit(code=status)
