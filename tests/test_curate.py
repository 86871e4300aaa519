"""`r1k curate` as a user types it, and the check `uncontaminated` of `r1k generate`."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from r1k.cli import main
from r1k.config import Config, SourceConfig, read_config
from r1k.curate import curate
from r1k.curation.config import CurateConfig
from r1k.curation.select import draw_diverse
from r1k.errors import UserError
from r1k.inversion.llm import Draft
from r1k.schema import Problem, Source
from r1k.source.read import read
from r1k.verification.equal import Equality
from r1k.verification.pair import make_pair
from tests.test_generate import EXAMPLES, ROOT, generate, r1k

BENCHMARK = "A train leaves the station at 12 and travels 60 miles an hour. When is it in Bonn?"
GOOD = [
    f"Question {i}: {name} has {i + 3} {thing} and buys {i + 5} more at the {place}. How many now?"
    for i, (name, thing, place) in enumerate(
        zip(
            "Ana Bob Cat Dan Eve Fay Gus Hal".split(),
            "red apples,books,coins,tall drums,odd eggs,big forks,gloves,hens".split(","),
            "market,harbour shop,fair,school sale,farm gate,corner,pier,barn door".split(","),
            strict=True,
        )
    )
]  # fmt: skip


def rows() -> list[dict[str, Any]]:
    """One row or more for every fate."""
    found = [
        {"question": q, "reasoning": "Add. " * (10 + i), "answer": str(2 * i + 8),
         "subject": "ab"[i % 2], "solved": 0.0}
        for i, q in enumerate(GOOD)
    ]  # fmt: skip
    base = found[0]
    return [
        *found,
        base | {"answer": ""},
        base | {"question": "Nobody knows. " + BENCHMARK},
        base | {"question": BENCHMARK.replace("12", "11").replace("hour", "day")},
        base,
        base | {"question": "  question 0: $Ana$ has 3 red apples and\nbuys 5 more at the market. "
                "How many now?"},
        base | {"question": GOOD[0].replace("Question 0", "Question: 0") + " Say it."},
        base | {"question": GOOD[0].replace("buys 5", "buys 6")},
        base | {"question": "Look at the figure above: how long is the side of the square there?"},
        base | {"question": "Is seven a prime number or is it the product of others?", "solved": 1},
        base | {"question": "How many are the planets of our sun?", "reasoning": ""},
    ]  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "problems.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return path


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    path = tmp_path / "bench.jsonl"
    path.write_text(json.dumps({"problem": "Other."}) + "\n" + json.dumps({"problem": BENCHMARK}))
    return path


FLAGS = (
    "--quality.trace", "true", "--quality.patterns", "{a picture: figure above}",
    "--difficulty.pass_rates", "[solved]", "--diversity.domain", "subject",
    "--diversity.rows", "6", "--contamination.similarity", "0.4",
)  # fmt: skip
FATES = {
    8: ("unreadable", "column 'answer' is empty: no answer"),
    9: ("contaminated", "bench row 1 (s1)"),
    10: ("contaminated", "bench row 1 (near)"),
    11: ("exact duplicate", "repeats row 0"),
    12: ("normalised duplicate", "repeats row 0"),
    13: ("near duplicate", "repeats row 0"),
    15: ("quality: a picture", ""),
    16: ("difficulty: solved too often", ""),
    17: ("quality: no trace", ""),
}


def test_every_row_stays_or_goes_with_a_reason(source: Path, bench: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = r1k("curate", source, "--against", f"bench={bench}", "-o", out, *FLAGS)
    assert done.returncode == 0, done.stderr
    assert "18 rows of problems.jsonl" in done.stdout and "overlaps with bench" in done.stdout
    curated, removed, hits = (
        load_dataset(str(out), name, split="train").to_list()
        for name in ("curated", "removed", "contamination")
    )
    gone = {row["source_row"]: (row["reason"], row["detail"]) for row in removed}
    not_drawn = {n for n, why in gone.items() if why == ("not drawn", "")}
    assert {n: why for n, why in gone.items() if n not in not_drawn} == FATES
    kept = [row["source_row"] for row in curated]
    assert len(kept) == 6 and not_drawn < {*range(8), 14}
    assert sorted([*kept, *gone]) == list(range(18))
    assert [row["question"] for row in curated] == [
        {**dict(enumerate(GOOD)), 14: rows()[14]["question"]}[n] for n in kept
    ]
    manifest = json.loads((out / "manifest.json").read_text())
    removals = Counter({step["reason"]: step["removed"] for step in manifest["steps"][1:]})
    expected = Counter(reason for reason, _ in gone.values())
    assert +removals == expected
    assert manifest["steps"][-1]["left"] == 6

    by_rule = {(hit["source_row"], hit["rule"]): hit for hit in hits}
    copied = by_rule[9, "s1"]
    assert copied["passages"] == [BENCHMARK.lower()] and copied["score"] == 1.0
    assert copied["decision"] == "removed" and copied["same_numbers"]
    assert (copied["question"], copied["benchmark_question"]) == (rows()[9]["question"], BENCHMARK)
    assert by_rule[9, "words-13"]["decision"] == "reported"
    assert by_rule[10, "near"]["same_numbers"] is False
    card = (out / "README.md").read_text()
    assert "| quality: no trace | 1 |" in card and "bench.jsonl | a local file | 2" in card
    assert str(tmp_path) not in card + (out / "manifest.json").read_text()

    back = list(read(str(out), SourceConfig(config="curated")))
    assert [one.problem.question for one in back if one.problem] == [r["question"] for r in curated]


def test_the_same_bytes_whatever_the_threads_and_batches(
    source: Path, bench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def files(out: Path) -> list[str]:
        return sorted(str(path.relative_to(out)) for path in out.rglob("*.parquet"))

    words = [sys.executable, "-m", "r1k.cli", "curate", str(source), *FLAGS]
    words += ["--against", f"bench={bench}", "-o", str(tmp_path / "one")]
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    subprocess.run(words, cwd=ROOT, env=environment, check=True, capture_output=True)
    monkeypatch.setattr("r1k.curation.reading.ROWS", 5)
    monkeypatch.setattr("r1k.curate.ROWS", 5)
    config = CurateConfig.model_validate(
        {
            "against": [f"bench={bench}"],
            "contamination": {"similarity": 0.4},
            "quality": {"trace": True, "patterns": {"a picture": "figure above"}},
            "difficulty": {"pass_rates": ["solved"]},
            "diversity": {"domain": "subject", "rows": 6},
        }
    )
    curate(str(source), config, tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two") != []  # named by their hashes
    curate(str(source), config.model_copy(update={"seed": 1}), tmp_path / "two")
    assert files(tmp_path / "one") != files(tmp_path / "two")


def test_without_a_benchmark_the_card_says_so(source: Path, tmp_path: Path) -> None:
    manifest = curate(str(source), CurateConfig(), tmp_path / "out")
    assert manifest["benchmarks"] == manifest["overlaps"] == []
    assert "not compared" not in (tmp_path / "out" / "README.md").read_text()
    assert "Nothing was compared with any benchmark." in (tmp_path / "out/README.md").read_text()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "problems.jsonl"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"difficulty": {"pass_rates": ["rate"]}}, r"no column 'rate' \(columns: question,"),
        ({"difficulty": {"pass_rates": ["answer"]}}, "row 0: column 'answer' holds '8'"),
        ({"diversity": {"domain": "subject"}}, "set diversity.rows too"),
        ({"contamination": {"report": ["s1"]}}, "s1 is in both remove and report"),
    ],
)
def test_what_is_wrong_is_said(
    source: Path, tmp_path: Path, config: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        curate(str(source), CurateConfig.model_validate(config), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--quality.patterns", "{a: '('}"), "not a regular expression"),
        (("--duplicate.similarity", "1"), "did you mean 'duplicates'"),
    ],
)
def test_a_bad_pattern_and_an_unknown_key_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["curate", str(EXAMPLES), "-o", str(tmp_path / "out"), *flags])
    assert message in capsys.readouterr().err


def test_draws_are_spread_over_domains_and_favour_long_traces() -> None:
    domains = ["a"] * 900 + ["b"] * 90 + ["c"] * 10
    lengths = np.arange(1_000)
    chosen = draw_diverse(domains, lengths, 60, seed=3)
    by_domain = Counter(domains[i] for i in chosen)
    assert len(set(chosen)) == 60 and by_domain["c"] == 10  # all that there are
    assert min(by_domain["a"], by_domain["b"]) >= 15
    assert min(i for i in chosen if domains[i] == "a") > 800
    assert chosen == draw_diverse(domains, lengths, 60, seed=3)
    assert sorted(draw_diverse(["x"] * 5, np.ones(5), 9, seed=0)) == list(range(5))


def test_shared_words_remove_only_from_a_share_on(
    source: Path, bench: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    phrase = {"question": "On 12 May: travels 60 miles an hour. When is it in Oslo?", "answer": "3"}
    with source.open("a") as file:
        file.write(json.dumps(phrase) + "\n")
    contamination = {"remove": ["words-8"], "report": [], "min_share": 0.5}
    config = CurateConfig.model_validate(
        {"against": [f"bench={bench}"], "contamination": contamination}
    )
    out = tmp_path / "out"
    manifest = curate(str(source), config, out)
    assert manifest["overlaps"] == [
        {"benchmark": "bench", "rule": "words-8", "pairs": 2, "removed": 1}
    ]
    hits = pq.read_table(next(out.glob("contamination/*.parquet"))).to_pylist()
    assert [(h["source_row"], h["decision"]) for h in hits] == [(9, "removed"), (18, "reported")]
    with pytest.raises(SystemExit, match="0"):
        main(["show", str(out)])
    assert "overlaps with bench by words-8" in capsys.readouterr().out


def test_a_folder_of_another_command_is_refused(source: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "manifest.json").write_text('{"made_by": "r1k"}')
    with pytest.raises(UserError, match="files of another command of r1k; name a new"):
        curate(str(source), CurateConfig(), other)
    (other / "manifest.json").write_text("{}")
    with pytest.raises(UserError, match="files that r1k did not write"):
        curate(str(source), CurateConfig(), other)


# The check of pairs


def test_a_generated_question_that_repeats_a_benchmark_is_rejected(bench: Path) -> None:
    config = Config.model_validate({"checks": {"against": [f"bench={bench}"]}})
    source = Source(row=0, id=None, sha256="", problem=Problem(question=GOOD[0], answer="8"))
    origin: dict[str, str | None] = {"source": "x"}
    with Equality(2.0) as equal:
        for reverse, verdict, evidence in (
            (GOOD[1], "accepted", ""),
            ("Now 8. " + BENCHMARK, "rejected", "the reverse question shares 100% of bench row 1"),
        ):
            pair = make_pair(
                source, Draft(question=reverse, given="3", expected="3"), origin, config, equal
            )
            check = {c.id: c for c in pair.checks}["uncontaminated"]
            assert (pair.verdict, check.evidence) == (verdict, evidence)
        pair = make_pair(
            source, Draft(question=GOOD[1], given="3", expected="3"), origin, Config(), equal
        )
    assert "uncontaminated" not in {c.id for c in pair.checks}


def test_generate_checks_both_questions_and_the_card_says_so(tmp_path: Path) -> None:
    examples = [json.loads(line) for line in EXAMPLES.read_text().splitlines()[:20]]
    source, bench = tmp_path / "source.jsonl", tmp_path / "bench.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in examples))
    question = next(iter(read(str(source), SourceConfig()))).problem.question  # type: ignore[union-attr]
    bench.write_text(json.dumps({"question": question + " Or not?"}) + "\n")
    out = tmp_path / "out"
    manifest = generate(source, "mask", out, checks__against=f"own={bench}")
    [check] = [c for c in manifest["checks"] if c["id"] == "uncontaminated"]
    assert check["fail"] >= 1 and check["required"]
    assert manifest["config"]["checks"]["against"] == ["own=bench.jsonl"]
    [gone] = pq.read_table(next(out.glob("rejected/*.parquet"))).to_pylist()[:1]
    assert "uncontaminated" in gone["reasons"] and gone["provenance"]["source_row"] == 0
    card = (out / "README.md").read_text()
    assert "| own | bench.jsonl | a local file | 1 |" in card and str(tmp_path) not in card
    by = manifest["benchmarks"]["rejected"]
    assert sum(by.values()) == check["fail"] and by["both"] >= 1
    assert manifest["benchmarks"]["not_checked"] == {}


@pytest.mark.parametrize("name", ["clean", "s1"])
def test_the_recipes_are_well_formed(name: str) -> None:
    config = read_config(ROOT / "recipes" / "curate" / f"{name}.yaml", {}, CurateConfig)
    assert config.contamination.remove and config != CurateConfig()
