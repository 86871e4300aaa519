"""The card: its YAML is read back, and text from outside does nothing in it."""

from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import DatasetCard

from r1k.config import CardConfig, Config
from r1k.hub.card import CONFIGS, md
from r1k.hub.write import write_dataset
from r1k.schema import Check, Pair
from tests.pairs import batch, make_pair

HOSTILE = "x: [y] | `z` <script>alert(1)</script>\n---\n# h ![i](http://e) @me &amp; \u202e'\""


def card(folder: Path, facts: dict[str, Any], config: Config) -> DatasetCard:
    rejected = make_pair(9, verdict="rejected", reasons=[HOSTILE], reverse=None)
    pairs = [("train", batch([make_pair(i) for i in range(30)])), ("rejected", batch([rejected]))]
    write_dataset(folder, iter(pairs), config, facts)  # type: ignore[arg-type]
    return DatasetCard.load(folder / "README.md")


def test_yaml_and_text(tmp_path: Path) -> None:
    config = Config(card=CardConfig(name="Apples", license="mit", source_note="A *note*."))
    made = card(tmp_path / "out", {"source": {"name": "apples", "rows": 31}}, config)
    data = made.data.to_dict()
    assert (data["pretty_name"], data["license"], data["language"]) == ("Apples", "mit", ["en"])
    assert data["size_categories"] == ["n<1K"]
    assert [c["config_name"] for c in data["configs"]] == list(CONFIGS)
    for config_name in data["configs"]:
        for split in config_name["data_files"]:
            assert all((tmp_path / "out" / path).is_file() for path in split["path"])
    for text in (
        "A *note*.", "| **accepted** |  | 30 |", "| parsed | 1 | yes | 31 | 0 | 0 | 100.0 % |",
        "The answer is \\boxed{ANSWER}.", "Exploring the Pitfalls", "2025.findings-emnlp.346",
        'load_dataset("PATH_OR_HUB_ID", "preference")', "| direction | 50.0 % |",
    ):  # fmt: skip
        assert text in made.content
    assert "Empty in this build" not in made.content


def repeats(i: int, evidence: str) -> Pair:
    check = Check(id="uncontaminated", version=1, outcome="fail", required=True, evidence=evidence)
    return make_pair(i, verdict="rejected", reasons=["uncontaminated"], checks=[check])


def test_what_the_pairs_were_compared_with(tmp_path: Path) -> None:
    forward, reverse = (f"the {d} question shares 50% of m row 1" for d in ("forward", "reverse"))
    gone = [repeats(1, forward), repeats(2, reverse), repeats(3, f"{forward}; {reverse}")]
    pairs = [("train", batch([make_pair(0)])), ("rejected", batch(gone))]
    checked = [{"name": "m", "source": "org/m_500", "revision": "abc", "rows": 500}]
    facts = {"benchmarks": {"checked": checked, "not_checked": {"b": "gated", "a": "gated"}}}
    write_dataset(tmp_path / "out", iter(pairs), Config(), facts)  # type: ignore[arg-type]
    text = (tmp_path / "out" / "README.md").read_text().replace("\\", "")
    assert "| m | org/m_500 | abc | 500 |" in text
    assert (
        "Rejected for it: 3 pairs (the forward question alone repeats one in 1, the reverse" in text
    )
    assert "**Not checked against a, b (gated).**" in text


def test_that_nothing_was_compared_is_said(tmp_path: Path) -> None:
    none = {"benchmarks": {"checked": [], "not_checked": {}}}
    assert "Not checked against any benchmark" in card(tmp_path / "out", none, Config()).text


def test_hostile_text_is_only_shown(tmp_path: Path) -> None:
    facts = {"source": {"name": HOSTILE}, "prompts": {HOSTILE: "p"}, "tokens": {HOSTILE: 1}}
    made = card(tmp_path / "out", facts, Config(card=CardConfig(name=HOSTILE)))
    assert made.data.to_dict()["pretty_name"] == HOSTILE
    for bad in ("<script", "![i]", "](http", "@me", "`z`", "\u202e", "\n# h", "http://e"):
        assert bad not in made.text
    assert [line.count(" |") for line in made.text.split("\n") if "script" in line and "| " in line]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_b|c", "a\\_b\\|c"),
        ("<b>&", "&lt;b&gt;&amp;"),
        ("a\n\n b\x00", "a b"),
        (None, "None"),
        ("x" * 400, "x" * 300 + "…"),
    ],
)
def test_md(text: object, expected: str) -> None:
    assert md(text) == expected
