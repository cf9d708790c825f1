"""Samples of a process tree never fall, also when the process ends while it is sampled."""

import os
import socket
import subprocess
import sys
import time
from collections import namedtuple

from labs.engine.harness.sampler import Sampler, busy_s, open_files

# two seconds of CPU: however busy the machine is, the last sample, of the second before the end, has one of them
BUSY = "import time\nwhile time.process_time() < 2.0 or time.monotonic() < {0}: pass"


def test_cpu_is_counted_and_does_not_fall_when_the_process_ends() -> None:
    sampler = Sampler()
    with subprocess.Popen([sys.executable, "-c", BUSY.format(time.monotonic() + 1.5)]) as process, sampler:
        sampler.watch("busy", process.pid)
        process.wait()
        time.sleep(1.2)  # one more sample, of a process that is gone
    used = [sample.cpu_s for sample in sampler.series.trees["busy"]]
    assert used and used == sorted(used) and used[-1] > 0.3
    assert all(sample.rss_bytes > 0 and sample.threads >= 1 for sample in sampler.series.trees["busy"])


def test_the_cpu_of_a_server_that_was_started_again_counts_on() -> None:
    sampler = Sampler()
    with sampler:
        for place in range(2):
            with subprocess.Popen([sys.executable, "-c", BUSY.format(time.monotonic() + 1.5)]) as process:
                if place:
                    sampler.also("server", process.pid)
                else:
                    sampler.watch("server", process.pid, changing=True)
                process.wait()
        time.sleep(1.2)
    used = [sample.cpu_s for sample in sampler.series.trees["server"]]
    assert used == sorted(used) and used[-1] > 0.6


def test_a_connection_is_one_open_file_more_and_an_ended_process_has_none() -> None:
    before = open_files(os.getpid())
    with socket.socket():
        assert open_files(os.getpid()) == before + 1
    assert open_files(2**22 + 1) == 0


def test_interrupts_belong_to_nobody_and_steal_to_others() -> None:
    linux = namedtuple("linux", "user system idle iowait irq softirq steal")
    assert busy_s(linux(10.0, 2.0, 50.0, 1.0, 0.5, 0.5, 3.0)) == 15.0
    macos = namedtuple("macos", "user nice system idle")
    assert busy_s(macos(10.0, 1.0, 2.0, 50.0)) == 13.0
