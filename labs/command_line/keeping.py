"""For whoever works on the course: the site, this machine, the tests, everything CI runs."""

import shutil
from contextlib import nullcontext

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import task

from labs import catalog
from labs.command_line.common import module, program
from labs.command_line.recording import render
from labs.engine import paths
from labs.engine.errors import UsageError
from labs.engine.harness import overrides
from labs.engine.show.terminal import err, out, plain_errors

SOME_FAILED = 1  # pytest's exit status; another one says that the tests didn't run
SIDE_BY_SIDE = 6  # processes that run tests
SELFTEST_PARTS = ("sabotage", "pairs", "overrides", "zoo", "foreign", "exercises", "stages", "install")


@task
def docs(c: Context) -> None:
    """Build the site strictly into site/."""
    from labs.pages.site.budgets import SITE_ENVIRONMENT, STRICTLY

    module(c, "mkdocs", " ".join(STRICTLY), SITE_ENVIRONMENT)


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
    if any(finding.keeps_from for finding in findings):
        raise Exit(code=2)


@task
def clean(c: Context) -> None:
    """Remove runs, this machine's noise floor, the built site, the embedded database. Captures stay."""
    from labs.engine.harness import postgres_cluster
    from labs.engine.harness.lock import exclusive_lock

    with plain_errors(), exclusive_lock() if paths.runs().exists() else nullcontext():
        for path in (paths.runs(), paths.ROOT / "site", postgres_cluster.home_folder()):
            if path.exists():
                shutil.rmtree(path)
                err.print(f"removed {path}")


@task(help={"fast": "only those that start no process: under a minute", "only": "pytest's -k expression"})
def test(c: Context, fast: bool = False, only: str = "") -> None:
    """Run the tests, on the real k6, uvicorn, PostgreSQL and Chromium; `invoke selftest` has what judges timing.

    Those that fail run once more, one at a time: side by side they disturb each other, and some time something.
    """
    # side by side: most tests wait. Those with a browser, which compute, share two of the processes
    chosen = "tests/unit --numprocesses 2" if fast else f"--numprocesses {SIDE_BY_SIDE}"
    try:
        module(c, "pytest", f"{chosen} -k {only!r}" if only else chosen)
    except Exit as ended:
        if ended.code != SOME_FAILED:
            raise
        err.print("those that failed run once more, one at a time")
        module(c, "pytest", "--last-failed --last-failed-no-failures none")


@task(
    help={
        "part": "sabotage: labs broken on purpose; pairs: those that the CPU decides; overrides: random experiments; "
        "zoo: services with a known limit, diagnosed; foreign: the same of services from the package index; "
        "exercises: starters, solutions and wrong repairs, graded; "
        "stages: a diagnosis whose service, k6 or disk fails at each stage; "
        "install: the course from a wheelhouse. All without it",
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
