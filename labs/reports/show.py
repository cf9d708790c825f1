"""Pure: what was found in a report, as lines for the terminal and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from labs.reports.check import Checked
from labs.reports.report import Report


def lines(checked: Checked) -> Iterator[str]:
    """The outcome, then the arithmetic: of the laws that are broken, or of all if none is."""
    yield str(checked.outcome)
    for one in checked.broken or checked.findings:
        broken = "" if one.off is None else f", off by a factor of {one.off:.3g}"
        yield f"  {one.law}: {one.says}{broken}"
    for change in checked.fits:
        yield f"  {change}"
    if not checked.findings and not checked.fits:
        yield "  say more: workers and the service time give a limit, throughput says how near it is"


def document(report: Report, checked: Checked) -> str:
    return json.dumps({"report": report.model_dump(exclude_none=True), **asdict(checked)}, indent=2, ensure_ascii=False)
