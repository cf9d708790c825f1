"""docs/assets/check-report.js says of a report what labs/reports/check.py says."""

import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labs.reports.check import Outcome, check
from labs.reports.report import Report
from tests.javascript import said

CASES = 400


def drawn(chance: random.Random) -> Report:
    """Any report at all, each part said or not."""

    def perhaps(value: Any, share: float = 0.7) -> Any:
        return value if chance.random() < share else None

    users, service_s = chance.randint(1, 5_000), round(chance.uniform(0, 3), 3)
    workers = chance.randint(1, 16)
    per_s = round(workers * 40 / max(service_s, 0.01) * chance.choice([0.2, 0.9, 1.0, 2.5]), 2)
    mean_s = round(users / per_s * chance.choice([0.3, 1.0, 1.0, 3.0]), 3)
    return Report(
        kind=chance.choice(["def", "async"]), workers=perhaps(workers), tokens=perhaps(chance.randint(1, 100), 0.2),
        users=perhaps(users), think_time_s=chance.choice([0.0, 0.0, 1.5]), service_time_s=perhaps(service_s),
        blocking_time_s=perhaps(service_s / 2), pool=perhaps(chance.randint(1, 50), 0.3),
        connection_time_s=perhaps(service_s / 4, 0.2), throughput_per_s=perhaps(per_s, 0.8), mean_s=perhaps(mean_s),
        p50_s=perhaps(mean_s * chance.choice([0.9, 1.5])), p95_s=perhaps(mean_s * chance.choice([0.8, 2.0, 30.0])),
        max_s=perhaps(mean_s * 3, 0.4), requests=perhaps(round(per_s * 30) + 1, 0.5),
        failed=perhaps(chance.choice([3, round(per_s * 20), round(per_s * 40)]), 0.4),
        duration_s=perhaps(30.0, 0.5),
    )  # fmt: skip


def test_both_languages_judge_alike(tmp_path: Path) -> None:
    chance = random.Random(1961)
    reports = [drawn(chance) for _ in range(CASES)]
    results = said("check-report.js", "module.check(one)", [one.model_dump() for one in reports], tmp_path)
    assert {one["outcome"] for one in results} == set(Outcome)
    for report, there in zip(reports, results, strict=True):
        here = asdict(check(report))
        assert there["outcome"] == here["outcome"] and there["fits"] == list(here["fits"]), report
        for one, other in zip(there["findings"], here["findings"], strict=True):
            assert (one["law"], one["says"]) == (other["law"], other["says"])
            assert (one["off"] is None) == (other["off"] is None)
            assert one["off"] is None or abs(one["off"] / other["off"] - 1) < 1e-9
