"""Which line of a service's log says why it failed."""

import os
import signal
import socket
from pathlib import Path

import pytest

from labs.diagnose import complaints
from labs.diagnose.service import Service
from labs.diagnose.target import Target
from labs.engine.errors import UsageError

BIND = "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 9000): address already in use"


def test_an_error_of_the_system_is_named_rather_than_the_last_line(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_text(f"INFO:     Application startup complete.\n{BIND}\nINFO:     Application shutdown complete.\n")
    assert complaints.last_error(log) == BIND


def test_what_a_signal_ended_is_said_with_what_it_tells(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_text("INFO:     Uvicorn running on http://127.0.0.1:9000 (Press CTRL+C to quit)\n")
    killed = complaints.during_load(-signal.SIGKILL, log)
    assert killed.startswith("the service was killed (SIGKILL): if nobody did that, the system ran out of memory")
    assert "Uvicorn running" not in killed and killed.endswith(f"Log: {log}")
    assert "the service was ended by SIGSEGV" in complaints.during_load(-signal.SIGSEGV, log)
    assert "the service ended during the load (exit 3)" in complaints.during_load(3, log)
    assert "did not start: it was killed" in complaints.at_start(Target(), -signal.SIGKILL, log)


def test_one_that_runs_already_is_missed_by_its_process_id() -> None:
    def attached(pid: int) -> Service:
        return Service(Target(url="http://127.0.0.1:9"), (), pid, None, None, None, None, "it ran already")

    attached(os.getpid()).check_alive()
    beyond = 2**22 + 1  # no Linux gives a process this number
    with pytest.raises(UsageError, match=f"process {beyond} ended during the load: see its own log"):
        attached(beyond).check_alive()


def test_one_of_which_only_the_address_is_known_is_missed_when_nothing_listens() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        service = Service(Target(url=url), (), None, None, None, None, None, "it ran already")
        service.check_listens()
        service.check_listens()  # its queue is full by now: it is busy, and still there
    with pytest.raises(UsageError, match=f"nothing listens at {url} any more"):
        service.check_listens()
