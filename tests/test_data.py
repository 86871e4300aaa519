"""datasets/r1k as it is committed: it loads, it says what it is, and it can be made again."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from datasets import load_dataset
from huggingface_hub import DatasetCard

from r1k.curation.overlap import grams
from r1k.families import FAMILIES, make
from r1k.families.words import PEOPLE
from r1k.hub.fields import FIELDS, TABLES
from r1k.schema import Pair, arrow_schema
from tests.test_generate import CONFIGS, RECIPES, ROOT, r1k

DATA = ROOT / "datasets" / "r1k"
SIZES = {"train": 1000, "validation": 200, "test": 500, "test_ood": 300}
ROWS = {
    "pairs": 1,
    "forward": 1,
    "reverse": 1,
    "mixed": 2,
    "tagged": 2,
    "preference": 2,
    "preference_tagged": 2,
    "unpaired": 4,
}


def pairs(split: str) -> list[Pair]:
    return [Pair.model_validate(row) for row in load_dataset(str(DATA), "pairs", split=split)]


@pytest.mark.parametrize("config", CONFIGS)
def test_every_config_and_split_loads(config: str) -> None:
    loaded = load_dataset(str(DATA), config)
    if config == "rejected":
        manifest = json.loads((DATA / "manifest.json").read_text())
        assert loaded["train"].num_rows == manifest["counts"]["rejected"] > 0
        return
    assert loaded.num_rows == {split: ROWS[config] * size for split, size in SIZES.items()}


def test_it_can_be_made_again(tmp_path: Path) -> None:
    done = r1k(
        "generate", "families", "--config", RECIPES / "families.yaml", "-o", tmp_path / "r1k"
    )
    assert done.returncode == 0, done.stderr

    def hashes(folder: Path) -> dict[str, str]:
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }

    assert hashes(tmp_path / "r1k") == hashes(DATA)


def test_nothing_of_the_held_out_splits_is_in_training() -> None:
    train = pairs("train")
    problems = [p for pair in train for p in (pair.forward, pair.reverse) if p]
    words = set(grams(t for p in problems for t in (p.question, p.trace or "")).tolist())
    questions = {p.question for p in problems}
    parameters = {(pair.family, pair.parameters) for pair in train}
    families = {pair.family for pair in train}
    for split in ("validation", "test", "test_ood"):
        for pair in pairs(split):
            assert pair.reverse
            texts = [t for p in (pair.forward, pair.reverse) for t in (p.question, p.trace or "")]
            assert not words & set(grams(texts).tolist())
            assert not questions & {pair.forward.question, pair.reverse.question}
            assert (pair.family, pair.parameters) not in parameters
            assert (pair.family in families) == (split != "test_ood")


def test_layout_tells_nothing_and_both_directions_are_equally_long() -> None:
    manifest = json.loads((DATA / "manifest.json").read_text())
    for score in manifest["layout_probe"].values():
        assert 0.47 <= score["accuracy"] <= 0.53
    for split in manifest["views"].values():
        assert 0.9 < split["reverse_chars"] / split["forward_chars"] < 1.1
        assert split["traced"] == split["pairs"]


def test_a_pair_can_be_made_from_its_id() -> None:
    for pair in pairs("test")[:20]:
        name, difficulty, seed = (pair.provenance.source_id or "").rsplit("-", 2)
        again = make(name, int(difficulty), int(seed))
        assert again.forward.question == pair.forward.question
        assert pair.reverse and again.reverse.solution.trace == pair.reverse.trace


def test_women_and_men_are_as_frequent() -> None:
    text = " ".join(pair.forward.question for pair in pairs("train"))
    words = pl.Series(text.replace("'s", "").split()).str.strip_chars(".,?:;")
    women = words.is_in([str(p) for p in PEOPLE if p.he == "she"]).sum()
    men = words.is_in([str(p) for p in PEOPLE if p.he == "he"]).sum()
    assert women + men > 1000
    assert 0.45 < women / (women + men) < 0.55


def test_the_card_says_what_it_is_and_what_is_in_every_column() -> None:
    card = DatasetCard.load(DATA / "README.md")
    text = " ".join(card.text.split())
    for part in (
        "## What it is, and what it is not", "not** made from s1K", "## How it was made",
        "## Fields", "## Limitations", "## Licence", "![Lengths of the traces](plots/traces.png)",
        "2025.findings-emnlp.346", "simplescaling/s1K --config recipes/generate/openai.yaml",
    ):  # fmt: skip
        assert part in text
    assert (DATA / "plots" / "traces.png").read_bytes().startswith(b"\x89PNG")
    for name in FAMILIES:
        assert f"| `{name}` |" in text
    for model in TABLES.values():
        assert list(FIELDS[model]) == arrow_schema(model).names
        assert all(f"| `{field}` |" in text for field in FIELDS[model])
