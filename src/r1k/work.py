"""The work folder of a command that carries on after an interruption: OUT.work, beside OUT."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from r1k.errors import UserError


def work_folder(out: Path, work: Path | None) -> Path:
    """The folder that the user named, or OUT.work."""
    return work or Path(f"{out.resolve()}.work")


@contextmanager
def lock(work: Path, option: str = "--work") -> Iterator[IO[str]]:
    """Keep a second run out of the same work folder, which is made if absent. Yields what holds the
    lock; `option` is the one that names another folder.

    Raises:
        UserError: another run is in it, or it cannot be written to.
    """
    try:
        work.mkdir(parents=True, exist_ok=True)
        file = (work / "lock").open("w")
    except OSError as e:
        raise UserError(
            f"{work}: cannot write to this folder ({e.strerror}); set {option}"
        ) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(
                f"{work}: another run is using this folder; wait for it, or set {option}"
            ) from None
        yield file


def leave(work: Path) -> None:
    """Remove the lock, and the folder if nothing else is in it."""
    (work / "lock").unlink()
    with suppress(OSError):  # not empty: what was there before stays
        work.rmdir()
