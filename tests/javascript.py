"""What a module of docs/assets says, for tests that hold it against its Python: k6 runs JavaScript modules, so it
runs these too.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from labs.engine.harness import k6
from tests.conftest import ROOT

SCRIPT = """
import * as module from 'file://%(module)s';
const given = JSON.parse(open('%(given)s'));
export const options = { iterations: 1 };
export default function () {}
export function handleSummary() {
  return { '%(said)s': JSON.stringify(given.map((one) => %(says)s)) };
}
"""


def said(module: str, says: str, given: Sequence[Any], folder: Path) -> list[Any]:
    """The expression `says` of each `one` that is given; `module` in it is the module's exports."""
    paths = {name: folder / f"{name}.json" for name in ("given", "said")}
    paths["given"].write_text(json.dumps(given))
    script = folder / "agree.js"
    script.write_text(SCRIPT % {"module": ROOT / "docs" / "assets" / module, "says": says, **paths})
    argv = [k6.binary(), "run", "--quiet", "--no-usage-report", "--address", "", str(script)]
    ended = subprocess.run(argv, capture_output=True, text=True, timeout=60, env=os.environ)
    assert ended.returncode == 0, ended.stderr
    found: list[Any] = json.loads(paths["said"].read_text())
    return found
