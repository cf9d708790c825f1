"""The command line: `invoke --list` is the table of contents, `invoke lab2` runs lab 2.

A new command begins here, as one more task: what a command does is elsewhere, so this is as long as they are many.
"""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.program import Program
from invoke.tasks import Task, task

from labs import catalog
from labs.diagnose.target import HELP as DIAGNOSE_HELP
from labs.engine import paths
from labs.engine.declare.lab import Lab
from labs.engine.declare.service import Scale
from labs.engine.errors import UsageError
from labs.engine.harness import overrides
from labs.engine.harness.overrides import Options
from labs.engine.judgement.verdict import judge
from labs.engine.results import runs, store
from labs.engine.results.result import Result
from labs.engine.show.terminal import err, out, plain_errors, show_result
from labs.reports.report import OPTIONS
from labs.reports.report import parse as parse_report

HELP = {name: str(field.description) for name, field in Options.model_fields.items()} | {
    "hold": "another name of --steady",
    "json": "one JSON document on stdout, everything else on stderr",
    "dashboard": "k6's web dashboard on port 5665 while it runs; its report is kept",
}
SELFTEST_PARTS = ("sabotage", "pairs", "overrides", "zoo", "install")


def lab_task(lab: Lab) -> "Task[Callable[..., None]]":
    def run(
        c: Context, scale="", workers="", vus="", ms="", tokens="", pool="", steady="", hold="", think="", timeout="",
        repeat="", port="", json=False, dashboard=False,
    ) -> None:  # fmt: skip
        from labs.engine.run import invoke_lab
        from labs.engine.show.progress import LiveProgress

        given = dict(scale=scale, workers=workers, vus=vus, ms=ms, tokens=tokens, pool=pool)
        given |= dict(steady=steady or hold, think=think, timeout=timeout, repeat=repeat, port=port)
        with plain_errors():
            options = overrides.parse({name: text for name, text in given.items() if text})
            reference = reference_for(lab, options.scale)
            err.print(f"[bold]lab {lab.number}: {lab.claim}[/bold]")
            status, folder = invoke_lab(lab, options, dashboard, reference, json, LiveProgress(err))
            err.print(f"kept in {paths.shown(folder)}", style="dim")
        if status:
            raise Exit(code=status)

    run.__doc__ = lab.claim
    return task(run, name=lab.name, help=HELP)


def reference_for(lab: Lab, scale: Scale) -> Result | None:
    """The capture at a result's own scale if there is one, else the one at the post's."""
    folder = catalog.folder(lab)
    return store.reference(folder, scale) or store.reference(folder, "post")


def chosen_lab(number: str) -> Lab:
    """The lab that was asked for. Raises UsageError, naming those there are."""
    if not number.isdecimal():
        raise UsageError(f"--lab is the number of a lab, not {number!r}")
    return catalog.lab(int(number))


@task(help={"lab": "number of a lab", "port": "where the service listens"})
def app(c: Context, lab: str, port: str = "8000") -> None:
    """Start the server of one lab and leave the load to you (Ctrl-C stops it)."""
    import time

    from labs.engine.harness.plan import make_plan
    from labs.engine.run import serve_lab

    with plain_errors():
        planned = make_plan(chosen_lab(lab), overrides.parse({"port": port}))
        variant = planned.variants[0]
        with serve_lab(planned) as server:
            log = paths.shown(server.log)
            err.print(f"ready after {server.boot_s:.1f} s with {variant.workers} workers, log: {log}")
            err.print(f"  curl 'http://127.0.0.1:{planned.port}{variant.url_path}'")
            while server.process.poll() is None:
                time.sleep(0.2)
        raise UsageError(f"the server ended by itself (status {server.process.returncode}): see {log}")


@task(help={"lab": "number of a lab; the newest run of any lab without it", "json": "as JSON on stdout"})
def show(c: Context, lab: str = "", json: bool = False) -> None:
    """The last run again, beside the reference; of a run that was stopped, what it had measured."""
    with plain_errors():
        name = chosen_lab(lab).name if lab else None
        path = runs.latest(name)
        if path is None:
            raise UsageError(f"nothing has run yet: invoke {name or 'lab2'}")
        result = store.read(path)
        one = catalog.lab(result.lab)
        show_result(one, result, judge(one, result), reference_for(one, result.scale), json)


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


@task
def labs(c: Context) -> None:
    """Every lab, with the state of its captures: current, stale or missing."""
    from labs import captures

    with plain_errors():
        for lab in catalog.labs():
            states = ", ".join(f"{scale} {captures.state(lab, scale)}" for scale in lab.captured_at)
            out.print(f"{lab.name:6} {lab.claim}\n       [dim]captures: {states}[/dim]", soft_wrap=True)


@task(
    help={
        "lab": "only this lab",
        "scale": "only this scale: post or auto",
        "force": "also what is current",
        "machine": "keep it as the capture of a machine of that name, beside the reference",
        "port": "where the service listens",
    }
)
def capture(
    c: Context, lab: str = "", scale: str = "", force: bool = False, machine: str = "", port: str = "8000"
) -> None:
    """Record again what is stale or missing, three interleaved repeats, and write the reference files."""
    from labs import captures
    from labs.engine.show.progress import LiveProgress

    with plain_errors():
        if machine and (machine == "reference" or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", machine)):
            raise UsageError(f"--machine is lower-case words joined by -, like raspberry-pi-5, not {machine!r}")
        chosen = [chosen_lab(lab)] if lab else list(catalog.labs())
        asked = overrides.parse({"port": port} | ({"scale": scale} if scale else {}))
        for one in chosen:
            for at in [asked.scale] if scale else one.captured_at:
                if not force and captures.state(one, at, machine or None) == "current":
                    err.print(f"{one.name} {at}: current")
                    continue
                with LiveProgress(err) as progress:
                    result = captures.capture(one, at, progress, machine or None, asked.port)
                show_result(one, result, judge(one, result), None, as_json=False)
    err.print("now: invoke render")


@task(
    help={
        "lab": "only this lab",
        "times": "how many fresh runs each lab shall have",
        "minutes": "begin no further run after so long",
    }
)
def stability(c: Context, lab: str = "", times: str = "10", minutes: str = "60") -> None:
    """Run the labs afresh, in turns, and keep what came of it: the page says how often a fresh run agrees."""
    from labs import stability as fresh
    from labs.engine.show.progress import LiveProgress

    with plain_errors():
        if not (times.isdecimal() and minutes.isdecimal()):
            raise UsageError(f"--times and --minutes are whole numbers, not {times!r} and {minutes!r}")
        chosen = [chosen_lab(lab)] if lab else list(catalog.labs())
        with LiveProgress(err) as progress:
            fresh.run(chosen, int(times), float(minutes), progress)
    err.print("now: invoke render")


@task(help={"check": "change nothing, exit 1 if something is stale"})
def render(c: Context, check: bool = False) -> None:
    """Rewrite every generated region and figure from the captures, or say which are stale."""
    from labs.pages.render import render as rendered

    with plain_errors():
        stale = rendered(check)
    for path in stale:
        err.print(f"{'stale' if check else 'rewritten'}: {paths.shown(path)}")
    if check and stale:
        err.print("fix: invoke render")
        raise Exit(code=1)


@task(
    name="new-lab",
    help={
        "mechanism": "names the folder: lower-case words joined by _, like thread_tokens",
        "title": "what the page is called",
        "part": "the part of the navigation that it joins",
    },
)
def new_lab(c: Context, mechanism: str, title: str, part: str = "Overload and isolation") -> None:
    """Begin a lab: its folder, its page and its line in the navigation, from a template that runs."""
    from labs import scaffold

    with plain_errors():
        written = scaffold.new_lab(mechanism, title, part)
    for path in written:
        err.print(f"written: {paths.shown(path)}")
    name = written[-1].stem.replace("lab0", "lab")
    err.print(f"it runs as it stands: invoke {name} --scale smoke. CONTRIBUTING.md says what comes next")


@task
def budgets(c: Context) -> None:
    """Build the site, let Lighthouse visit three pages, and keep what it says for the README."""
    from labs.pages.site import budgets as costs

    with plain_errors():
        found = costs.measure()
        costs.keep(found)
    for line in costs.over(found):
        err.print(line, style="red")
    err.print("now: invoke render")
    if costs.over(found):
        raise Exit(code=1)


@task
def docs(c: Context) -> None:
    """Build the site strictly into site/."""
    from labs.pages.site.budgets import SITE_ENVIRONMENT

    module(c, "mkdocs", "build --strict --quiet", SITE_ENVIRONMENT)


@task(help={"port": "where the site is served"})
def serve(c: Context, port: str = "8001") -> None:
    """Serve the site and rebuild it on changes (Ctrl-C stops it)."""
    from labs.engine.harness import ports
    from labs.pages.site.budgets import SITE_ENVIRONMENT

    with plain_errors():
        chosen = overrides.parse({"port": port}).port
        ports.check(chosen)
        address = f"127.0.0.1:{chosen}"
        module(c, "mkdocs", f"serve --dev-addr {address}", SITE_ENVIRONMENT | {"SITE_URL": f"http://{address}/"})


@task
def doctor(c: Context) -> None:
    """What this machine can run: cores, memory, descriptors, ports, k6, PostgreSQL."""
    from labs import doctor as examine

    with plain_errors():
        findings = examine.findings()
        out.print(examine.table(findings))
    if any(finding.fix for finding in findings):
        raise Exit(code=2)


@task
def clean(c: Context) -> None:
    """Remove runs, this machine's noise floor, the built site, the embedded database. Captures stay."""
    from labs.engine.harness import postgres_cluster

    for path in (paths.runs(), paths.ROOT / "site", postgres_cluster.home_folder()):
        if path.exists():
            shutil.rmtree(path)
            err.print(f"removed {path}")


@task(help={"fast": "only those that start no process: under a minute", "only": "pytest's -k expression"})
def test(c: Context, fast: bool = False, only: str = "") -> None:
    """Run the tests, on the real k6, uvicorn, PostgreSQL and Chromium; `invoke selftest` has what judges timing."""
    # what measures nothing runs side by side: most of it waits
    chosen = "tests/unit --numprocesses 2" if fast else "--numprocesses 3 --dist worksteal"
    module(c, "pytest", f"{chosen} -k {only!r}" if only else chosen)


@task(
    help={
        "part": "sabotage: labs broken on purpose; pairs: those that the CPU decides; overrides: random experiments; "
        "zoo: services with a known limit, diagnosed; install: the course from a wheelhouse. All without it",
        "only": "pytest's -k expression, like lab2",
    }
)
def selftest(c: Context, part: str = "", only: str = "") -> None:
    """Run what takes long or judges timing, on a quiet machine; stopped and called again, it goes on where it was."""
    with plain_errors():
        if part and part not in SELFTEST_PARTS:
            raise UsageError(f"--part is one of {', '.join(SELFTEST_PARTS)}, not {part!r}")
    for one in [part] if part else SELFTEST_PARTS:
        module(c, "pytest", f"-m {one} --resume -v" + (f" -k {only!r}" if only else ""))


@task
def audit(c: Context) -> None:
    """Look the pinned packages up for known vulnerabilities; a notice where the index is not reachable."""
    from labs import advisories

    advice = advisories.look_up()
    if advice.notice:
        err.print(f"notice: {advice.notice}", style="yellow", markup=False)
    for flaw in advice.flaws:
        err.print(flaw, style="red")
    if advice.flaws:
        raise Exit(code=1)


@task(help={"skip-tests": "everything but what `invoke test` runs"})
def check(c: Context, skip_tests: bool = False) -> None:
    """Everything CI runs: style, types, imports, pages, captures, tests (which build the site strictly)."""
    from labs import captures

    module(c, "ruff", "check .")
    module(c, "ruff", "format --check .")
    module(c, "mypy", "")
    program(c, "lint-imports")
    problems = captures.problems(catalog.labs())
    for problem in problems:
        err.print(problem, style="red", markup=False, soft_wrap=True)
    if problems:
        raise Exit(code=1)
    render(c, check=True)
    audit(c)
    if not skip_tests:
        test(c)


def module(c: Context, name: str, arguments: str, environment: dict[str, str] | None = None) -> None:
    """Run a module of this Python environment; its exit status becomes ours."""
    ended = c.run(f'"{sys.executable}" -m {name} {arguments}', env=environment or {}, in_stream=False, warn=True)
    if ended is None or ended.failed:
        raise Exit(code=ended.exited if ended else 1)


def program(c: Context, name: str) -> None:
    """Run a program of this Python environment that is no module."""
    ended = c.run(f'"{Path(sys.executable).with_name(name)}"', in_stream=False, warn=True)
    if ended is None or ended.failed:
        raise Exit(code=ended.exited if ended else 1)


def in_numeric_order() -> None:
    """`invoke --list`, lab10 after lab9: invoke itself sorts by letters and offers no other order."""
    listed = Program._make_pairs

    def ordered(program: Program, *arguments: Any, **named: Any) -> list[tuple[str, str | None]]:
        pairs = listed(program, *arguments, **named)
        return sorted(pairs, key=lambda pair: [part.zfill(4) for part in re.split(r"(\d+)", pair[0])])

    Program._make_pairs = ordered  # type: ignore[method-assign,assignment]


in_numeric_order()
ns = Collection.from_module(sys.modules[__name__])
for one in catalog.labs():
    ns.add_task(lab_task(one))
