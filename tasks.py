"""The command line: `invoke --list` is the table of contents, `invoke lab2` runs lab 2."""

import json as jsonlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from invoke.collection import Collection
from invoke.context import Context
from invoke.exceptions import Exit
from invoke.program import Program
from invoke.tasks import Task, task
from rich.console import Console
from rich.markup import escape

from labs import catalog
from labs.runner import options, panel_table, report, store, verdict
from labs.runner.model import Lab, Result, UsageError

ROOT = Path(__file__).parent
SITE_ENVIRONMENT = {"NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"}

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def plain_errors() -> Iterator[None]:
    """What the user can mend ends in one line and status 2, Ctrl-C in status 130; the rest is a crash."""
    try:
        yield
    except UsageError as error:
        err.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)
        raise Exit(code=2) from error
    except KeyboardInterrupt as error:
        err.print("interrupted; everything that was started has been stopped")
        raise Exit(code=130) from error


def show_result(lab: Lab, result: Result, as_json: bool) -> int:
    """Print table and verdict (or one JSON document) and return the exit status."""
    judged = verdict.judge(lab, result)
    reference = reference_for(lab, result)
    console = err if as_json else out
    console.print()
    console.print(report.terminal_table(lab, result, reference, console.width))
    if panel := panel_table.terminal(result):
        console.print(panel)
    if note := report.scale_note(result, reference):
        console.print(note, style="dim")
    if note := report.noise_note(lab, result):
        console.print(note, style="dim")
    console.print(report.verdict_lines(lab, judged, result))
    console.print(report.summary_line(lab, result, judged), style="bold")
    if as_json:
        print(jsonlib.dumps(report.document(result, judged), indent=2))
    return verdict.EXIT_STATUS[judged.outcome]


def reference_for(lab: Lab, result: Result) -> Result | None:
    """The capture at the result's own scale if there is one, else the one at the post's."""
    folder = catalog.folder(lab)
    return store.reference(folder, result.scale) or store.reference(folder, "post")


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


@task(help={"lab": "only this lab", "scale": "only this scale: post or auto", "force": "also what is current"})
def capture(c: Context, lab: str = "", scale: str = "", force: bool = False) -> None:
    """Run anew what is stale or missing, three interleaved repeats, and write the reference files."""
    from labs.runner import captures
    from labs.runner.progress import LiveProgress

    with plain_errors():
        chosen = [catalog.lab(options.whole("lab", lab, 0, 99))] if lab else list(catalog.labs())
        for one in chosen:
            for at in [options.parse_scale(scale)] if scale else one.captured_at:
                if not force and captures.state(one, at) == "current":
                    err.print(f"{one.name} {at}: current")
                    continue
                with LiveProgress(err) as progress:
                    result = captures.capture(one, at, progress)
                show_result(one, result, as_json=False)
    err.print("now: invoke render")


@task(help={"check": "change nothing, exit 1 if something is stale"})
def render(c: Context, check: bool = False) -> None:
    """Rewrite every generated region and figure from the captures, or say which are stale."""
    from labs.runner import pages

    with plain_errors():
        stale = pages.render(check)
    for path in stale:
        err.print(f"{'stale' if check else 'rewritten'}: {path.relative_to(ROOT)}")
    if check and stale:
        err.print("mend: invoke render")
        raise Exit(code=1)


@task
def docs(c: Context) -> None:
    """Build the site strictly into site/."""
    run_tool("mkdocs", "build", "--strict", "--quiet")


@task(help={"port": "where the site is served"})
def serve(c: Context, port: str = "8001") -> None:
    """Serve the site and rebuild it on changes (Ctrl-C stops it)."""
    with plain_errors():
        run_tool("mkdocs", "serve", "--dev-addr", f"127.0.0.1:{options.whole('port', port, 1024, 65_535)}")


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
    """Run labs that are broken on purpose: none may come out as reproduced."""
    run_tool("pytest", "-m", "selftest")


@task
def audit(c: Context) -> None:
    """Look the pinned packages up for known vulnerabilities; a notice where the index is not reachable."""
    argv = ["--requirement", "requirements.txt", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    told = subprocess.run(
        [sys.executable, "-m", "pip_audit", *argv, "--timeout", "10"], cwd=ROOT, capture_output=True, text=True
    )
    try:
        packages = jsonlib.loads(told.stdout)["dependencies"]
    except ValueError:
        why = (told.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        err.print(f"notice: known vulnerabilities were not looked up: {why}", style="yellow", markup=False)
        return
    found = [(package["name"], flaw["id"]) for package in packages for flaw in package.get("vulns", [])]
    for name, flaw in found:
        err.print(f"{name} has a known vulnerability, {flaw}: raise its pin in requirements.txt", style="red")
    if found:
        raise Exit(code=1)
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        why = f"{len(unknown)} of {len(packages)} packages are not on the index in reach"
        err.print(f"notice: {why}; known vulnerabilities in them were not looked up", style="yellow", markup=False)


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


def run_tool(name: str, *arguments: str, program: str | None = None) -> None:
    """Run a tool of this Python environment; its failure is ours."""
    import os

    own = Path(sys.executable).with_name(program or name)
    argv = [str(own), *arguments] if program else [sys.executable, "-m", name, *arguments]
    try:
        status = subprocess.run(argv, cwd=ROOT, env=os.environ | SITE_ENVIRONMENT).returncode
    except KeyboardInterrupt:
        status = 130
    except FileNotFoundError:
        err.print(f"{name} is missing: python -m pip install -r requirements-dev.txt")
        status = 2
    if status:
        raise Exit(code=status)


listed = Program._make_pairs


def in_order(program: Program, *arguments: Any, **named: Any) -> list[tuple[str, str | None]]:
    """`invoke --list`, lab10 after lab9: invoke itself sorts by letters and offers no other order."""
    return sorted(
        listed(program, *arguments, **named), key=lambda pair: [part.zfill(4) for part in re.split(r"(\d+)", pair[0])]
    )


Program._make_pairs = in_order  # type: ignore[method-assign]


def collect() -> Collection:
    found: dict[str, Any] = {name: value for name, value in globals().items() if isinstance(value, Task)}
    return Collection(*found.values(), *map(lab_task, catalog.labs()))


ns = collect()
