"""End a worker process when the process it works for is gone.

distilabel's workers outlive a parent that was killed, and go on sending (and paying for) requests.
"""

import os
import signal
import threading
import time

import psutil

POLL_SECONDS = 0.5


def die_with_parent(pid: int) -> None:
    """End this process, without any clean-up, within about a second of the end of process `pid`.

    Watches from a daemon thread. PR_SET_PDEATHSIG would be quicker but watches the *thread* that
    forked us, which may end earlier than its process, and only our direct parent.
    """
    try:
        parent = psutil.Process(pid)
        # Nobody we work for can be younger than we are: the number was given away again.
        if parent.create_time() > psutil.Process().create_time():
            os._exit(1)
    except psutil.NoSuchProcess:
        os._exit(1)
    thread = threading.Thread(target=_watch, args=(parent,), name="die-with-parent", daemon=True)
    thread.start()


def start_worker(parent: int) -> None:
    """What a worker of a pool does first: leave Ctrl-C to process `parent`, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the pool
    die_with_parent(parent)


def _watch(parent: psutil.Process) -> None:
    while _alive(parent):
        time.sleep(POLL_SECONDS)
    os._exit(1)


def _alive(parent: psutil.Process) -> bool:
    # is_running compares creation times, so a reused number does not count; a killed process
    # whose own parent has not waited for it is a zombie, and is_running.
    try:
        return parent.is_running() and parent.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
