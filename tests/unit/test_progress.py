"""What a run says while it goes on."""

from io import StringIO

from rich.console import Console

from labs.engine.show.progress import LiveProgress


def test_responses_that_come_in_bunches_are_said_as_their_mean() -> None:
    """A hundred in every second second, as 50 requests of 2 s each: neither 100/s nor 0."""
    said = StringIO()
    with LiveProgress(Console(file=said, width=200), predicts=False) as progress:
        for second in range(1, 21):
            progress.tick(float(second), 40.0, 50, 100 * (second // 2), 0)
    lines = said.getvalue().splitlines()
    assert len(lines) == 2  # one in ten seconds
    for line in lines:
        assert 40 <= int(line.split("users, ")[1].split(" responses")[0]) <= 60, line
