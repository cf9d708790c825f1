"""A second opinion: throughput, percentiles and failed share straight from k6's records.

Shares no code with `labs`; standard library only, but for the window, which is the engine's choice.

    python tests/recompute.py runs/…/01-T-40/requests.json.gz 2.5 28
"""

import gzip
import json
import sys
from datetime import datetime
from statistics import quantiles


def recompute(path: str, start_s: float, length_s: float) -> dict[str, float]:
    """Of one run: what `requests.json.gz` says about the window that begins `start_s` into the load."""
    ended, took, good, sent = [], [], [], []
    with gzip.open(path, "rt") as lines:
        for line in lines:
            record = json.loads(line)
            if record["type"] != "Point" or record["metric"] != "http_req_duration":
                continue
            tags, duration_s = record["data"]["tags"], record["data"]["value"] / 1000
            if tags.get("stream") == "probe":  # its times are kept apart
                continue
            moment_s = datetime.fromisoformat(record["data"]["time"]).timestamp()
            ended.append(moment_s)
            sent.append(moment_s - duration_s)
            good.append(tags["expected_response"] == "true")
            if not tags.get("error_code", "").startswith("121"):
                took.append(duration_s)
    begun = min(sent)
    inside = sum(ok and start_s <= at - begun < start_s + length_s for at, ok in zip(ended, good, strict=True))
    cuts = quantiles(took, n=100, method="inclusive")
    return {
        "throughput_per_s": inside / length_s,
        "p50": cuts[49],
        "p95": cuts[94],
        "p99": cuts[98],
        "max": max(took),
        "failed_share": 1 - sum(good) / len(good),
        "requests": len(ended),
    }


if __name__ == "__main__":
    print(json.dumps(recompute(sys.argv[1], float(sys.argv[2]), float(sys.argv[3])), indent=2))
