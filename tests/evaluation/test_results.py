"""Tables of scores: intervals over pairs, differences between models, and the files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from r1k.errors import UserError
from r1k.evaluation.results import Scores, difference, differences, interval, means, read_runs
from r1k.evaluation.show_results import show_results
from tests.test_generate import r1k

RNG = np.random.default_rng(0)


def wrote(
    folder: Path,
    model: str,
    task: str,
    rows: list[dict[str, Any]],
    date: str = "2026-01-01T00-00-00",
    partial: int | None = None,
    details: bool = True,
) -> Path:
    """A run as lighteval 0.13 leaves it (tests/test_tasks.py reads real ones)."""
    results = folder / "results" / model.strip("/")
    results.mkdir(parents=True, exist_ok=True)
    general = {"model_config": {"model_name": model}, "max_samples": partial}
    (results / f"results_{date}.json").write_text(json.dumps({"config_general": general}))
    if details:
        kept = folder / "details" / model.strip("/") / date
        kept.mkdir(parents=True, exist_ok=True)
        pl.DataFrame(rows).write_parquet(kept / f"details_{task}|0_{date}.parquet")
    return folder


def row(pair: str, replies: int = 1, **metric: float | None) -> dict[str, Any]:
    labels = {"pair_id": pair, "family": f"f{len(pair)}", "difficulty": 1 + len(pair) % 2}
    return {
        "doc": {"query": f"question {pair}", "specific": labels},
        "model_response": {"text": ["a"] * replies},
        "metric": metric,
    }


def scores(model: str, values: np.ndarray, pairs: list[str] | None = None) -> Scores:
    pairs = pairs or [str(i) for i in range(len(values))]
    return Scores(model, "t", 1, pl.DataFrame({"pair": pairs, "m": values}), ["m"])


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    held = 0
    for _ in range(200):
        values = (RNG.random(100) < 0.3).astype(float)
        _, low, high = interval(values, np.ones(100))
        held += low <= 0.3 <= high
    assert 180 <= held <= 200  # 95 % of 200, and chance


def test_the_same_questions_twice_tell_nothing_new() -> None:
    values = (RNG.random(100) < 0.3).astype(float)
    once, twice = interval(values, np.ones(100)), interval(2 * values, 2 * np.ones(100))
    assert once == pytest.approx(twice)


def test_where_all_score_the_same_the_interval_still_has_a_width() -> None:
    # The rule of three: of 100 without one, up to 3.6 % may be.
    assert interval(np.zeros(100), np.ones(100)) == pytest.approx((0, 0, 0.0362), abs=1e-4)
    assert interval(2 * np.ones(50), 2 * np.ones(50)) == pytest.approx((1, 0.9289, 1), abs=1e-4)


def test_a_difference_between_models_on_the_same_pairs() -> None:
    hard = RNG.random(300)
    a = scores("a", (hard < 0.5).astype(float))
    b = scores("b", (hard < 0.4).astype(float))
    found = difference(a.rows, b.rows, "m")
    assert found is not None
    gain = float((hard < 0.5).mean() - (hard < 0.4).mean())
    assert found["difference"] == pytest.approx(gain)
    # Far narrower than that of two models on questions of their own.
    assert gain - 0.05 < found["low"] < gain < found["high"] < gain + 0.05
    assert found["p"] < 0.001 and found["pairs"] == 300
    back = difference(b.rows, a.rows, "m")
    assert back is not None and back["difference"] == -found["difference"]
    same = difference(a.rows, a.rows, "m")
    assert same is not None and (same["difference"], same["p"]) == (0, 1)


def test_p_values_are_even_where_nothing_differs() -> None:
    ps = []
    for _ in range(60):
        a, b = (scores(name, RNG.normal(size=40)) for name in "ab")
        found = difference(a.rows, b.rows, "m")
        assert found is not None
        ps.append(found["p"])
    assert 0.3 < np.mean(ps) < 0.7 and np.mean(np.array(ps) < 0.05) < 0.15


def test_only_the_pairs_that_both_have_are_compared() -> None:
    a = scores("a", np.array([1.0, 1.0, 0.0]), ["p", "q", "r"])
    b = scores("b", np.array([0.0, 0.0, 1.0]), ["q", "r", "s"])
    found = difference(a.rows, b.rows, "m")
    assert found is not None and found["pairs"] == 2 and found["difference"] == 0.5


def test_runs_of_two_models(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = [row(p, **{"accuracy@n": float(p == "a"), "pass@k": 1.0}) for p in ("a", "bb", "ccc")]
    tuned = [row(p, **{"accuracy@n": 1.0, "pass@k": 1.0}) for p in ("a", "bb", "ccc")]
    wrote(tmp_path, "models/base", "r1k:forward", base)
    wrote(tmp_path, "out/tagged", "r1k_tagged:forward", tuned, "2026-01-02T00-00-00")
    show_results([tmp_path], out=tmp_path / "tables")
    shown = capsys.readouterr().out
    assert "models/base" in shown and "33.3 (" in shown and "100.0 (29.2 to 100.0)" in shown
    # One reply a question: pass@k would say the same.
    assert "pass@k" not in shown
    assert "r1k:forward: difference to models/base" in shown and "+66.7" in shown
    assert "out/tagged (tagged)" in shown
    table = pl.read_parquet(tmp_path / "tables" / "results.parquet")
    assert set(table["metric"]) == {"accuracy@n"} and table["pairs"].to_list() == [3, 3]
    assert pl.read_csv(tmp_path / "tables" / "differences.csv")["difference"][0] > 0.6
    latex = (tmp_path / "tables" / "results.tex").read_text()
    assert r"\begin{tabular}{lrr}" in latex and r"accuracy@n" in latex
    assert r"accuracy&#64;n" in (tmp_path / "tables" / "results.md").read_text()


def test_by_difficulty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrote(tmp_path, "m", "r1k:forward", [row(p, x=1.0) for p in ("a", "bb", "ccc")])
    show_results([tmp_path], by="difficulty")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("m ")] == ["1", "2"]


def test_the_newest_of_a_model_and_what_is_left_out(tmp_path: Path) -> None:
    wrote(tmp_path, "m", "r1k:forward", [row("a", x=0.0)], "2026-01-01T00-00-00")
    wrote(tmp_path, "m", "r1k:forward", [row("a", x=1.0)], "2026-02-01T00-00-00", partial=5)
    (found,), notes = read_runs([tmp_path])
    assert found.rows["x"].to_list() == [1.0]
    assert any("left out what was scored 2026-01-01" in note for note in notes)
    assert any("only the first 5 questions" in note for note in notes)


def test_a_question_that_counts_for_nothing(tmp_path: Path) -> None:
    rows = [
        row("a", consistency=1.0),
        row("a", consistency=1.0),
        row("b", consistency=float("nan")),
    ]
    wrote(tmp_path, "m", "r1k_consistency", rows)
    table = means(read_runs([tmp_path])[0])
    assert table["pairs"].to_list() == [1] and table["mean"].to_list() == [1.0]


def test_a_hostile_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "m_%|<script>\x1b[31m&$"
    wrote(tmp_path, name.replace("/", ""), "r1k:forward", [row("a", x=1.0), row("b", x=0.0)])
    show_results([tmp_path], out=tmp_path / "t")
    assert "\x1b" not in capsys.readouterr().out
    markdown, latex = ((tmp_path / "t" / f"results.{x}").read_text() for x in ("md", "tex"))
    assert "<script>" not in markdown and r"\|" in markdown
    assert r"m\_\%|" in latex and r"\&\$" in latex


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no results of lighteval here"):
        read_runs([tmp_path])
    wrote(tmp_path / "a", "m", "t", [], details=False)
    with pytest.raises(UserError, match="--save-details"):
        read_runs([tmp_path / "a"])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "results_x.json").write_text("{}")
    with pytest.raises(UserError, match="not a result file"):
        read_runs([tmp_path / "b"])
    runs = [scores("base", np.ones(3)), scores("other", np.ones(3))]
    with pytest.raises(UserError, match="did you mean 'base'"):
        differences(runs, "bse")
    done = r1k("results", tmp_path / "nowhere")
    assert done.returncode == 2 and done.stderr.startswith("r1k: ")
    assert len(done.stderr.splitlines()) == 1
