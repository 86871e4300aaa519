"""`r1k generate families` and `r1k families` as a user types them."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from datasets import load_dataset

from r1k.curation.overlap import grams
from r1k.schema import Pair
from tests.test_generate import RECIPES, ROOT, all_pairs, r1k

SIZES = {"train": 60, "validation": 20, "test": 30, "test_ood": 10}


def make(out: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    wanted = {
        "families.names": "[linear_equation, shop]", "families.held_out": "[ages]",
        **{f"families.{split}": size for split, size in SIZES.items()}, **options,
    }  # fmt: skip
    flags = [f"--{key}={value}" for key, value in wanted.items()]
    return r1k("generate", "families", "--config", RECIPES / "families.yaml", "-o", out, *flags)


def contents(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("families") / "data"
    done = make(out)
    assert done.returncode == 0, done.stderr
    return out


def split_pairs(out: Path, split: str) -> list[Pair]:
    return [Pair.model_validate(row) for row in load_dataset(str(out), "pairs", split=split)]


def test_every_split_has_its_size_and_every_cell_its_share(made: Path) -> None:
    for split, size in SIZES.items():
        pairs = split_pairs(made, split)
        assert len(pairs) == size
        cells = [(p.family, p.difficulty) for p in pairs]
        counts = {cells.count(cell) for cell in set(cells)}
        assert max(counts) - min(counts) <= 1
        assert {p.difficulty for p in pairs} == {1, 2, 3, 4, 5}
        expected = {"ages"} if split == "test_ood" else {"linear_equation", "shop"}
        assert {p.family for p in pairs} == expected


def test_what_was_made_is_accepted_or_rejected_with_a_reason(made: Path) -> None:
    counts = json.loads((made / "manifest.json").read_text())["counts"]
    assert counts["accepted"] == sum(SIZES.values())
    assert counts["accepted"] + counts["rejected"] == counts["source_rows"]
    pairs = all_pairs(made)
    assert [p.provenance.source_row for p in pairs] == list(range(counts["source_rows"]))
    for pair in pairs:
        assert (pair.verdict == "rejected") == bool(pair.reasons)
        failed = [c for c in pair.checks if c.outcome == "fail"]
        assert [c.id for c in failed] == pair.reasons
        assert all(c.evidence for c in failed)


def test_nothing_of_one_split_is_in_another(made: Path) -> None:
    seen_words: set[int] = set()
    seen_parameters: set[tuple[str | None, str | None]] = set()
    questions: set[str] = set()
    for split in SIZES:
        words: set[int] = set()
        parameters = set()
        for pair in split_pairs(made, split):
            assert pair.reverse
            problems = (pair.forward, pair.reverse)
            words |= set(grams(t for p in problems for t in (p.question, p.trace or "")).tolist())
            parameters.add((pair.family, pair.parameters))
            assert not questions & {p.question for p in problems}
            questions |= {p.question for p in problems}
        assert not words & seen_words
        assert not parameters & seen_parameters
        seen_words |= words
        seen_parameters |= parameters


def test_the_same_recipe_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    done = make(tmp_path / "again")
    assert done.returncode == 0, done.stderr
    assert contents(tmp_path / "again") == contents(made)
    assert list(tmp_path.iterdir()) == [tmp_path / "again"]


def test_another_seed_gives_other_pairs(made: Path, tmp_path: Path) -> None:
    assert make(tmp_path / "other", seed=1).returncode == 0
    ours, theirs = ({p.pair_id for p in all_pairs(out)} for out in (made, tmp_path / "other"))
    assert not ours & theirs


def test_nothing_of_another_dataset_is_in_it(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "apart"
    done = make(out, seed=7, **{"families.apart": f"[{made}]", "families.train": 300})
    assert done.returncode == 0, done.stderr
    known = [pair for split in SIZES for pair in split_pairs(made, split)]
    parameters = {(pair.family, pair.parameters) for pair in known}
    words = set(grams(t for pair in known for t in texts(pair)).tolist())
    rejected = {reason for pair in all_pairs(out) for reason in pair.reasons}
    assert rejected == {"held_out"}
    for split in SIZES:
        for pair in split_pairs(out, split):
            assert (pair.family, pair.parameters) not in parameters
            assert not words & set(grams(texts(pair)).tolist())
    assert str(made) not in (out / "manifest.json").read_text() + (out / "README.md").read_text()


def texts(pair: Pair) -> list[str]:
    assert pair.reverse
    return [t for p in (pair.forward, pair.reverse) for t in (p.question, p.trace or "")]


def test_killed_and_resumed_it_gives_the_same_bytes(tmp_path: Path) -> None:
    sizes = {"families.train": 1500, "families.validation": 0, "families.test_ood": 0}
    whole = tmp_path / "whole"
    assert make(whole, **sizes).returncode == 0
    out = tmp_path / "killed"
    flags = [f"--{key}={value}" for key, value in sizes.items()]
    command = [
        sys.executable, "-m", "r1k.cli", "generate", "families", "-o", str(out),
        "--config", str(RECIPES / "families.yaml"), "--families.names=[linear_equation, shop]",
        "--families.held_out=[ages]", "--families.test=30", *flags,
    ]  # fmt: skip
    run = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    work = Path(f"{out}.work")
    while not list(work.glob("proven-*/train-*.npz")):
        assert run.poll() is None
        time.sleep(0.02)
    workers = psutil.Process(run.pid).children(recursive=True)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert psutil.wait_procs(workers, timeout=20)[1] == []
    kept = {path: path.stat().st_mtime_ns for path in work.glob("proven-*/train-*.npz")}
    run = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while work.exists():
        now = {path: path.stat().st_mtime_ns for path in kept if path.exists()}
        assert all(kept[path] == changed for path, changed in now.items()), "proven once more"
        if run.poll() is not None:
            break
        time.sleep(0.02)
    assert run.wait() == 0
    assert contents(out) == contents(whole)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"families.names": "[shoq]"}, "families.names: no family 'shoq'; did you mean 'shop'?"),
        ({"families.held_out": "[shop]"}, "'shop' is in names and in held_out"),
        ({"families.held_out": "[]"}, "families.test_ood needs families of its own"),
        ({f"families.{s}": 0 for s in SIZES}, "are all 0; set one"),
        ({"families.difficulties": "[0]"}, "families.difficulties.0"),
        ({"families.difficulties": "[]"}, "families.difficulties"),
        ({"families.apart": "[nowhere]"}, "families.apart: nowhere: no dataset folder of r1k"),
        ({"inverter": "mask"}, "need each other"),
        ({"source.limit": 5}, "source: is not used by the inverter program"),
        ({"checks.required": "[parsed]"}, "checks: is not used by the inverter program"),
    ],
)
def test_mistakes_end_with_one_line(options: dict[str, Any], line: str, tmp_path: Path) -> None:
    done = make(tmp_path / "out", **options)
    assert done.returncode == 2
    assert line in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_the_inverter_program_needs_the_families(tmp_path: Path) -> None:
    recipe = RECIPES / "families.yaml"
    done = r1k("generate", "examples/forward.jsonl", "--config", recipe, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "need each other" in done.stderr


def test_list_of_families() -> None:
    done = r1k("families")
    assert done.returncode == 0
    assert "STORY ARITHMETIC" in done.stdout
    assert "  shop: money left after shopping" in done.stdout


def test_pairs_of_a_family() -> None:
    done = r1k("families", "shop", "--difficulty", 5, "--pairs", 2, "--seed", 7)
    assert done.stdout.count("--- shop, difficulty 5, seed 7 ---") == 1
    assert done.stdout.count("--- shop, difficulty 5, seed 8 ---") == 1
    assert done.stdout.count("answer:") == 4


def test_validate_prints_a_table() -> None:
    done = r1k("families", "shop", "--validate", 20)
    assert done.returncode == 0, done.stderr
    assert "| `shop` | story arithmetic | 100 | 0 | 0 |" in done.stdout
    assert "5/5 families and difficulties" in done.stderr


@pytest.mark.parametrize("words", [["shoq"], ["shop", "--validate", "0"], ["shop", "--parts", "1"]])
def test_wrong_words(words: list[str]) -> None:
    done = r1k("families", *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
