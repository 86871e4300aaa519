"""Run the server: `python -m server HOME SOCKET`, as `r1k.annotation.serve` does.

SOCKET is the number of an inherited socket that listens. On standard output goes one line: `ready`,
or why it cannot start. The server ends when its standard input does, so it never outlives the
process that started it.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import jobs

_GRACE_SECONDS = 3
_on_end: list[Callable[[], None]] = []  # what stops the server, once it runs


def main() -> int:
    threading.Thread(target=_watch, daemon=True).start()
    home, listening = Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2]))
    # Standard output is for the one line; what libraries print belongs in the log.
    line = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ["ARGILLA_AUTH_SECRET_KEY"] = (home / "secret").read_text()
    jobs.replace_redis()
    from . import database

    try:
        held = database.prepare(home / "argilla.db")
        database.ensure_owner(home / "credentials.json")
    except database.DatabaseError as e:
        print(e, file=line, flush=True)
        return 1
    try:
        _serve(listening, line)
    finally:
        database.close(held)
    return 0


def _watch() -> None:
    """End with standard input: at once while nothing is served, for a start can be repeated."""
    while os.read(0, 1):
        pass
    if not _on_end:
        os._exit(1)
    _on_end[0]()


def _serve(listening: socket.socket, line: Any) -> None:
    # Only now: the engine connects as `database.prepare` has arranged.
    import uvicorn
    from argilla_server import app

    from . import engine  # noqa: F401  registers itself
    from .page import WithHeaders

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                jobs.start_worker()
                print("ready", file=line, flush=True)
                line.close()

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            # uvicorn's own way ends the process by the signal, before the database is closed.
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self.stop)
            _on_end.append(self.stop)
            yield

        def stop(self) -> None:
            self.should_exit = True

    config = uvicorn.Config(
        WithHeaders(app),
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    Server(config).run(sockets=[listening])


if __name__ == "__main__":
    code = 1
    try:
        code = main()
    except Exception:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)  # waits for no thread: a job may be running, a connection may be open
