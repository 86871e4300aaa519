"""Who reads: this process, several of this machine, or those of a Ray cluster.

Each reads a share of the shards, going through the source once. Shards are numbered by the rows in
them, so that they are the same whoever makes them.
"""

import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

from pebble import ProcessExpired, ProcessPool

from r1k.cluster import ray_cluster
from r1k.curation.reading import Job, read_share
from r1k.errors import UserError
from r1k.inversion.parent import start_worker

_SECONDS = 0.5


class Read(NamedTuple):
    """How many rows there are, and what reading them took in other processes than this."""

    rows: int
    cpu_seconds: float
    peak_mib: int


def read_all(job: Job, workers: int | None, ray: bool, tick: Callable[[], None]) -> Read:
    """Make all shards that are not there yet; `tick` is called now and then.

    Args:
        workers: how many processes read; None: this one alone, or as many as the cluster has CPUs.

    Raises:
        UserError: anything the user can mend; the shards made until then stay.
    """
    if ray:
        found = _on_ray(job, workers, tick)
    elif workers and workers > 1:
        found = _in_processes(job, workers, tick)
    else:
        return Read(read_share(job, 0, 1, tick), 0.0, 0)
    rows = {one.rows for one in found}
    if len(rows) > 1:
        raise UserError(f"{job.source}: was changed while it was read; run the same command again")
    return Read(
        rows.pop(), sum(one.cpu_seconds for one in found), max(one.peak_mib for one in found)
    )


def _read_share(job: Job, share: int, of: int) -> Read:
    started = time.process_time()
    rows = read_share(job, share, of, lambda: None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return Read(rows, time.process_time() - started, peak)


def _in_processes(job: Job, workers: int, tick: Callable[[], None]) -> list[Read]:
    context = multiprocessing.get_context("spawn")
    with ProcessPool(workers, 0, start_worker, (os.getpid(),), context) as pool:
        waiting: set[Future[Read]] = {
            pool.schedule(_read_share, (job, share, workers)) for share in range(workers)
        }
        found = []
        try:
            while waiting:
                done, waiting = wait(waiting, _SECONDS, FIRST_COMPLETED)
                found += [one.result() for one in done]
                tick()
        except (ProcessExpired, BrokenProcessPool):  # at work, or before any was
            raise UserError(
                "a process that read was killed (out of memory?); the same command carries on, "
                "with fewer --workers if need be"
            ) from None
        finally:
            pool.stop()  # type: ignore[no-untyped-call]
    return found


def _on_ray(job: Job, workers: int | None, tick: Callable[[], None]) -> list[Read]:
    import ray

    with ray_cluster():
        try:
            cpus = ray.cluster_resources().get("CPU", 1)  # type: ignore[no-untyped-call]
            of = workers or max(1, int(cpus))
            read, given = ray.remote(num_cpus=1)(_read_share), ray.put(job)
            waiting = [read.remote(given, share, of) for share in range(of)]
            found: list[Read] = []
            while waiting:
                done, waiting = ray.wait(waiting, timeout=_SECONDS)
                found += ray.get(done)
                tick()
            return found
        except ray.exceptions.RayError as e:
            cause = getattr(e, "cause", None)
            if isinstance(cause, UserError):
                raise UserError(str(cause)) from None
            if cause is not None:  # a defect
                raise
            line = str(e).strip().splitlines()[0]
            raise UserError(f"--ray: {line}; the same command carries on") from None
