"""The rule `semantic`, with a real encoder: the embedded model, its tokens' vectors averaged."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from r1k.cli import main
from r1k.curate import curate
from r1k.curation.config import CurateConfig
from r1k.curation.embed import Encoder, similar
from tests.pairs import make_pair

ROOT = Path(__file__).parents[2]
MODEL = str(ROOT / "models" / "r1k-tiny")
TEXTS = [
    question
    for i in range(100)
    for question in (make_pair(i).forward.question, make_pair(i).reverse.question)  # type: ignore[union-attr]
]
LEAST = 0.99


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.pinned(MODEL, None)


def test_like_texts_are_found_as_by_comparing_each_with_each(encoder: Encoder) -> None:
    mine, theirs = encoder.embed(TEXTS), encoder.embed(TEXTS[:20])
    here, there, cosines = similar(mine, theirs, LEAST)
    expected = {}
    for i, j in product(range(len(mine)), range(len(theirs))):
        cosine = sum(a * b for a, b in zip(mine[i].tolist(), theirs[j].tolist(), strict=True))
        if round(cosine, 4) >= LEAST:
            expected[i, j] = round(cosine, 4)
    found = dict(zip(zip(here.tolist(), there.tolist(), strict=True), cosines, strict=True))
    assert found == pytest.approx(expected) and list(found) == sorted(found)
    assert all(found[i, i] == 1.0 for i in range(20))
    assert 20 < len(found) < len(mine) * len(theirs) / 2


def test_a_vector_is_the_same_whatever_it_is_made_with(encoder: Encoder) -> None:
    alone = np.concatenate([encoder.embed([text]) for text in TEXTS[:6]])
    assert np.array_equal(alone, encoder.embed([*TEXTS[:6], "x " * 5_000])[:6])
    assert not encoder.embed([""]).any() and encoder.embed([]).shape[0] == 0


def test_curate_removes_what_says_the_same(tmp_path: Path) -> None:
    source, bench = tmp_path / "rows.jsonl", tmp_path / "bench.jsonl"
    # No eight words in a row, and few of three.
    mine = "Ann has 4 apples. She buys 3 more apples. How many apples has she?"
    theirs = "Ann had 4 apples. She bought 3 more apples. How many apples had she?"
    other = "A matrix has the rows (1, 2) and (3, 4). What is its determinant?"
    source.write_text("".join(json.dumps({"question": q, "answer": "7"}) + "\n"
                              for q in (mine, other)))  # fmt: skip
    bench.write_text(json.dumps({"problem": theirs}) + "\n")
    config = CurateConfig.model_validate(
        {"against": [f"bench={bench}"],
         "contamination": {"remove": ["s1", "near", "semantic"], "embeddings": MODEL,
                           "semantic_similarity": 0.9}}
    )  # fmt: skip
    out = tmp_path / "out"
    manifest = curate(str(source), config, out)
    assert [(o["rule"], o["removed"]) for o in manifest["overlaps"]] == [("semantic", 1)]
    [hit] = pq.read_table(next(out.glob("contamination/*.parquet"))).to_pylist()
    assert (hit["source_row"], hit["decision"], hit["passages"]) == (0, "removed", [])
    assert 0.9 <= hit["score"] < 1
    rules = manifest["config"]["contamination"]
    assert rules["embeddings"] == "r1k-tiny" and len(rules["embeddings_revision"]) == 64
    assert "transformers" in manifest["libraries"]
    card = (out / "README.md").read_text().replace("\\", "")
    assert f"the model r1k-tiny, revision {rules['embeddings_revision']}" in card


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--contamination.remove", "[semantic]"), "the rule semantic needs a model"),
        (("--contamination.embeddings", MODEL), "used by the rule semantic alone"),
        (
            ("--contamination.remove", "[semantic]", "--contamination.embeddings", "README.md"),
            "'README.md' cannot be loaded",
        ),
    ],
)
def test_what_is_wrong_is_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    flags: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("r1k.curation.embed.prefer_cache", lambda: None)
    source = str(ROOT / "examples" / "forward.jsonl")
    with pytest.raises(SystemExit, match="2"):
        main(["curate", source, "-o", str(tmp_path / "out"), *flags])
    [line] = capsys.readouterr().err.strip().splitlines()
    assert message in line
