"""`python -m labs.lab20_headroom.record` writes `forecasts.py`: the forecasts of the lab's rows at its own size.

Takes about a minute. A page or a verdict then needs no simulation; only a row that a reader changes does.
"""

from pathlib import Path

from labs.engine.declare.service import Machine
from labs.lab20_headroom.forecast import RUNS, forecast
from labs.lab20_headroom.rows import RANDOM, setup, variants

HEAD = f'''"""The forecasts of lab 20's rows, of {RUNS} simulated runs each. Written by `record.py`."""

from labs.lab20_headroom.forecast import Forecast, Line
from labs.lab20_headroom.queue import Setup

FORECASTS = {{
'''


def main() -> None:
    rows = [setup(row) for row in variants("auto", Machine(cores=2)) if row.name in RANDOM]
    lines = [f"    {row!r}: {forecast(row)!r},\n" for row in rows]
    Path(__file__).with_name("forecasts.py").write_text("".join([HEAD, *lines, "}\n"]), encoding="utf-8")


if __name__ == "__main__":
    main()
