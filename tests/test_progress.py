"""The progress line."""

from pathlib import Path

import orjson
import pytest

from r1k import progress
from r1k.config import Prices
from r1k.progress import Progress


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "progress").mkdir()
    return tmp_path


def report(run: Path, step: str, **counts: int) -> None:
    (run / "progress" / f"{step}.json").write_bytes(orjson.dumps(counts))


def test_rows_verdicts_calls_tokens_and_cost(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    shown = Progress(run, Prices(input=1.0, output=10.0))
    clock[0] = 110.0
    report(run, "read", rows=400, done=1)
    report(
        run,
        "invert",
        rows=100,
        calls=200,
        failed=3,
        stored=50,
        prompt_tokens=2_000_000,
        stored_prompt_tokens=500_000,
        completion_tokens=300_000,
        stored_tokens=100_000,
    )
    report(run, "verify", accepted=60, unverified=5, rejected=15)
    assert shown.line() == (
        "100/400 rows | 10.0 rows/s | 200 calls (50 from the store, 3 failed) | 20,000 tokens/s"
        # 1.5 million tokens sent and 0.2 million made in this run; those of the store are paid for.
        " | 60 accepted, 5 unverified, 15 rejected | $3.50 | 0:30 left"
    )


def test_no_total_while_the_source_is_still_being_read(run: Path) -> None:
    report(run, "read", rows=400, done=0)
    report(run, "invert", rows=100)
    assert Progress(run, None).line().startswith("100 rows |")


def test_before_any_step_has_reported(run: Path) -> None:
    assert "0 accepted, 0 unverified, 0 rejected" in Progress(run, None).line()


def test_in_a_log_file_a_plain_line_now_and_then(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    with Progress(run, None, 10) as shown:
        for _ in range(250):
            clock[0] += 0.1
            shown.show()
        shown.show(final=True)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3  # at 10 s, at 20 s, at the end
    assert all(line.isprintable() for line in lines)
