"""Reading a folder of runs: the checkpoints' order, what is missing, what is not what it says."""

import json
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from r1k.errors import UserError
from r1k.report.read import label, read_runs
from tests.report.runs import DATE, EFFECTS, make_runs

FEW = {name: EFFECTS[name] for name in ("mixed-dpo", "tagged", "forward", "mixed")}


def test_all_parts_of_all_runs(tmp_path: Path) -> None:
    runs = read_runs(make_runs(tmp_path, FEW, seeds=2, pairs=4))
    assert runs.names() == ["forward", "mixed", "tagged", "mixed-dpo"] and not runs.notes
    assert len(runs.likelihoods) == 2 * 4 * 3 * 8 and len(runs.answers) == 2 * 4 * 8
    end = runs.end("forward")
    assert set(end["step"]) == {30} and set(end["epoch"]) == {3.0} and len(end) == 16
    run = runs.runs[0]
    assert run.command == "trl sft --config recipes/forward.yaml"
    assert run.measured == "split test, dtype float32, first weights abababababab"
    assert runs.machine == {"cpu": "2 cores", "trl": "1.16.0"}


def test_what_is_missing_is_said_and_the_rest_read(tmp_path: Path) -> None:
    make_runs(tmp_path, FEW, seeds=1, pairs=4)
    for file in (tmp_path / "seed-0" / "tagged" / "dynamics").iterdir():
        file.unlink()
    for file in (tmp_path / "seed-0" / "mixed" / "scores").rglob("*.parquet"):
        file.unlink()
    (tmp_path / "seed-0" / "empty").mkdir()
    runs = read_runs(tmp_path)
    assert sorted(runs.notes) == [
        "seed-0/empty: neither dynamics nor scores; left out",
        "seed-0/mixed: no scores",
        "seed-0/tagged: no dynamics",
    ]
    assert "tagged" in set(runs.answers["name"]) and "mixed" in set(runs.likelihoods["name"])


def test_models_that_follow_each_other_count_on(tmp_path: Path) -> None:
    make_runs(tmp_path, {"curriculum": EFFECTS["mixed"]}, seeds=1, pairs=4, scores=False)
    home = tmp_path / "seed-0" / "curriculum" / "dynamics"
    (start, *_), table = sorted(home.iterdir()), pl.read_parquet(home / "1.parquet", glob=False)
    for model in ("out/curriculum/2-reverse", "models/start"):
        changed = table.with_columns(model=pl.lit(model))
        if model == "models/start":  # the model before: no trainer's state
            changed = changed.with_columns(
                step=pl.lit(None, pl.Int64), epoch=pl.lit(None, pl.Float64), checkpoint=pl.lit("")
            )
        changed.write_parquet(start.with_name(f"{model.split('/')[-1]}.parquet"))
    found = read_runs(tmp_path).likelihoods
    assert found.select("at", "step", "epoch").unique().sort("at").rows() == [
        (0, 0, 0.0), (1, 10, 1.0), (2, 20, 2.0), (3, 30, 3.0), (4, 40, 4.0),
    ]  # fmt: skip


def test_the_newest_scores_count_and_one_reply_a_pair_is_enough(tmp_path: Path) -> None:
    make_runs(tmp_path, {"mixed": EFFECTS["mixed"]}, seeds=1, pairs=4)
    kept = tmp_path / "seed-0" / "mixed" / "scores" / "details" / "out" / "mixed"
    old = kept / DATE / f"details_r1k:forward|0_{DATE}.parquet"
    new = kept / "2026-02-01T00-00-00"
    new.mkdir()
    for towards in ("forward", "reverse"):
        rows = pl.read_parquet(old, glob=False).to_dicts()
        for row in rows:
            row["metric"] = {"accuracy@n": 1.0}
            row["doc"]["specific"]["direction"] = towards
        name = f"details_r1k:{towards}|0_{new.name}.parquet"
        pl.DataFrame(rows).write_parquet(new / name)
    assert read_runs(tmp_path).answers["right"].to_list() == [1.0] * 8
    both = []
    for towards, other in (("forward", "reverse"), ("reverse", "forward")):
        file = new / f"details_r1k:{towards}|0_{new.name}.parquet"
        for row in pl.read_parquet(file, glob=False).to_dicts():
            row["metric"] = {"consistency": 0.0, towards: 0.0, other: float("nan")}
            both.append(row)
        file.unlink()
    old.unlink()
    pl.DataFrame(both).write_parquet(new / f"details_r1k_consistency|0_{new.name}.parquet")
    assert read_runs(tmp_path).answers["right"].to_list() == [0.0] * 8


def test_measured_without_its_tag_and_cut(tmp_path: Path) -> None:
    make_runs(tmp_path, {"tagged": EFFECTS["tagged"]}, seeds=1, pairs=4, checkpoints=1)
    file = tmp_path / "seed-0" / "tagged" / "dynamics" / "1.parquet"
    table = pl.read_parquet(file, glob=False)
    table.with_columns(tagged=pl.lit(False), cut=pl.lit(3, pl.Int64)).write_parquet(file)
    assert read_runs(tmp_path).notes == [
        "seed-0/tagged: measured without the direction above the question",
        "seed-0/tagged: 24 of 24 completions did not fit the context whole",
    ]


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        read_runs(tmp_path / "none")
    with pytest.raises(UserError, match="no runs here"):
        read_runs(tmp_path)
    make_runs(tmp_path, {"mixed": EFFECTS["mixed"]}, seeds=1, pairs=4)
    home = tmp_path / "seed-0" / "mixed"
    (tmp_path / "machine.json").write_text("[1]")
    with pytest.raises(UserError, match="an object"):
        read_runs(tmp_path)
    (tmp_path / "machine.json").write_text(json.dumps({}))
    details = next((home / "scores").rglob("details_r1k:forward*"))
    pl.DataFrame({"doc": [1]}).write_parquet(details)
    with pytest.raises(UserError, match=r"not the details of a task of tasks/r1k\.py"):
        read_runs(tmp_path)
    details.unlink()
    pq.write_table(pq.read_table(home / "dynamics" / "1.parquet").drop(["lp"]),
                   home / "dynamics" / "1.parquet")  # fmt: skip
    with pytest.raises(UserError, match="not all of these files are r1k dynamics' own"):
        read_runs(tmp_path)
    (home / "dynamics" / "1.parquet").write_bytes(b"no parquet")
    with pytest.raises(UserError, match="not all of these files are r1k dynamics' own"):
        read_runs(tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("forward", "forward only"), ("mixed", "mixed"), ("mixed-dpo", "mixed + DPO"),
        ("tagged-dpo-sft", "tagged + DPO with SFT"), ("mine-kto", "mine + kto"),
    ],
)  # fmt: skip
def test_names_in_words(name: str, words: str) -> None:
    assert label(name) == words
