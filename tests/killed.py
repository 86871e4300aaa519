"""A process that dies at a chosen step of replacing files."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@contextlib.contextmanager
def killed_after(steps: int, below: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Let `steps` renamings and removals of files below a folder happen in the block, and end it at
    the next one. Yields a list that in the end holds whether the block was finished."""
    left = iter([None] * steps)
    real = {"replace": Path.replace, "unlink": Path.unlink}
    finished: list[bool] = []

    def stepping(name: str) -> Any:
        def call(self: Path, *args: Any, **options: Any) -> Any:
            if self.is_relative_to(below) and ".shuffle" not in self.parts:
                next(left)  # StopIteration: killed here
            return real[name](self, *args, **options)

        return call

    with monkeypatch.context() as patch:
        for name in real:
            patch.setattr(Path, name, stepping(name))
        try:
            yield finished
            finished.append(True)
        except StopIteration:
            finished.append(False)
