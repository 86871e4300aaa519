"""A worker ends when the process it works for is gone, however that one ended."""

import os
import subprocess
import sys
import time

import psutil

WORKER = """
import os, sys, time
from r1k.inversion.parent import die_with_parent
die_with_parent(int(sys.argv[1]))
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = """
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())])
time.sleep(60)
"""


def run_worker(pid: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(pid)], stdout=subprocess.PIPE, text=True
    )


def test_ends_soon_after_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, WORKER], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    worker = psutil.Process(int(parent.stdout.readline()))
    time.sleep(0.7)
    assert worker.is_running()
    parent.kill()  # and not waited for: it is a zombie while the worker looks at it
    killed = time.monotonic()
    # The worker holds the other end of the pipe until it is gone.
    parent.stdout.read()
    assert time.monotonic() - killed < 1.5
    parent.wait()
    parent.stdout.close()


def test_lives_as_long_as_its_parent() -> None:
    with run_worker(os.getpid()) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(1)
        assert worker.poll() is None
        worker.kill()


def test_a_parent_that_is_gone_already() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with run_worker(gone.pid) as worker:
        assert worker.wait(timeout=10) == 1


def test_a_number_that_was_given_to_a_younger_process() -> None:
    script = """
import subprocess, sys
from r1k.inversion.parent import die_with_parent
younger = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"],
                           stdin=subprocess.PIPE)
die_with_parent(younger.pid)
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=10).returncode == 1
