"""Child process: runs programs that families wrote, and prints what each printed.

    python -I run_programs.py < programs.jsonl > outputs.jsonl

Input: one JSON string a line, a program. Output: one JSON string a line, what it printed, or the
error. Only for the programs of r1k's own families: what a model wrote is never run.
"""

import contextlib
import io
import json
import sys


def main() -> None:
    """Read, run, write."""
    for line in sys.stdin:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(json.loads(line), {"__name__": "program"})  # noqa: S102
            output = printed.getvalue().strip()
        except Exception as e:
            output = f"{type(e).__name__}: {e}"
        print(json.dumps(output))


if __name__ == "__main__":
    main()
