"""The real k6, several times at once, as one load."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

from labs.engine.harness.load import REQUESTS
from labs.engine.results.records import DURATION_POINT
from tests.conftest import Invoked


def test_several_generators_make_one_load_together(invoke: Callable[..., Invoked], port: int, tmp_path: Path) -> None:
    typed = ("lab2", "--scale", "smoke", "--generators", "3", "--port", str(port), "--json")
    ended = invoke(*typed, COURSE_HOME=str(tmp_path))
    (row,) = json.loads(ended.out)["variants"]
    assert len(row["generators"]) == 3 and sum(one["requests"] for one in row["generators"]) == row["requests"]
    assert min(one["began_s"] for one in row["generators"]) == 0.0
    (run,) = json.loads(ended.out)["result"]["runs"]
    assert run["measurement"]["vus_reached"] == row["vus"] == 40  # 13, 13 and 14: none twice, none left out
    (kept,) = (tmp_path / "runs").glob(f"*/01-*/{REQUESTS}")
    with gzip.open(kept, "rb") as lines:
        assert sum(line.startswith(DURATION_POINT) for line in lines) == row["requests"]
    assert "0:1/3" in json.loads(ended.out)["result"]["provenance"]["generator_argv"]
