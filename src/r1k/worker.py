"""The child process of `r1k generate`, which runs the pipeline: `python -m r1k.worker JOB`."""

import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path

import psutil

from r1k.errors import UserError
from r1k.fatal import write_fatal
from r1k.pipeline import Job, run_pipeline


def _end_with(supervisor: int) -> None:
    """Kill this process group (workers, managers, fork servers) when the supervisor is gone."""
    try:
        process = psutil.Process(supervisor)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.5)
    except psutil.NoSuchProcess:
        pass
    os.killpg(os.getpgid(0), signal.SIGKILL)


def main() -> None:
    """Run the job of the file named on the command line."""
    job = Job.model_validate_json(Path(sys.argv[1]).read_bytes())
    # The steps are forks of this process. A garbage collection would touch, and so copy, every page
    # of the libraries that they share with it.
    gc.freeze()
    threading.Thread(target=_end_with, args=(job.supervisor,), daemon=True).start()
    try:
        rows = run_pipeline(job)
    except UserError as e:
        write_fatal(job.run, str(e), "")
        sys.exit(2)
    (job.run / "rows").write_text(str(rows))


if __name__ == "__main__":
    main()
