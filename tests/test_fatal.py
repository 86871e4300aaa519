"""How a step says that the run cannot go on."""

from pathlib import Path

from r1k.fatal import read_fatal, reserve_fatal, write_fatal


def test_nothing_until_something_is_said_and_the_first_is_heard(tmp_path: Path) -> None:
    reserve_fatal(tmp_path)
    assert read_fatal(tmp_path) is None
    write_fatal(tmp_path, "no space left", "Traceback ...")
    write_fatal(tmp_path, "another", "")
    assert read_fatal(tmp_path) == {"line": "no space left", "detail": "Traceback ..."}


def test_the_file_never_grows(tmp_path: Path) -> None:
    """On a full disk only what was reserved can be written."""
    reserve_fatal(tmp_path)
    size = (tmp_path / "fatal").stat().st_size
    write_fatal(tmp_path, "ä" * 100_000, "\N{GRINNING FACE}" * 100_000)
    assert (tmp_path / "fatal").stat().st_size == size
    assert read_fatal(tmp_path)
