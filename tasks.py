"""The command line: `invoke --list` is the table of contents, `invoke lab2` runs lab 2."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import Task, task

from labs import catalog
from labs.pages.budgets import SITE_ENVIRONMENT
from labs.runner import options, store
from labs.runner.model import Lab, UsageError
from labs.terminal import err, out, plain_errors, show_result, sorts_numbers

ROOT = Path(__file__).parent


def lab_task(lab: Lab) -> "Task[Callable[..., None]]":
    def run(
        c: Context, scale="auto", workers="", vus="", ms="", tokens="", pool="", hold="",
        repeat="1", port="8000", json=False, dashboard=False,
    ) -> None:  # fmt: skip
        from labs.runner.progress import LiveProgress
        from labs.runner.run import machine_facts, run_lab

        with plain_errors():
            plan = options.make_plan(
                lab, machine_facts(), scale, workers, vus, ms, tokens, pool, hold, repeat, port, dashboard
            )
            err.print(f"[bold]lab {lab.number}: {lab.claim}[/bold]")
            with LiveProgress(err) as progress:
                result, folder = run_lab(plan, progress)
            status = show_result(lab, result, json)
            err.print(f"kept in {folder.relative_to(ROOT)}", style="dim")
        if status:
            raise Exit(code=status)

    run.__doc__ = lab.claim
    return task(run, name=lab.name, help=options.HELP)


@task(help={"lab": "number of a lab", "port": "where the service listens"})
def app(c: Context, lab: str, port: str = "8000") -> None:
    """Start the server of one lab and leave the load to you (Ctrl-C stops it)."""
    import time

    from labs.runner.run import machine_facts, served

    with plain_errors():
        chosen = catalog.lab(options.whole("lab", lab, 0, 99))
        plan = options.make_plan(chosen, machine_facts(), port=port)
        variant = plan.variants[0]
        with served(plan, store.RUNS / "app") as server:
            err.print(f"ready after {server.boot_s:.1f} s with {variant.workers} workers, log: runs/app/server.log")
            err.print(f"  curl 'http://127.0.0.1:{plan.port}{variant.url_path}'")
            while server.process.poll() is None:
                time.sleep(0.2)
        raise UsageError(f"the server ended by itself (status {server.process.returncode}): see runs/app/server.log")


@task(help={"lab": "number of a lab; the newest run of any lab without it", "json": "as JSON on stdout"})
def show(c: Context, lab: str = "", json: bool = False) -> None:
    """The last run again, beside the reference."""
    with plain_errors():
        name = catalog.lab(options.whole("lab", lab, 0, 99)).name if lab else None
        path = store.latest(name)
        if path is None:
            raise UsageError(f"nothing has run yet: invoke {name or 'lab2'}")
        result = store.read(path)
        show_result(catalog.lab(result.lab), result, json)


@task
def labs(c: Context) -> None:
    """Every lab, with the state of its captures: current, stale or missing."""
    from labs.runner import captures

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
    }
)
def capture(c: Context, lab: str = "", scale: str = "", force: bool = False, machine: str = "") -> None:
    """Run anew what is stale or missing, three interleaved repeats, and write the reference files."""
    from labs.runner import captures
    from labs.runner.progress import LiveProgress

    with plain_errors():
        named = options.machine_name(machine)
        chosen = [catalog.lab(options.whole("lab", lab, 0, 99))] if lab else list(catalog.labs())
        for one in chosen:
            for at in [options.parse_scale(scale)] if scale else one.captured_at:
                if not force and captures.state(one, at, named) == "current":
                    err.print(f"{one.name} {at}: current")
                    continue
                with LiveProgress(err) as progress:
                    result = captures.capture(one, at, progress, named)
                show_result(one, result, as_json=False)
    err.print("now: invoke render")


@task(help={"check": "change nothing, exit 1 if something is stale"})
def render(c: Context, check: bool = False) -> None:
    """Rewrite every generated region and figure from the captures, or say which are stale."""
    from labs.pages.render import render as rendered

    with plain_errors():
        stale = rendered(check)
    for path in stale:
        err.print(f"{'stale' if check else 'rewritten'}: {path.relative_to(ROOT)}")
    if check and stale:
        err.print("mend: invoke render")
        raise Exit(code=1)


@task(
    name="new-lab",
    help={
        "mechanism": "names the folder: lower-case words joined by _, like thread_tokens",
        "title": "what the page is called",
        "part": "the part of the navigation that it joins",
    },
)
def new_lab(c: Context, mechanism: str, title: str, part: str = "What users hit") -> None:
    """Begin a lab: its folder, its page and its line in the navigation, from a template that runs."""
    from labs import scaffold

    with plain_errors():
        written = scaffold.new_lab(mechanism, title, part)
    for path in written:
        err.print(f"written: {path.relative_to(ROOT)}")
    name = written[-1].stem.replace("lab0", "lab")
    err.print(f"it runs as it stands: invoke {name} --scale smoke. CONTRIBUTING.md says what comes next")


@task
def budgets(c: Context) -> None:
    """Build the site, let Lighthouse visit three pages, and keep what it says for the README."""
    from labs.pages import budgets as costs

    with plain_errors():
        seen = costs.measure()
        costs.keep(seen)
    for line in costs.over(seen):
        err.print(line, style="red")
    err.print("now: invoke render")
    if costs.over(seen):
        raise Exit(code=1)


@task
def docs(c: Context) -> None:
    """Build the site strictly into site/."""
    run_tool("mkdocs", "build", "--strict", "--quiet")


@task(help={"port": "where the site is served"})
def serve(c: Context, port: str = "8001") -> None:
    """Serve the site and rebuild it on changes (Ctrl-C stops it)."""
    with plain_errors():
        address = f"127.0.0.1:{options.whole('port', port, 1024, 65_535)}"
        run_tool("mkdocs", "serve", "--dev-addr", address, SITE_URL=f"http://{address}/")


@task
def doctor(c: Context) -> None:
    """What this machine can run: cores, memory, descriptors, ports, k6, PostgreSQL."""
    from labs.runner import doctor as examine

    with plain_errors():
        findings = examine.findings()
        out.print(examine.table(findings))
    if any(finding.mend for finding in findings):
        raise Exit(code=2)


@task
def clean(c: Context) -> None:
    """Remove runs, this machine's noise floor, the built site, the embedded database. Captures stay."""
    from labs.runner import postgres

    for path in (store.RUNS, ROOT / "site", postgres.home_folder()):
        if path.exists():
            shutil.rmtree(path)
            err.print(f"removed {path}")


@task(help={"only": "pytest's -k expression"})
def test(c: Context, only: str = "") -> None:
    """Run the tests, on the real k6, uvicorn and PostgreSQL; `invoke selftest` has those that judge timing."""
    run_tool("pytest", *(["-k", only] if only else []))


@task
def selftest(c: Context) -> None:
    """Run labs that are broken on purpose, none of which may come out as reproduced, and the offline installation."""
    run_tool("pytest", "-m", "selftest")


@task
def audit(c: Context) -> None:
    """Look the pinned packages up for known vulnerabilities; a notice where the index is not reachable."""
    from labs import advisories

    answer = advisories.look_up()
    if answer.notice:
        err.print(f"notice: {answer.notice}", style="yellow", markup=False)
    for flaw in answer.flaws:
        err.print(flaw, style="red")
    if answer.flaws:
        raise Exit(code=1)


@task(help={"skip-tests": "everything but what `invoke test` runs"})
def check(c: Context, skip_tests: bool = False) -> None:
    """Everything CI runs: style, types, imports, pages, captures, site, tests."""
    from labs.runner import captures

    run_tool("ruff", "check", ".")
    run_tool("ruff", "format", "--check", ".")
    run_tool("mypy")
    run_tool("lint-imports", program="lint-imports")
    problems = captures.problems(catalog.labs())
    for problem in problems:
        err.print(problem, style="red", markup=False, soft_wrap=True)
    if problems:
        raise Exit(code=1)
    render(c, check=True)
    docs(c)
    audit(c)
    selftest(c)
    if not skip_tests:
        test(c)


def run_tool(name: str, *arguments: str, program: str | None = None, **environment: str) -> None:
    """Run a tool of this Python environment; its failure is ours."""
    import os

    own = Path(sys.executable).with_name(program or name)
    argv = [str(own), *arguments] if program else [sys.executable, "-m", name, *arguments]
    try:
        status = subprocess.run(argv, cwd=ROOT, env=os.environ | SITE_ENVIRONMENT | environment).returncode
    except KeyboardInterrupt:
        status = 130
    except FileNotFoundError:
        err.print(f"{name} is missing: python -m pip install -r requirements-dev.txt")
        status = 2
    if status:
        raise Exit(code=status)


sorts_numbers()


def collect() -> Collection:
    found: dict[str, Any] = {name: value for name, value in globals().items() if isinstance(value, Task)}
    return Collection(*found.values(), *map(lab_task, catalog.labs()))


ns = collect()
