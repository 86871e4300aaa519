"""How a step of a run says that the run cannot go on: the file `fatal` in the run folder."""

from pathlib import Path

import orjson

_BYTES = 64_000


def reserve_fatal(run: Path) -> None:
    """Make the file `fatal` while there is room for it: a full disk must be reported too."""
    (run / "fatal").write_bytes(b" " * _BYTES)


def write_fatal(run: Path, line: str, detail: str) -> None:
    """Say why the run ends, within the reserved bytes. The first step to speak is heard."""
    if read_fatal(run) is not None:
        return
    message = orjson.dumps({"line": line[:2_000], "detail": detail[-4_000:]})
    with (run / "fatal").open("r+b") as file:
        # All of the file in one write: of two steps that fail at once, one message is left whole.
        file.write(message.ljust(_BYTES))


def read_fatal(run: Path) -> dict[str, str] | None:
    """What `write_fatal` wrote; None while there is nothing (or not all of it yet)."""
    text = (run / "fatal").read_bytes().strip()
    try:
        return dict(orjson.loads(text)) if text else None
    except orjson.JSONDecodeError:
        return None
