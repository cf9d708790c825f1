"""The diagnoses that the page "Diagnose your service" shows: of a service as it is, with the change made, and proven.

    python -m labs.diagnose.example --port 8000

Run it from committed code on a quiet machine; it writes docs/data/diagnosis.json. Then: invoke render.
"""

import argparse
from typing import Any

from pydantic import BaseModel, ConfigDict

from labs.diagnose import run
from labs.diagnose.report import Document
from labs.diagnose.terminal import Watched
from labs.engine import paths
from labs.engine.files import write_text
from labs.engine.show.terminal import err, plain_errors

FILE = paths.DOCS / "data" / "diagnosis.json"
ROUTE = "/sync_endpoint_sync_processing?ms=200"
RATE, P95 = "150", "400ms"
TOKENS = 80
AS_IT_IS: dict[str, Any] = {"app": "app.main:app", "path": (ROUTE,), "prove": True, "rate": RATE, "p95": P95}
CHANGED: dict[str, Any] = {"app": "app.main:app", "path": (ROUTE,), "env": (f"THREAD_TOKENS={TOKENS}",)}
PROVEN: dict[str, Any] = {"app": "default_tokens:app", "dir": str(paths.ROOT / "tests" / "zoo"), "prove": True}


class Recorded(BaseModel):
    """`as_it_is` with everything asked for at once: the proof, and the headroom. `proven` leaves its tokens to us."""

    model_config = ConfigDict(frozen=True)

    as_it_is: Document
    changed: Document
    proven: Document


def read() -> Recorded:
    return Recorded.model_validate_json(FILE.read_text(encoding="utf-8"))


def record(port: str) -> None:
    found = [run.diagnose(given | {"port": port}, Watched(err))[0] for given in (AS_IT_IS, CHANGED, PROVEN)]
    recorded = Recorded(as_it_is=found[0], changed=found[1], proven=found[2])
    write_text(FILE, recorded.model_dump_json(indent=1) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", default="8000")
    with plain_errors():
        record(parser.parse_args().port)
