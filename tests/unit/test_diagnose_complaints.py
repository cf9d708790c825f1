"""Which line of a service's log says why it failed."""

from pathlib import Path

from labs.diagnose import complaints

BIND = "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 9000): address already in use"


def test_an_error_of_the_system_is_named_rather_than_the_last_line(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_text(f"INFO:     Application startup complete.\n{BIND}\nINFO:     Application shutdown complete.\n")
    assert complaints.last_error(log) == BIND
