"""For the reader's own service, and for other people's numbers."""

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from labs.diagnose.target import HELP as DIAGNOSE_HELP
from labs.engine.show.terminal import err, out, plain_errors
from labs.reports.report import OPTIONS
from labs.reports.report import parse as parse_report


@task(help=DIAGNOSE_HELP, iterable=["env", "path", "header"], auto_shortflags=False)
def diagnose(
    c: Context, app="", dir="", python="", factory=False, command="", url="", pid="", env=None, env_file="",
    path=None, method="", header=None, body="", workers="", loop="", port="", users="", yes=False, allow_host="",
    dry_run=False, prove=False, expect="", at_least="", rate="", p95="", json=False,
) -> None:  # fmt: skip
    """Which resource limits your service, how far away that limit is, and what a change would bring.

    invoke diagnose --app shop.main:app --dir ../shop --path "/orders?user=1" --workers 2
    invoke diagnose --command "gunicorn shop:app -k uvicorn_worker.UvicornWorker -b 127.0.0.1:{port}" --path /orders
    invoke diagnose --url http://127.0.0.1:9000/orders --pid 1234

    Status 0: it named a limit, or found none; 20: inconclusive; 10: the service breaks --expect; 2: it can't run.
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
