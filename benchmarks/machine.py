"""The line that says where a figure was measured, and the memory of a running command."""

import subprocess
import threading
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from r1k.machine import machine


def describe(*packages: str) -> str:
    """Machine, cores, Python and the versions of `packages`."""
    facts = machine()
    parts = [str(facts["cpu"]), f"{facts['cores']} cores", f"Python {facts['Python']}"]
    return ", ".join([*parts, *(f"{name} {version(name)}" for name in packages)])


@dataclass
class Run:
    """A finished command: exit code, seconds, peak memory in MiB, and what it printed."""

    code: int
    seconds: float
    peak: float
    output: str
    samples: list[float] = field(default_factory=list)


def watch(words: list[str], cwd: Path) -> Run:
    """Run a command and sample the memory of all its processes twice a second.

    The sum of the proportional set sizes: a page that several processes share counts once. The
    pages of the file cache do not count.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    samples: list[float] = []

    def sample() -> None:
        while process.poll() is None:
            samples.append(_tree_memory(process.pid))
            time.sleep(0.5)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    output, _ = process.communicate()
    seconds = time.monotonic() - started
    thread.join()
    return Run(process.returncode, seconds, max(samples, default=0.0), output, samples)


def _tree_memory(pid: int) -> float:
    total = 0
    try:
        root = psutil.Process(pid)
        # The pipeline runs in a session of its own, but its processes are still descendants.
        for process in [root, *root.children(recursive=True)]:
            try:
                total += process.memory_full_info().pss
            except psutil.Error:
                continue
    except psutil.Error:
        return 0.0
    return total / 2**20
