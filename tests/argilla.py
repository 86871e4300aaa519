"""A real Argilla for tests: `r1k annotate serve` as a process, in a folder of the test's own."""

import contextlib
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent
_COMMAND = """
import sys
from pathlib import Path
from r1k.annotation.serve import serve
from r1k.errors import UserError
try:
    sys.exit(serve(Path(sys.argv[1]), int(sys.argv[2])))
except UserError as e:
    sys.exit(f"r1k: {e}")
"""


@dataclass
class Argilla:
    """A server that answers."""

    url: str
    api_key: str
    home: Path
    process: subprocess.Popen[str] = field(repr=False)
    said: str

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return int(self.url.rpartition(":")[2])

    def client(self, api_key: str | None = None) -> httpx.Client:
        """A client of its API, as the owner or whoever has the key."""
        headers = {"X-Argilla-Api-Key": api_key or self.api_key, "Accept-Encoding": "identity"}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=60)

    def errors(self) -> str:
        """What the command wrote to its standard error, once it has ended."""
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(30)


def launch(home: Path, port: int = 0, **options: Any) -> subprocess.Popen[str]:
    """Start `r1k annotate serve --home HOME --port PORT`; its first line says that it answers."""
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND, str(home), str(port)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@contextlib.contextmanager
def serve(home: Path | None = None, port: int = 0) -> Iterator[Argilla]:
    """Run a server for the length of the `with` block; in a temporary folder if none is given."""
    with contextlib.ExitStack() as stack:
        if home is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory()), "home")
        process = launch(home, port)
        assert process.stdout is not None and process.stderr is not None
        try:
            said = process.stdout.readline() + process.stdout.readline()
            if not said:
                raise RuntimeError(process.stderr.read())
            kept = json.loads((home / "credentials.json").read_bytes())
            yield Argilla(kept["url"], kept["api_key"], home, process, said)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(30)
            process.stdout.close()
            process.stderr.close()
