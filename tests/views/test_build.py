"""The views: who is in them, how they are shuffled, and that TRL takes them."""

from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from r1k.config import Config, ViewsConfig
from r1k.inversion.blocks import read_block
from r1k.schema import InversionRow, PreferenceRow, Problem, TrainingRow, UnpairedRow
from r1k.views import build
from r1k.views.build import SCHEMAS, Views, build_views
from tests.pairs import make_pair, write_pairs

PAIRS = [make_pair(i) for i in range(500)]


def rows(views: Views, view: str, split: str = "train") -> list[dict[str, Any]]:
    files = views.files[view][split]
    return [row for file in files for row in pq.read_table(file.path).to_pylist()]


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Views:
    folder = tmp_path_factory.mktemp("views")
    source = write_pairs(folder / "pairs.parquet", PAIRS)
    return build_views({"train": [source]}, folder / "out", Config())


def test_rows_are_the_schema(views: Views) -> None:
    for view, schema in SCHEMAS.items():
        assert pq.read_schema(views.files[view]["train"][0].path).equals(schema)
        models = {
            "preference": PreferenceRow,
            "preference_tagged": PreferenceRow,
            "unpaired": UnpairedRow,
            "inversion": InversionRow,
        }
        for row in rows(views, view):
            models.get(view, TrainingRow).model_validate(row)


def test_forward_and_reverse_follow_the_pairs(views: Views) -> None:
    for direction in ("forward", "reverse"):
        got = rows(views, direction)
        assert [row["pair_id"] for row in got] == [pair.pair_id for pair in PAIRS]
        assert {row["direction"] for row in got} == {direction}
    row = rows(views, "reverse")[5]
    assert row["prompt"] == [
        {"role": "user", "content": "Ann buys 3 apples and then has 8. How many had she before?"}
    ]
    assert row["completion"][0]["role"] == "assistant"
    assert row["completion"][0]["content"].endswith("</think>\n\nThe answer is \\boxed{5}.")
    assert (row["answer"], row["traced"], row["verdict"]) == ("5", True, "accepted")


def test_inversion_has_whole_problems(views: Views) -> None:
    got = rows(views, "inversion")
    assert [row["pair_id"] for row in got] == [pair.pair_id for pair in PAIRS]
    (prompt,), (completion,) = got[5]["prompt"], got[5]["completion"]
    assert (prompt["role"], completion["role"]) == ("user", "assistant")
    pair = PAIRS[5]
    for message, problem in ((prompt, pair.forward), (completion, pair.reverse)):
        assert problem
        assert read_block(message["content"]) == (problem.question, problem.trace, problem.answer)


def test_mixed_is_one_to_one_and_shuffled(views: Views) -> None:
    mixed = rows(views, "mixed")
    key = lambda row: (row["direction"], row["pair_id"])  # noqa: E731
    both = rows(views, "forward") + rows(views, "reverse")
    assert sorted(mixed, key=key) == sorted(both, key=key)
    runs = [len(list(run)) for _, run in groupby(row["direction"] for row in mixed)]
    assert max(runs) < 20
    where: dict[str, list[int]] = {}
    for position, row in enumerate(mixed):
        where.setdefault(row["pair_id"], []).append(position)
    # The two rows of a pair land independently: a third of the table apart on average.
    apart = [abs(a - b) for a, b in where.values()]
    assert 0.28 < sum(apart) / len(apart) / len(mixed) < 0.39
    place = pl.DataFrame({"i": range(len(mixed)), "id": [r["pair_id"] for r in mixed]})
    order = place.with_columns(pl.col("id").rank("dense")).select(pl.corr("i", "id")).item()
    assert abs(order) < 0.15


def test_preference_sets_each_completion_against_the_other(views: Views) -> None:
    forward = {row["pair_id"]: row for row in rows(views, "forward")}
    reverse = {row["pair_id"]: row for row in rows(views, "reverse")}
    preference = rows(views, "preference")
    assert len(preference) == 2 * len(PAIRS)
    for row in preference:
        own, other = forward[row["pair_id"]], reverse[row["pair_id"]]
        if row["direction"] == "reverse":
            own, other = other, own
        assert row["prompt"] == own["prompt"]
        assert (row["chosen"], row["rejected"]) == (own["completion"], other["completion"])


@pytest.mark.parametrize(("view", "of"), [("tagged", "mixed"), ("preference_tagged", "preference")])
def test_tagged_has_the_direction_stated(views: Views, view: str, of: str) -> None:
    for tagged, plain in zip(rows(views, view), rows(views, of), strict=True):
        question = f"Direction: {plain['direction']}\n\n{plain['prompt'][0]['content']}"
        assert tagged == plain | {"prompt": [{"role": "user", "content": question}]}


def test_unpaired_is_preference_in_single_rows_that_alternate(views: Views) -> None:
    unpaired = rows(views, "unpaired")
    key = lambda row: (row["pair_id"], row["direction"], row["label"])  # noqa: E731
    single = [
        {name: row[name] for name in row if name not in ("chosen", "rejected")}
        | {"completion": row[which], "label": which == "chosen"}
        for row in rows(views, "preference")
        for which in ("chosen", "rejected")
    ]
    assert sorted(unpaired, key=key) == sorted(single, key=key)
    assert [row["label"] for row in unpaired] == [True, False] * (len(unpaired) // 2)
    # Batches of KTO compare completions with each other's prompts: no prompt is in one twice.
    for at in range(0, len(unpaired), 16):
        prompts = [(row["pair_id"], row["direction"]) for row in unpaired[at : at + 16]]
        assert len(set(prompts)) == len(prompts)


def test_same_bytes_for_the_same_seed_however_grouped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hashes(name: str, seed: int, group: int) -> dict[str, str]:
        source = write_pairs(tmp_path / f"{name}.parquet", PAIRS, group)
        built = build_views({"train": [source]}, tmp_path / name, Config(seed=seed))
        return {view: files["train"][0].sha256 for view, files in built.files.items()}

    one = hashes("one", 1, 100)
    monkeypatch.setattr(build, "BUCKET_BYTES", 10_000)  # many buckets
    assert hashes("two", 1, 7) == one
    other = hashes("other", 2, 100)
    assert other["forward"] == one["forward"] and other["mixed"] != one["mixed"]


def test_one_missing_trace_takes_the_other_away(tmp_path: Path) -> None:
    bare = make_pair(1).model_copy(
        update={"reverse": Problem(question="How many before?", trace=" \n", answer="1")}
    )
    source = write_pairs(tmp_path / "pairs.parquet", [make_pair(0), bare])
    built = build_views({"train": [source]}, tmp_path / "out", Config())
    for direction, text in (("forward", "4"), ("reverse", "1")):
        row = rows(built, direction)[1]
        assert row["completion"][0]["content"] == f"The answer is \\boxed{{{text}}}."
        assert row["traced"] is False
    assert built.counts["train"] | {"forward_chars": 0, "reverse_chars": 0} == {
        "pairs": 2, "traced": 1, "forward_chars": 0, "reverse_chars": 0,
    }  # fmt: skip


def test_an_option_is_rendered_as_its_letter(tmp_path: Path) -> None:
    forward = Problem(question="Which?", trace="It is C.", answer="C", option="the third")
    source = write_pairs(tmp_path / "pairs.parquet", [make_pair(0, forward=forward)])
    built = build_views({"train": [source]}, tmp_path / "out", Config())
    content = rows(built, "forward")[0]["completion"][0]["content"]
    assert content == "<think>\nIt is C.\n</think>\n\nThe answer is \\boxed{C}."


def test_who_is_in_a_view(tmp_path: Path) -> None:
    no_answer = Problem(question="How many?", trace="Two.")
    pairs = [
        make_pair(0),
        make_pair(1, verdict="unverified"),
        make_pair(2, reverse=None),
        make_pair(3, forward=no_answer),
    ]
    source = write_pairs(tmp_path / "pairs.parquet", pairs)
    for name, verdicts, expected in (
        ("a", ["accepted"], {"pair-000000"}),
        ("b", ["accepted", "unverified"], {"pair-000000", "pair-000001"}),
    ):
        config = Config(views=ViewsConfig(verdicts=verdicts))  # type: ignore[arg-type]
        built = build_views({"train": [source]}, tmp_path / name, config)
        for view in SCHEMAS:
            assert {row["pair_id"] for row in rows(built, view)} == expected


def test_empty_splits_are_absent_and_empty_views_have_a_file(tmp_path: Path) -> None:
    none = write_pairs(tmp_path / "none.parquet", [make_pair(0, verdict="unverified")])
    some = write_pairs(tmp_path / "some.parquet", [make_pair(1)])
    built = build_views({"train": [some], "test": [none]}, tmp_path / "a", Config())
    assert [list(files) for files in built.files.values()] == [["train"]] * len(SCHEMAS)
    built = build_views({"train": [none]}, tmp_path / "b", Config())
    assert [rows(built, view) for view in SCHEMAS] == [[]] * len(SCHEMAS)
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == sorted(SCHEMAS)


def test_trl_takes_the_views(views: Views, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    data_utils = pytest.importorskip("trl.data_utils")
    transformers = pytest.importorskip("transformers")
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer(tokenizers.models.BPE()), eos_token="<|im_end|>"
    )
    tokenizer.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    for view, parts in (("mixed", ["completion"]), ("preference", ["chosen", "rejected"])):
        row = rows(views, view)[0]
        example = {name: row[name] for name in ("prompt", *parts)}
        assert data_utils.is_conversational(example)
        text = data_utils.maybe_apply_chat_template(example, tokenizer)
        assert text["prompt"].endswith("<|im_end|>\n<|im_start|>assistant\n")
        for part in parts:
            assert text[part] == row[part][0]["content"] + "<|im_end|>\n"
