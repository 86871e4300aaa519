"""`r1k curate` killed, carried on, and read by several processes: always the same bytes."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

from r1k.curate import curate
from r1k.curation.config import CurateConfig
from r1k.curation.reading import ROWS
from r1k.errors import UserError
from r1k.work import lock
from tests.test_generate import ROOT

N_ROWS = 5 * ROWS + 300
BENCHMARK = "A train leaves the station at 12 and travels 60 miles an hour. When is it in Bonn?"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of six shards; in each some repeat one of the first shard, by text or by id."""
    path = tmp_path_factory.mktemp("source") / "problems.jsonl"
    with path.open("w") as file:
        for i in range(N_ROWS):
            other = i % ROWS if i % 10 == 3 else i
            question = f"Box {other} holds {other * 7} red balls, bag {other * 3} blue ones. Sum?"
            if i % 500 == 7:
                question += " " + BENCHMARK
            one = {"id": str(i - 1 if i % 400 == 9 else i), "question": question, "answer": str(i)}
            file.write(json.dumps(one) + "\n")
    return path


@pytest.fixture(scope="module")
def config(source: Path) -> CurateConfig:
    bench = source.with_name("bench.jsonl")
    bench.write_text(json.dumps({"problem": BENCHMARK}) + "\n")
    return CurateConfig.model_validate({"against": [f"bench={bench}"]})


@pytest.fixture(scope="module")
def whole(source: Path, config: CurateConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset, made at one go."""
    out = tmp_path_factory.mktemp("whole") / "out"
    curate(str(source), config, out)
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    return out


def contents(out: Path) -> dict[str, bytes]:
    """Every file but the manifest, which tells how long it took."""
    files = [p for p in out.rglob("*") if p.is_file() and p.name != "manifest.json"]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


def start(source: Path, config: CurateConfig, out: Path, *flags: str) -> subprocess.Popen[str]:
    words = ["curate", str(source), "--against", config.against[0], "-o", str(out), *flags]
    return subprocess.Popen(
        [sys.executable, "-m", "r1k.cli", *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def made(out: Path) -> dict[str, int]:
    """The shards that are there, and when each was written."""
    return {p.name: p.stat().st_mtime_ns for p in out.parent.glob("*.work/read-*/*.parquet")}


def wait_for(run: subprocess.Popen[str], condition: Callable[[], object]) -> None:
    until = time.monotonic() + 300
    while not condition():
        assert run.poll() is None and time.monotonic() < until
        time.sleep(0.002)


def test_killed_at_several_moments_it_carries_on_to_the_same_bytes(
    source: Path, config: CurateConfig, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def building() -> bool:
        return any(tmp_path.glob(".out.r1k-*/curated"))

    known: dict[str, int] = {}
    for moment, flags in (
        (lambda: len(made(out)) >= 1, ("--workers", "2")),
        (lambda: len(made(out)) >= 4, ()),
        (building, ()),
    ):
        run = start(source, config, out, *flags)
        wait_for(run, moment)
        workers = psutil.Process(run.pid).children(recursive=True)
        run.kill()
        _, errors = run.communicate()
        assert not out.exists()
        assert psutil.wait_procs(workers, timeout=20)[1] == []
        assert ("were read by an earlier run" in errors) == bool(known)
        now = made(out)
        assert now.items() >= known.items(), "read again"
        known = now
    assert len(known) == 6
    run = start(source, config, out)
    _, errors = run.communicate()
    assert run.returncode == 0
    assert errors.startswith(f"r1k: {N_ROWS:,} rows were read by an earlier run, and are not read")
    assert json.loads((out / "manifest.json").read_text())["run"]["rows_taken_over"] == N_ROWS
    assert contents(out) == contents(whole)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_killed_workers_are_one_line_and_the_same_command_carries_on(
    source: Path, config: CurateConfig, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = start(source, config, out, "--workers", "2")
    wait_for(run, lambda: made(out))
    children = psutil.Process(run.pid).children()
    for child in children:
        if any("spawn_main" in word for word in child.cmdline()):
            child.kill()
    _, errors = run.communicate()
    assert run.returncode == 2
    assert errors.splitlines()[-1] == (  # a slow machine shows how far it is, above
        "r1k: a process that read was killed (out of memory?); the same command carries on, with "
        "fewer --workers if need be"
    )
    assert "Traceback" not in errors
    curate(str(source), config, out, workers=2)
    assert contents(out) == contents(whole)


def test_a_ray_cluster_writes_the_same(
    source: Path, config: CurateConfig, whole: Path, tmp_path: Path
) -> None:
    pytest.importorskip("ray")
    run = start(source, config, tmp_path / "out", "--ray", "--workers", "2")
    _, errors = run.communicate()
    assert run.returncode == 0, errors
    assert contents(tmp_path / "out") == contents(whole)


def test_what_changed_is_said_and_only_what_matters_is_read_again(
    source: Path,
    config: CurateConfig,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, copy = tmp_path / "out", tmp_path / "problems.jsonl"
    copy.write_text("".join(source.read_text().splitlines(keepends=True)[: 2 * ROWS]))

    def stop(run: object) -> None:
        raise KeyboardInterrupt

    def interrupted(changes: dict[str, object]) -> str:
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr("r1k.curate._Run.judge", stop)
            changed = CurateConfig.model_validate(config.model_dump() | changes)
            curate(str(copy), changed, out)
        return capsys.readouterr().err

    assert interrupted({}) == ""
    again = "r1k: 2,000 rows read by an earlier run are read again, for {} changed\n"
    kept = "r1k: 2,000 rows were read by an earlier run, and are not read again\n"
    assert interrupted({"seed": 4, "duplicates": {"similarity": 0.9}}) == kept
    strict = {"quality": {"min_question_chars": 5}}
    assert interrupted(strict) == again.format("the configuration")
    assert interrupted({"against": []}) == again.format("the configuration, the benchmarks")
    with copy.open("a") as file:
        file.write('{"question": "What is 1 + 1, if any?", "answer": "2"}\n')
    assert interrupted({"against": []}) == again.format("the source")
    curate(str(copy), config, out)
    assert "2,001 rows read by an earlier run are read again" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "problems.jsonl"]


def test_an_id_is_one_rows(whole: Path) -> None:
    [removed] = whole.glob("removed/*.parquet")
    why = {
        row["source_row"]: (row["reason"], row["detail"])
        for row in pq.read_table(removed).to_pylist()
    }
    assert why[409] == ("unreadable", "the same id as row 408")
    assert why[2007] == ("contaminated", "bench row 0 (s1)")
    assert why[2043] == ("exact duplicate", "repeats row 43")


def test_a_second_run_and_a_bad_number_of_workers_get_one_line(
    source: Path, config: CurateConfig, tmp_path: Path
) -> None:
    with (
        lock(tmp_path / "out.work"),
        pytest.raises(UserError, match="work: another run is using this folder; wait for it"),
    ):
        curate(str(source), config, tmp_path / "out")
    with pytest.raises(UserError, match="--workers 0: give 1 or more"):
        curate(str(source), config, tmp_path / "out", workers=0)
