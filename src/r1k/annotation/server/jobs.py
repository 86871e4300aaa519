"""Argilla's background jobs without a Redis server: the queue is in memory, its worker a thread.

An open Redis would let any local user run code, because rq pickles its jobs; this one opens no
port. What is in the queue when the server ends is lost: records whose status a change of the
overlap had still to set get it at the next start (`database.prepare`), an export to the Hub has to
be asked for again.
"""

import logging
import threading
import time
from typing import Any

import fakeredis
import redis

_POLL_SECONDS = 0.2
_KEPT_SECONDS = 3600  # how long the outcome of a job can be asked for
_LOGGER = logging.getLogger("argilla")


def replace_redis() -> None:
    """Let Argilla find a Redis in this process. Must come before the first import of Argilla."""
    server = fakeredis.FakeServer()

    def from_url(url: str, **_: Any) -> fakeredis.FakeRedis:
        return fakeredis.FakeRedis(server=server)

    redis.from_url = from_url


def start_worker() -> None:
    """Run queued jobs, one after the other, until the process ends."""
    threading.Thread(target=_work, name="jobs", daemon=True).start()


def _work() -> None:
    from argilla_server.jobs.queues import DEFAULT_QUEUE, HIGH_QUEUE, REDIS_CONNECTION
    from rq import Queue

    while True:
        found = Queue.dequeue_any([HIGH_QUEUE, DEFAULT_QUEUE], None, connection=REDIS_CONNECTION)
        if found is None:
            time.sleep(_POLL_SECONDS)
        else:
            _run(found[0])


def _run(job: Any) -> None:
    from rq.job import JobStatus

    job.set_status(JobStatus.STARTED)
    for retries in range(job.retries_left or 0, -1, -1):
        try:
            job.perform()  # runs a coroutine in an event loop of its own
            job.set_status(JobStatus.FINISHED)
            break
        except Exception:
            _LOGGER.exception("job %s failed; %d more tries", job.func_name, retries)
            job.retries_left = retries
            if retries:
                time.sleep(job.get_retry_interval())
    else:
        job.set_status(JobStatus.FAILED)
    job.cleanup(_KEPT_SECONDS)
