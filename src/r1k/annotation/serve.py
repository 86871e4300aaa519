"""`r1k annotate serve`: a real Argilla on this machine, from PyPI packages alone.

Argilla's server runs in an environment of its own, made at the first start, and ends with this
process, however that ends. All it keeps is in one folder, on a local disk: SQLite's write-ahead
log does not work on network file systems.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType

from r1k.errors import UserError
from r1k.progress import Ticker

ENVIRONMENT = "R1K_ARGILLA_ENV"
_CONSTRAINTS = Path(__file__).parent / "server" / "constraints.txt"
_PACKAGES = ("argilla-server", "fakeredis")
_MARKER = "complete"
_LOG_BYTES = 1_000_000
_STOP_SECONDS = 10
# The server's package is found after all others: none of its names can stand in for a library's.
_START = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1));"
    " runpy.run_module('server', run_name='__main__', alter_sys=True)"
)


class _Stopped(Exception):
    """A signal asked us to stop; the exit code is 128 and its number."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number


def serve(home: Path, port: int) -> int:
    """Serve Argilla on 127.0.0.1:`port` (0: any free one) until a signal; the exit code.

    `home` is made, for its owner alone, with the database, the owner's credentials (kept from
    start to start), the secret that signs sessions, and the server's log.

    Raises:
        UserError: the folder or the port is in use or unusable, the environment cannot be made,
            or the server does not start or ends by itself.
    """
    try:
        with _signals(), _locked(home) as lock, _listening(port) as listener:
            python = environment()
            _check_database(home / "argilla.db")
            _write_secrets(home, _url(listener))
            _run(python, home, listener, lock)
    except _Stopped as e:
        return e.code
    return 0


def environment() -> Path:
    """The Python that has Argilla's server; its environment is made if it is not there.

    Raises:
        UserError: the packages cannot be installed.
    """
    wanted = hashlib.sha256(_CONSTRAINTS.read_bytes()).hexdigest()
    set_folder = os.environ.get(ENVIRONMENT)
    folder = Path(set_folder) if set_folder else Path.home() / ".r1k" / f"argilla-{wanted[:12]}"
    folder = folder.expanduser().absolute()
    python, marker = folder / "bin" / "python", folder / _MARKER
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_name(folder.name + ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another start may be making it
            if _read(marker) != wanted:
                _make(folder, python)
                marker.write_text(wanted)
    except OSError as e:
        raise UserError(f"{folder}: {e.strerror}; set {ENVIRONMENT} to another folder") from None
    return python


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _make(folder: Path, python: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
        raise UserError(
            f"{folder}: holds other files; set {ENVIRONMENT} to an empty or a new folder"
        )
    print(f"r1k: setting up Argilla's server in {folder}, once (580 MB)", file=sys.stderr)
    with Ticker() as ticker:
        _command([sys.executable, "-m", "venv", "--clear", str(folder)], ticker)
        install = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
        _command([*install, "-c", str(_CONSTRAINTS), *_PACKAGES], ticker)


def _command(command: list[str], ticker: Ticker) -> None:
    """Run a command that sets up the environment, showing what it prints."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
    )
    assert process.stdout is not None
    error = ""
    try:
        for line in process.stdout:
            if line.startswith(("Collecting", "Downloading", "Installing")):
                ticker.tick(line.strip()[:100])
            elif line.strip() and not error.startswith("ERROR"):
                error = line.strip()
        process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()
    if process.returncode:
        raise UserError(f"cannot install Argilla's server ({error[:300]}); is there a network?")


@contextmanager
def _signals() -> Iterator[None]:
    """Turn the first SIGINT or SIGTERM into `_Stopped`, and ignore others from then on."""

    def stop(number: int, frame: FrameType | None) -> None:
        for other in handlers:
            signal.signal(other, signal.SIG_IGN)
        raise _Stopped(number)

    handlers = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
    for number in handlers:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def _locked(home: Path) -> Iterator[int]:
    """Make the home folder, for its owner alone, and keep a second server out of it."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(home.iterdir()) and not (home / "lock").exists():
            raise UserError(f"{home}: holds other files; set --home to an empty or a new folder")
        home.chmod(0o700)
        lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as e:
        raise UserError(f"{home}: {e.strerror}; set --home to another folder") from None
    try:
        # The server inherits the lock, and holds it for as long as it lives.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock
    except BlockingIOError:
        raise UserError(
            f"{home}: another server uses this folder; stop it, or set --home to another one"
        ) from None
    finally:
        os.close(lock)


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(128)
        except (OSError, OverflowError) as e:
            reason = getattr(e, "strerror", None) or "not a port"
            raise UserError(f"port {port}: {reason}; set --port to another one") from None
        yield listener


def _url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _check_database(path: Path) -> None:
    """Refuse a damaged file at once; the server takes seconds to get that far."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as e:
        raise UserError(f"{path}: {e}; put a copy of yours there, or set --home") from None


def _write_secrets(home: Path, url: str) -> None:
    """Make what is secret, unless it is there, and note the server's address."""
    path = home / "credentials.json"
    try:
        kept = json.loads(path.read_bytes())
        known = {name: str(kept[name]) for name in ("username", "password", "api_key")}
    except FileNotFoundError:
        known = {
            "username": "owner",
            "password": secrets.token_urlsafe(18),
            "api_key": secrets.token_urlsafe(48),
        }
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path}: damaged; remove it, and another password is made") from None
    _write_private(path, json.dumps({"url": url, **known}, indent=2) + "\n")
    if not (home / "secret").exists():
        _write_private(home / "secret", secrets.token_hex(32))


def _write_private(path: Path, text: str) -> None:
    """Write a file that nobody else can read, whole or not at all."""
    made = path.with_name(path.name + ".new")
    made.unlink(missing_ok=True)
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    made.replace(path)


def _run(python: Path, home: Path, listener: socket.socket, lock: int) -> None:
    """Start the server, say where it is once it answers, and wait; ends only by an exception."""
    log = home / "server.log"
    scratch = home / "tmp"  # Argilla copies its page there at each start, and leaves the copy
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_name("server.log.1"))
    url = _url(listener)
    arguments = (_CONSTRAINTS.parent.parent, home.absolute(), listener.fileno())
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        server = subprocess.Popen(
            [str(python), "-I", "-c", _START, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=output,
            cwd=home,
            env=_variables(home.absolute()),
            pass_fds=(listener.fileno(), lock),
            start_new_session=True,
            umask=0o077,
        )
    assert server.stdin is not None and server.stdout is not None
    try:
        listener.close()
        line = server.stdout.readline().decode().strip()
        if line != "ready":
            server.wait()
            raise UserError(line or f"Argilla's server did not start; see {log}")
        print(
            f"Argilla is at {url}\nsign in as {home / 'credentials.json'} says; Ctrl-C stops it",
            flush=True,
        )
        server.wait()
        raise UserError(
            f"Argilla's server ended by itself (code {server.returncode}); see {log}, and start it"
            " again: nothing that was stored is lost"
        )
    finally:
        _stop(server)
        shutil.rmtree(scratch, ignore_errors=True)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server: it does so by itself when its standard input ends."""
    assert server.stdin is not None and server.stdout is not None
    with suppress(BrokenPipeError):
        server.stdin.close()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    server.stdout.close()


def _variables(home: Path) -> dict[str, str]:
    """The server's environment variables: ours, and none of Argilla's that a user has set."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ARGILLA_")}
    return kept | {
        "ARGILLA_HOME_PATH": str(home),
        "ARGILLA_SEARCH_ENGINE": "sqlite",
        "ARGILLA_CORS_ORIGINS": "[]",
        "ARGILLA_DATABASE_SQLITE_TIMEOUT": "30",
        # Chat fields hold 20,000 characters otherwise; real traces are longer.
        "ARGILLA_MAX_MESSAGE_LENGTH": "1000000",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TMPDIR": str(home / "tmp"),
    }
