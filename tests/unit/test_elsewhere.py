"""Manifests: what they start, what they reserve, and that Kubernetes and the k6-operator know every field."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from labs import catalog
from labs.elsewhere import asked, brought, settings, testrun, write, written
from labs.engine.errors import UsageError
from labs.engine.harness.commands import commands
from labs.engine.harness.segments import arguments
from labs.engine.paths import ROOT

FOLDER = ROOT / "manifests" / "lab2"
BOUND = {0, 4, 6, 7, 9, 10, 11, 14, 26, 27}  # labs that need the machine on which the harness starts the service


def manifests(number: int, **typed: str) -> dict[str, str]:
    return write.files(catalog.lab(number), asked.parse(typed), FOLDER)


@cache
def documents(number: int, **typed: str) -> list[dict[str, Any]]:
    """Nobody changes them: reading a lab's manifests takes longer than all that is asked of them."""
    texts = (text for name, text in manifests(number, **typed).items() if name.endswith(".yaml"))
    return [document for text in texts for document in yaml.load_all(text, yaml.CSafeLoader)]


def of_kind(number: int, kind: str, **typed: str) -> list[dict[str, Any]]:
    return [document for document in documents(number, **typed) if document["kind"] == kind]


FREE = sorted({lab.number for lab in catalog.labs()} - BOUND)


@pytest.mark.parametrize("number", sorted(BOUND))
def test_a_lab_that_needs_one_machine_says_why(number: int) -> None:
    with pytest.raises(UsageError, match=f"lab{number} runs on one machine only: ."):
        manifests(number, generators="1")


@pytest.mark.parametrize("number", FREE)
def test_kubernetes_knows_every_field_of_the_core_objects(number: int) -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    core = [one for one in documents(number, generators="1") if one["kind"] != "TestRun"]
    assert {one["kind"] for one in core} >= {"ConfigMap", "PersistentVolumeClaim", "Pod", "Service", "Deployment"}
    for document in core:
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("number", FREE)
def test_each_row_has_a_service_and_a_load_for_it(number: int) -> None:
    planned = written.plan(catalog.lab(number), asked.parse({"generators": "1"}))
    rows = [row for row, _, _ in written.rows(planned)]
    runs = [testrun.TestRun.model_validate(one) for one in of_kind(number, "TestRun", generators="1")]
    assert [run.metadata.name for run in runs] == rows
    assert all(re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", row) for row in rows)  # a Service's name: DNS-1035
    addresses = {one["metadata"]["name"] for one in of_kind(number, "Service", generators="1")}
    told = [{one.name: one.value for one in run.spec.runner.env}["BASE_URL"] for run in runs]
    assert told == [f"http://{row}:8000" for row in rows] and set(rows) <= addresses


def test_the_deployment_starts_the_labs_own_command_where_the_load_reaches_it() -> None:
    planned = written.plan(catalog.lab(2), asked.parse({}))
    for (_, variant, _), one in zip(written.rows(planned), of_kind(2, "Deployment"), strict=True):
        service, watcher = one["spec"]["template"]["spec"]["containers"]
        declared = commands(variant, settings.PORTS).server
        started = ["0.0.0.0" if part == "127.0.0.1" else part for part in declared.argv[1:]]
        assert service["command"] == ["python", *started]
        assert declared.settings.items() <= {one["name"]: one["value"] for one in service["env"]}.items()
        assert watcher["command"][watcher["command"].index("--workers") + 1] == str(variant.workers)


def test_the_image_starts_what_the_argv_says() -> None:
    planned = written.plan(catalog.lab(5), asked.parse({}))
    (command,) = re.findall(r"^CMD (.*)$", manifests(5)["Dockerfile"], re.MULTILINE)
    assert json.loads(command) == settings.in_a_pod(commands(planned.variants[0], settings.PORTS).server)
    copied = re.findall(r"^COPY (\S+)", manifests(5)["Dockerfile"], re.MULTILINE)
    assert all((ROOT / name).exists() for name in copied) and {"app", "labs"} <= set(copied)


def test_the_load_is_the_labs_script_with_what_the_lab_tells_it() -> None:
    variant = written.plan(catalog.lab(2), asked.parse({"generators": "4"})).variants[0]
    made = commands(variant, settings.PORTS)
    run = testrun.TestRun.model_validate(of_kind(2, "TestRun", generators="4")[0])
    (scripts,) = of_kind(2, "ConfigMap")
    assert scripts["data"][run.spec.script.configMap.file] == made.script.read_text()
    told = {one.name: one.value for one in run.spec.runner.env}
    assert {**made.generator.settings, "BASE_URL": "http://lab2-01:8000"}.items() <= told.items()
    assert run.spec.parallelism == 4


def test_the_operators_own_arguments_are_not_given_twice() -> None:
    """It adds the address, the pause and each runner's execution segment, and splits ours at spaces."""
    run = testrun.TestRun.model_validate(of_kind(2, "TestRun", generators="2")[0])
    given = run.spec.arguments.split()
    assert not {"--address", "--paused", "run", arguments(2)[0][0]} & set(given) and "" not in given
    assert given[-2:] == ["--out", "json=/results/$(JOB_NAME).requests.json.gz"]
    assert given[:2] == ["--no-usage-report", "--no-color"] and "--system-tags" in given


def test_a_field_that_the_operator_does_not_know_is_refused() -> None:
    (run, *_) = of_kind(2, "TestRun")
    with pytest.raises(ValidationError, match="paralelism"):
        testrun.TestRun.model_validate(run | {"spec": run["spec"] | {"paralelism": 2}})


def test_what_is_reserved_is_what_may_be_used() -> None:
    for one in of_kind(2, "Deployment", cores="4"):
        for container in one["spec"]["template"]["spec"]["containers"]:
            assert container["resources"]["requests"] == container["resources"]["limits"]
    (first, *_) = of_kind(2, "Deployment", cores="4")
    assert first["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"] == "4"
    few, many = (
        testrun.TestRun.model_validate(
            of_kind(2, "TestRun", scale="post", generators=count)[0]
        ).spec.runner.resources.limits
        for count in ("2", "8")
    )
    assert int(few["memory"][:-2]) > 2 * int(many["memory"][:-2])  # each runner holds its share of the users


def test_a_database_admits_its_own_service_only_and_has_room_for_every_pool() -> None:
    planned = written.plan(catalog.lab(12), asked.parse({}))
    rows = [(row, variant) for row, variant, _ in written.rows(planned) if variant.needs_database]
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind(12, "NetworkPolicy")}
    started = {one["metadata"]["name"]: one["spec"]["template"]["spec"] for one in of_kind(12, "Deployment")}
    assert rows
    for row, variant in rows:
        (allowed,) = policies[f"{row}-postgres"]["ingress"][0]["from"]
        assert allowed["podSelector"]["matchLabels"] == {"app": row}
        (postgres,) = started[f"{row}-postgres"]["containers"]
        assert f"max_connections={variant.connections_wanted}" in postgres["args"]
        service = started[row]["containers"][0]
        assert {"name": "DATABASE_URL", "value": f"postgresql://app@{row}-postgres/postgres"} in service["env"]


# --- on disk -----------------------------------------------------------------------------------


def test_nothing_is_replaced_without_saying_so(tmp_path: Path) -> None:
    lab = catalog.lab(2)
    assert all(line.startswith("wrote") for line in write.write(lab, asked.parse({}), tmp_path))
    (tmp_path / "README.md").write_text("my own notes")
    said = write.write(lab, asked.parse({}), tmp_path)
    assert [line for line in said if not line.startswith("unchanged")] == [f"replaced  {tmp_path / 'README.md'}"]


def test_manifests_are_not_changed_under_the_results_of_others(tmp_path: Path) -> None:
    write.write(catalog.lab(2), asked.parse({}), tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "lab2-01-1.requests.json.gz").touch()
    before = (tmp_path / written.NAME).read_text()
    write.write(catalog.lab(2), asked.parse({}), tmp_path)
    with pytest.raises(UsageError, match="holds results of other manifests"):
        write.write(catalog.lab(2), asked.parse({"generators": "4"}), tmp_path)
    assert (tmp_path / written.NAME).read_text() == before


def test_results_of_other_code_are_not_judged(tmp_path: Path) -> None:
    write.write(catalog.lab(2), asked.parse({}), tmp_path)
    assert written.read(tmp_path)[1].generators == 2
    path = tmp_path / written.NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {"fingerprint": "0" * 64}))
    with pytest.raises(UsageError, match="executes something else today"):
        written.read(tmp_path)
    with pytest.raises(UsageError, match="name a folder of invoke manifests"):
        written.read(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"generators": "0"}, "--generators can't be '0'"),
        ({"cores": "many"}, "--cores can't be 'many'"),
        ({"scale": "large"}, "--scale can't be 'large'"),
        ({"image": "two words"}, "--image can't be 'two words'"),
        ({"workers": "0"}, "--workers can't be '0'"),
    ],
)
def test_an_option_that_cannot_be_is_named(typed: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        asked.parse(typed)


# --- what the reader changes ----------------------------------------------------------------------


def test_what_the_reader_changes_is_started_and_the_load_too(tmp_path: Path) -> None:
    typed = {"workers": "3", "vus": "500", "tokens": "7", "timeout": "9", "repeat": "1"}
    (service,) = of_kind(2, "Deployment", **typed)
    started = service["spec"]["template"]["spec"]["containers"][0]
    assert started["command"][started["command"].index("--workers") + 1] == "3"
    assert {"name": "THREAD_TOKENS", "value": "7"} in started["env"]
    (load,) = of_kind(2, "TestRun", **typed)
    told = {one.name: one.value for one in testrun.TestRun.model_validate(load).spec.runner.env}
    assert (told["TARGET_VUS"], told["TIMEOUT"], told["GRACEFUL_STOP"]) == ("500", "9000ms", "10000ms")


def test_changed_manifests_are_judged_as_the_readers_own_experiment(tmp_path: Path) -> None:
    write.write(catalog.lab(2), asked.parse({"workers": "3"}), tmp_path)
    _, planned = written.read(tmp_path)
    assert planned.experiment and {variant.workers for variant in planned.variants} == {3}
    assert "an experiment of your own" in (tmp_path / "README.md").read_text()
    write.write(catalog.lab(2), asked.parse({}), tmp_path)
    assert not written.read(tmp_path)[1].experiment
    assert set(json.loads((tmp_path / written.NAME).read_text())["asked"]) == {"scale", "generators", "cores", "image"}


def test_a_change_that_changes_nothing_is_refused_as_at_home() -> None:
    with pytest.raises(UsageError, match="--pool changes nothing in lab2"):
        manifests(2, pool="5")
    with pytest.raises(UsageError, match="leaves some of them without a user"):
        manifests(2, vus="3", generators="4")


# --- what came back ------------------------------------------------------------------------------


def seconds(*workers: list[int]) -> str:
    lines: list[dict[str, Any]] = [{"cpu": "a cpu", "memory_bytes": 1, "system": "Linux 6 x86_64"}]
    lines += [
        {"samples": [], "readings": [], "workers": pids, "listen_overflows": 7 + at, "clocks": [at, at, at]}
        for at, pids in enumerate(workers)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


def seen(folder: Path, text: str) -> brought.Watched:
    (folder / settings.watched_name("lab2-01")).write_text(text)
    found = brought.watched(folder, "lab2-01")
    assert found is not None
    return found


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    assert len(seen(tmp_path, seconds([1, 2], [1, 2])[:-20]).seconds) == 1
    assert brought.watched(tmp_path, "lab2-02") is None


def test_a_worker_that_was_missing_or_replaced_during_the_load_is_counted(tmp_path: Path) -> None:
    whole = seen(tmp_path, seconds([1], [1, 2], [1, 2], [1, 3], [1, 3]))
    assert whole.between(1.0, 2.0).workers_gone(2) == 0  # before the load it had only begun to start
    assert whole.between(1.0, 4.0).workers_gone(2) == 1
    assert whole.between(0.0, 2.0).workers_gone(2) == 1
    assert whole.between(1.0, 4.0).listen_overflows() == 3


def test_a_runner_without_its_records_is_named(tmp_path: Path) -> None:
    for name in (settings.records_name("lab2-01-1"), settings.summary_name("lab2-01-1")):
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(UsageError, match=r"lab2-01-2.requests.json.gz is missing: generator 2 of 2"):
        brought.gathered(tmp_path, "lab2-01", 2, tmp_path / "judged")
