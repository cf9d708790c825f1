"""Every command that the README and the site show is run: here, in the tests named here, or by .ci/run."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from labs import captures, catalog, scaffold
from labs.engine.errors import UsageError
from labs.engine.results import store
from labs.pages.regions import machines
from tests.conftest import ROOT, Invoked, Started, command, copied, environment

SHOWN_IN = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SMOKE = ("--scale", "smoke")


@dataclass(frozen=True)
class Shown:
    """A command as a page shows it, without the folder of the environment."""

    text: str
    page: str


def shown() -> list[Shown]:
    """Every command of every console block once; a command with a here-document is one."""
    found: dict[str, Shown] = {}
    for page in SHOWN_IN:
        for block in re.findall(r"^```console\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
            lines = iter(block.splitlines())
            for line in lines:
                if marker := re.search(r"<<'(\w+)'$", line):
                    body = []
                    for inner in lines:
                        body.append(inner)
                        if inner == marker[1]:
                            break
                    line = "\n".join([line, *body])
                while line.endswith("\\"):
                    line = line[:-1] + next(lines).strip()
                text = line.replace(".venv/bin/", "")
                found.setdefault(text, Shown(text, page.name))
    return list(found.values())


# where a command is run that no test of this file runs: the pattern, the file, and what stands in it
ELSEWHERE = (
    (r"invoke lab\d+", "tests/test_labs.py", "def test_a_lab_runs_whole_at_smoke_scale"),
    (r"invoke doctor", "tests/test_command_line.py", "def test_the_doctor_names_the_parts"),
    (r"invoke (test|check)", ".ci/run", "invoke check"),
    (r"python -m pip install -r requirements-dev.txt", ".ci/run", "requirements-dev.txt"),
    (
        r"invoke diagnose .*",
        "tests/unit/test_work_pages.py",
        "def test_every_command_of_the_page",
    ),
    (
        r"TARGET_VUS=600 .* k6 run k6/any_request.js",
        "tests/test_load_script.py",
        "def test_random_pauses_are_exponential",
    ),
    (r"invoke lab2 --generators 4", "tests/test_generators.py", "def test_several_generators_make_one_load_together"),
    (r"invoke (manifests|judge) .*", "tests/test_elsewhere.py", "def test_what_the_manifests_start_is_judged"),
    (r"invoke render", "tests/unit/test_pages.py", "def test_every_generated_region_is_current"),
)
# what no test runs, and why
NOT_RUN = {
    r"uv pip compile .*": "it changes the pins and asks the package index",
    r"uvicorn main:app --timeout-keep-alive 75": "main:app stands for the reader's own service",
    r"invoke budgets": "Lighthouse comes from npm, which a machine for the labs need not have",
}
# what tests of this file run
HERE = (
    r"python3 -m venv .venv",
    r"source .venv/bin/activate|source activate",
    r"python -m pip (download|install).*requirements.txt.*",
    r"python -(c| <<).*",
    r"invoke (labs|serve|new-lab .*|capture.*|app --lab 2|check-report .*)",
    r"invoke ((exercise|grade) \d+( --hint)?|progress .*)",
    r"ENDPOINT=\S+ TARGET_VUS=400 k6 run k6/load_test.js",
)


def test_every_command_shown_is_run_somewhere() -> None:
    commands = shown()
    assert len(commands) > 30
    for one in commands:
        known = [pattern for pattern, _, _ in ELSEWHERE] + [*NOT_RUN, *HERE]
        places = [pattern for pattern in known if re.fullmatch(pattern, one.text, re.DOTALL)]
        assert len(places) == 1, f"{one.page} shows {one.text!r}: it is named {len(places)} times in this file"
    for _, file, needle in ELSEWHERE:
        assert needle in (ROOT / file).read_text(encoding="utf-8")


def texts(pattern: str) -> list[str]:
    found = [one.text for one in shown() if re.fullmatch(pattern, one.text, re.DOTALL)]
    assert found, f"no page shows {pattern!r} any more: take its test away"
    return found


@pytest.mark.parametrize("text", texts(r"python -(c| <<).*"))
def test_a_python_snippet_runs(text: str) -> None:
    with_ours = text.replace("python", sys.executable, 1)
    ended = subprocess.run(["bash", "-c", with_ours], cwd=ROOT, capture_output=True, text=True, timeout=170)
    assert ended.returncode == 0 and ended.stdout.strip(), ended.stderr


def test_the_state_of_the_captures(checkout: Path) -> None:
    texts(r"invoke labs")
    ended = run(checkout, "labs")
    assert ended.returncode == 0 and all(lab.name in ended.stdout for lab in catalog.labs())


def test_an_exercise_is_begun_hinted_graded_and_counted(checkout: Path, port: int) -> None:
    begun = run(checkout, "exercise", "5")
    assert begun.returncode == 0 and "It has to reach:" in begun.stdout
    file = checkout / "exercises" / "lab05.py"
    assert file.read_text() == (checkout / "labs/lab05_blocked_loop/exercise/starter.py").read_text()
    assert run(checkout, "exercise", "5").returncode == 2, "a learner's file is never overwritten"
    assert "hint 1 of 3" in run(checkout, "grade", "5", "--hint").stdout
    graded = run(checkout, "grade", "5", "--port", str(port))
    assert graded.returncode in (10, 20), graded.stderr  # the starter; 20 where other tests use the machine
    assert "not met  requests" in graded.stdout
    file.write_text("app = (")
    assert run(checkout, "grade", "5", "--port", str(port)).returncode == 2
    assert "1 hint" in run(checkout, "progress", "--along", "half a day").stdout


def test_the_site_is_served(start: Callable[..., Started], port: int) -> None:
    texts(r"invoke serve")
    serving = start("serve", "--port", str(port))
    deadline = time.monotonic() + 90
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                assert b"FastAPI under load" in answer.read()
                break
        except OSError:
            assert time.monotonic() < deadline and serving.process.poll() is None
            time.sleep(0.5)
    os.killpg(serving.process.pid, signal.SIGTERM)  # where the tests run in the background, SIGINT is ignored
    serving.process.wait(20)


def test_the_server_alone_and_the_script_alone(start: Callable[..., Started], port: int) -> None:
    texts(r"invoke app --lab 2")
    (line,) = texts(r"ENDPOINT=\S+ TARGET_VUS=400 k6 run k6/load_test.js")
    serving = start("app", "--lab", "2", "--port", str(port))
    serving.wait_for("40 tokens per worker")
    *variables, _, _, script = shlex.split(line)
    settings = dict(variable.split("=", 1) for variable in variables)
    serving.wait_for(settings["ENDPOINT"])
    settings |= {"STEADY": "1s", "BASE_URL": f"http://127.0.0.1:{port}"}
    settings |= {"K6_NO_USAGE_REPORT": "true"}
    k6 = [str(Path(sys.executable).with_name("k6")), "run", script]
    ended = subprocess.run(k6, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0 and "steady responses" in ended.stdout, ended.stderr
    os.killpg(serving.process.pid, signal.SIGINT)
    assert serving.process.wait(20) == 130


# --- in a checkout of its own -------------------------------------------------------------


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone's look-alike: what is here now, committed."""
    target = tmp_path_factory.mktemp("clone") / "course"
    copied(target)
    identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
    for arguments in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message", "all"]):
        subprocess.run(["git", *arguments], cwd=target, check=True, capture_output=True)
    return target


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment("commands", COURSE_HOME=""),
        capture_output=True,
        text=True,
        timeout=170,
    )


def test_a_capture_of_another_machine_lies_beside_the_reference(checkout: Path, port: int) -> None:
    texts(r"invoke capture")
    (line,) = texts(r"invoke capture --lab 2 .*")
    arguments = line.replace("--scale auto", "--scale smoke").split()[1:]
    before = (checkout / "labs/lab02_thread_tokens/reference.auto.json").read_bytes()
    ended = run(checkout, *arguments, "--port", str(port))
    kept = store.read(checkout / "labs/lab02_thread_tokens/machines/raspberry-pi-5.smoke.json")
    assert ended.returncode == 0, ended.stderr
    assert kept.repeats == captures.REPEATS and not kept.provenance.dirty
    assert (checkout / "labs/lab02_thread_tokens/reference.auto.json").read_bytes() == before


def test_a_new_lab_runs_as_it_stands(checkout: Path, port: int) -> None:
    (line,) = texts(r"invoke new-lab .*")
    made = subprocess.run(
        ["bash", "-c", line.replace("invoke", f"{sys.executable} -m invoke", 1)],
        cwd=checkout, env=environment("commands"), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    name = f"lab{catalog.labs()[-1].number + 1}"
    ended = run(checkout, name, *SMOKE, "--port", str(port))
    assert ended.returncode == 20 and "smoke scale proves the plumbing" in " ".join(ended.stdout.split()), ended.stderr
    assert f"{name}.md" in (checkout / "mkdocs.yml").read_text()
    wanting = subprocess.run(
        [sys.executable, "-c", "from labs import captures, catalog\n"
         "print('\\n'.join(captures.problems(catalog.labs())))"],
        cwd=checkout, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    assert wanting == f"{name}: its capture at the auto scale is missing. invoke capture --lab {name[3:]}"


def test_a_report_that_cannot_be_is_told_so(invoke: Callable[..., Invoked]) -> None:
    (line,) = texts(r"invoke check-report .*")
    ended = invoke(*line.split()[1:])
    assert ended.status == 10 and "with 16 workers this limit fits" in ended.out
    ended = invoke("check-report", "--workers", "16", "--service", "1", "--throughput", "640", "--json")
    assert ended.status == 0 and ended.json["outcome"] == "consistent"
    ended = invoke("check-report", "--workers", "many")
    assert ended.status == 2 and "--workers 'many'" in ended.err


@pytest.mark.parametrize(
    ("mechanism", "title", "part", "says"),
    [
        ("Thread Tokens", "Tokens", "Overload and isolation", "--mechanism is lower-case words"),
        ("tokens", 'The "tokens"', "Overload and isolation", "--title is what the page is called"),
        ("tokens", "Tokens", "Nowhere", "--part is one of Start, How requests run"),
        ("tokens", "Tokens", "toc", "not 'toc'"),  # a list of mkdocs.yml, and no part of the navigation
    ],
)
def test_what_a_new_lab_cannot_be_called(mechanism: str, title: str, part: str, says: str) -> None:
    before = (ROOT / "mkdocs.yml").read_bytes()
    with pytest.raises(UsageError, match=re.escape(says)):
        scaffold.new_lab(mechanism, title, part)
    assert (ROOT / "mkdocs.yml").read_bytes() == before


def test_machines_stand_side_by_side(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lab = catalog.lab(2)
    folder = tmp_path / lab.slug
    shutil.copytree(catalog.folder(lab), folder, ignore=shutil.ignore_patterns("__pycache__", "machines"))
    kept = store.reference(folder, "auto")
    assert kept is not None
    store.save(kept, store.machine_path(folder, "auto", "other-one"))
    monkeypatch.setattr(catalog, "folder", lambda lab: tmp_path / lab.slug)
    table = machines.machines()
    rows = [line for line in table.splitlines() if "lab2 " in line]
    assert "| other-one | " in table and len(rows) == 1 and rows[0].count("of 500, reproduced") == 2


# --- offline ------------------------------------------------------------------------------


@pytest.mark.install
@pytest.mark.timeout(900)
def test_a_laptop_without_a_network_runs_the_course_from_a_wheelhouse(checkout: Path) -> None:
    """The instructor's stick, in an empty environment; and the README's first lines, but for the index."""
    download, offline = texts(r"python -m pip download .*"), texts(r"python -m pip install --no-index .*")
    texts(r"python3 -m venv .venv")
    bash(checkout, download[0].replace("python", sys.executable, 1))
    shutil.rmtree(checkout / ".venv", ignore_errors=True)
    no_index = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    bash(checkout, f"{sys.executable} -m venv .venv && .venv/bin/{offline[0]}", **no_index)
    ended = bash(checkout, "source .venv/bin/activate && invoke --list", **no_index)
    assert "lab2" in ended.stdout
    ended = subprocess.run(
        ["bash", "-c", ".venv/bin/invoke lab2 --scale smoke"], cwd=checkout, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 20, ended.stderr


def bash(folder: Path, text: str, **extra: str) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        ["bash", "-c", text], cwd=folder, env=os.environ | extra, capture_output=True, text=True, timeout=600
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended
