"""What a figure was measured on."""

import os
import platform
from pathlib import Path


def machine() -> dict[str, str | int]:
    """The processor, its cores, and Python's version."""
    cpu = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        names = [line.split(":")[1].strip() for line in lines if "model name" in line]
        cpu = names[0] if names else cpu
    return {"cpu": cpu, "cores": os.cpu_count() or 1, "Python": platform.python_version()}
