"""The import contracts leave nothing out."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_contract_of_labs_names_every_module_but_the_labs_themselves() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (one["layers"] for one in contracts if one.get("containers") == ["labs"])
    named = {name for layer in layers for name in re.split(r" [|:] ", layer)}
    found = {path.stem for path in (ROOT / "labs").glob("*.py") if path.stem != "__init__"}
    found |= {path.parent.name for path in (ROOT / "labs").glob("*/__init__.py")}
    assert named == {name for name in found if not re.fullmatch(r"lab\d\d_\w+", name)}


def test_no_module_is_long_without_saying_why() -> None:
    for path in [ROOT / "tasks.py", *(ROOT / "labs").rglob("*.py"), *(ROOT / "app").glob("*.py")]:
        text = path.read_text()
        lines = len(text.splitlines())
        assert lines <= 400, f"{path}: {lines} lines"
        assert lines <= 250 or "longer" in text[:1500].lower() or "as long as" in text[:1500], f"{path}: {lines} lines"
