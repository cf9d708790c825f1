"""Reads what k6 left: its summary and the record of every request. Knows what its error codes mean."""

import gzip
import json
import re
import shutil
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from labs.engine.errors import UsageError
from labs.engine.harness import load
from labs.engine.harness.load import Generated
from labs.engine.harness.processes import killed

DURATION_POINT = b'{"metric":"http_req_duration","type":"Point"'
TIMEOUT_CODE = "1050"
MAIN, PROBE = "main", "probe"  # the tag `stream` of k6/two_streams.js
FULL_BYTES = 65_536  # a disk with less free can't hold what one load leaves
NO_SPACE = re.compile(r"no space left on device|disk quota exceeded")
UNCONNECTED = "121"  # codes 1210 to 1213: the connection could not be made


@dataclass(frozen=True)
class Requests:
    """Every request of a run, one element each, in the order of their ends.

    ended_s: seconds since the epoch, float64; duration_s: float64; expected, timed_out: bool.
    connected: bool, False where no connection could be made; k6 records 0 s for those.
    errors: how many failed with which of k6's error codes.
    """

    ended_s: npt.NDArray[np.float64]
    duration_s: npt.NDArray[np.float64]
    expected: npt.NDArray[np.bool_]
    timed_out: npt.NDArray[np.bool_]
    connected: npt.NDArray[np.bool_]
    errors: Mapping[str, int]


@dataclass(frozen=True)
class Summary:
    """What k6 says of the whole run, ramp and graceful stop included."""

    rate_per_s: float
    vus_reached: int
    interrupted: int
    dropped: int


def read_summary(generated: Generated) -> Summary:
    """Of all processes together. Raises UsageError, with k6's last words, if one left none."""
    each = [_summary(folder, generated.exit) for folder in generated.folders]
    return Summary(
        rate_per_s=sum(one.rate_per_s for one in each),
        vus_reached=sum(one.vus_reached for one in each),
        interrupted=sum(one.interrupted for one in each),
        dropped=sum(one.dropped for one in each),
    )


def _summary(folder: Path, status: int) -> Summary:
    log = folder / load.CONSOLE
    try:
        metrics = json.loads((folder / load.SUMMARY).read_text())["metrics"]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(f"k6 left no summary{_why(status, log)}. Log: {log}") from error

    def value(metric: str, field: str) -> float:
        return float(metrics[metric]["values"][field]) if metric in metrics else 0.0

    return Summary(
        rate_per_s=value("http_reqs", "rate"),
        vus_reached=int(value("vus_max", "max")),
        interrupted=load.interrupted(log.read_bytes()),
        dropped=int(value("dropped_iterations", "count")),
    )


def _why(status: int, log: Path) -> str:
    """What it died of, as far as its status and its console tell; on a full disk the console may be empty, too."""
    if by_signal := killed(status):
        return f": it {by_signal}"
    text = log.read_text(errors="replace")
    if NO_SPACE.search(text) or shutil.disk_usage(log.parent).free < FULL_BYTES:
        return " (the disk is full): free space there, or remove old runs: invoke clean"
    lines = [line for line in text.splitlines() if line.strip()]
    errors = [line.partition("level=error ")[2] for line in lines if "level=error " in line]
    said = errors or lines or ["it printed nothing"]
    return f" (exit {status}): {said[-1]}"


def since(requests: Requests, start_s: float) -> Requests:
    """Those that were sent at `start_s` (since the epoch) or later."""
    return _those(requests, requests.ended_s - requests.duration_s >= start_s)


def ended_within(requests: Requests, start_s: float, end_s: float) -> Requests:
    """Those that ended at `start_s` or later and before `end_s`, both since the epoch."""
    return _those(requests, (requests.ended_s >= start_s) & (requests.ended_s < end_s))


def _those(requests: Requests, chosen: npt.NDArray[np.bool_]) -> Requests:
    return replace(
        requests,
        ended_s=requests.ended_s[chosen],
        duration_s=requests.duration_s[chosen],
        expected=requests.expected[chosen],
        timed_out=requests.timed_out[chosen],
        connected=requests.connected[chosen],
    )


def read_requests(path: Path, stream: str = MAIN) -> Requests:
    """Every http_req_duration point of one stream of k6's JSON output, gzipped or not, sorted by time.

    Raises UsageError for a gzipped one that isn't whole.
    """
    rows: list[tuple[float, float, bool, bool, bool]] = []
    errors: Counter[str] = Counter()
    seconds: dict[str, float] = {}  # a run has few distinct seconds and many requests
    for line in _lines(path):
        if not line.startswith(DURATION_POINT):
            continue
        point = json.loads(line)["data"]
        tags = point["tags"]
        if tags.get("stream", MAIN) != stream:
            continue
        code = tags.get("error_code", "")
        if tags["expected_response"] != "true":
            errors[code or tags.get("status", "unknown")] += 1
        ended_s = _epoch(point["time"], seconds)
        rows.append(
            (
                ended_s,
                point["value"] / 1000,
                tags["expected_response"] == "true",
                code == TIMEOUT_CODE,
                # a timeout while still connecting has the timeout's code, and no duration
                not code.startswith(UNCONNECTED) and not (code == TIMEOUT_CODE and point["value"] == 0),
            )
        )
    rows.sort()
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), ()]
    return Requests(
        np.array(columns[0], dtype=np.float64),
        np.array(columns[1], dtype=np.float64),
        np.array(columns[2], dtype=np.bool_),
        np.array(columns[3], dtype=np.bool_),
        np.array(columns[4], dtype=np.bool_),
        dict(sorted(errors.items())),
    )


def _lines(path: Path) -> Iterator[bytes]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as lines:
            yield from lines
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(
            f"k6's record isn't whole ({error}): {path}. A disk that is full does this: free space there, or remove "
            "old runs (invoke clean), and run it again"
        ) from error


def merged(parts: Sequence[Requests]) -> Requests:
    """The requests of several generators as one, in the order of their ends."""
    if len(parts) == 1:
        return parts[0]
    errors: Counter[str] = Counter()
    for part in parts:
        errors.update(part.errors)
    order = np.argsort(np.concatenate([part.ended_s for part in parts]), kind="stable")
    return Requests(
        np.concatenate([part.ended_s for part in parts])[order],
        np.concatenate([part.duration_s for part in parts])[order],
        np.concatenate([part.expected for part in parts])[order],
        np.concatenate([part.timed_out for part in parts])[order],
        np.concatenate([part.connected for part in parts])[order],
        dict(sorted(errors.items())),
    )


def keep_points(source: Path, target: Path) -> None:
    """Write the http_req_duration points of k6's record to `target`, gzipped: a tenth of the whole."""
    with gzip.open(source, "rb") as lines:
        points = b"".join(line for line in lines if line.startswith(DURATION_POINT))
    target.write_bytes(gzip.compress(points, mtime=0))


def _epoch(time_text: str, seconds: dict[str, float]) -> float:
    """RFC 3339 with up to nine decimals, in any zone, to seconds since the epoch."""
    whole, rest = time_text[:19], time_text[19:]
    digits = re.match(r"\.?\d*", rest)
    fraction = digits.group() if digits else ""
    zone = rest[len(fraction) :]
    key = whole + zone
    if key not in seconds:
        seconds[key] = datetime.fromisoformat(key).timestamp()
    return seconds[key] + (float("0" + fraction) if len(fraction) > 1 else 0.0)
