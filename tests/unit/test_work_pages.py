"""The pages for a reader's own service: their words, what they show, and what they give to copy."""

import re
import shlex

import pytest
import yaml

from labs.diagnose import change, example, expect, prove, report, target
from labs.diagnose.attribute import attribute
from labs.engine.paths import DOCS, ROOT
from labs.pages.regions import page
from tests.unit.test_template import BANNED

PAGES = ("slow-now.md", "diagnose.md", "watch.md", "size.md")
MOST_NUMBERS = 60
DIAGNOSE = re.compile(r"^invoke diagnose (.*)$", re.MULTILINE)


@pytest.mark.parametrize("name", PAGES)
def test_its_words_are_the_courses(name: str) -> None:
    text = page.NOT_PROSE.sub(" ", (DOCS / name).read_text(encoding="utf-8"))
    found = [(hit[0], better) for word, better in BANNED["words"].items() for hit in re.finditer(word, text, re.I)]
    assert not found and len(re.findall(r"\d+", text)) <= MOST_NUMBERS


def test_the_recorded_diagnoses_are_what_todays_code_says_of_their_evidence() -> None:
    recorded = example.read()
    for one in (recorded.as_it_is, recorded.changed, recorded.proven):
        finding = attribute(one.evidence)
        assert (one.finding, one.change) == (finding, change.change(one.evidence, finding)), "record it again"
        assert one.sentence == report.sentence(one.evidence, finding)
    proof, advised = recorded.as_it_is.proof, recorded.as_it_is.change
    assert proof and advised and proof.says == prove.not_set(advised, proof.read_back), "record it again"
    assert advised.after == example.TOKENS
    assert recorded.proven.proof and recorded.proven.proof.verdict == "as predicted"
    assert advised.predicted_per_s == pytest.approx(recorded.changed.throughput_per_s, rel=0.1)


def options(command: str) -> dict[str, object]:
    """What was typed, as `invoke` would hand it over."""
    found: dict[str, object] = {}
    parts = shlex.split(command)
    while parts:
        name = parts.pop(0).removeprefix("--")
        value: object = parts.pop(0) if parts and not parts[0].startswith("--") else True
        assert name in target.HELP, name
        several = name in ("path", "env", "header")
        found[name.replace("-", "_")] = (*found.get(name, ()), value) if several else value  # type: ignore[misc]
    return found


def test_every_command_of_the_page_is_one_that_diagnose_takes() -> None:
    commands = DIAGNOSE.findall((DOCS / "diagnose.md").read_text(encoding="utf-8").replace("\\\n", ""))
    assert len(commands) >= 5
    for command in commands:
        given = options(command) | {"dir": str(ROOT)}
        assert target.parse(given).app
    assert options(commands[0]) == {"app": example.AS_IT_IS["app"], "path": example.AS_IT_IS["path"]}


def test_the_workflow_to_copy_is_one_and_its_command_is_taken() -> None:
    workflow = yaml.safe_load((DOCS / "data" / "diagnose-in-ci.yml").read_text(encoding="utf-8"))
    steps = workflow["jobs"]["diagnose"]["steps"]
    command = next(one["run"] for one in steps if "invoke diagnose" in one.get("run", ""))
    typed, otherwise = command.replace("\\\n", "").split("invoke diagnose ")[1].split("||")
    given = options(typed)
    assert target.parse(given | {"dir": str(ROOT)}).app == "shop.main:app"
    assert expect.parse(str(given["expect"]), str(given["at_least"]))
    assert str(expect.EXIT_STATUS["inconclusive"]) in otherwise
