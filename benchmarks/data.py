"""Where the benchmarks find the real data sets that are not part of this project."""

import os
import sys
from pathlib import Path

DATA = Path(os.environ.get("R1K_DATA", Path(__file__).parents[2] / "shared" / "data"))


def real(name: str) -> Path:
    """The path of a real data set; ends the program with one line where it is absent."""
    path = DATA / name
    if not path.exists():
        sys.exit(f"{name} is not in {DATA}: set R1K_DATA to the folder that has it")
    return path
