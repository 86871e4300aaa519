"""The models that ship with the project: how they are made, and that they do what they are for."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import transformers
import yaml
from datasets import load_dataset
from safetensors import safe_open

from benchmarks.tiny import accepted, complete, problems, whole
from r1k.tiny import finish, make_tokenizer, start, steps, train
from tests.models import serve
from tests.test_generate import RECIPES, ROOT, all_pairs, r1k

NAMES = ("r1k-tiny", "r1k-tiny-inverter")
TEXTS = ["Ana has 17 pens.\n\nShe buys 25 and has 17 + 25 = 42.", "The answer is \\boxed{42}."] * 9
CHAT = [
    {"role": "user", "content": "How many?"},
    {"role": "assistant", "content": "<think>\n1 + 1 = 2.\n</think>\n\nThe answer is \\boxed{2}."},
]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return make_tokenizer(iter(TEXTS), 300)


def test_any_text_survives_the_tokenizer(tokenizer: Any) -> None:
    for text in (*TEXTS, "Größe: 3 × 4\tµ 漢字\n\n\n<b>", " 5  6"):
        assert tokenizer.decode(tokenizer(text)["input_ids"]) == text


def test_digits_are_tokens_of_their_own(tokenizer: Any) -> None:
    pieces = [tokenizer.decode(token) for token in tokenizer("has 17 + 25 = 42.")["input_ids"]]
    assert [piece for piece in pieces if re.search(r"\d", piece)] == [
        " 1",
        "7",
        " 2",
        "5",
        " 4",
        "2",
    ]


def test_the_template_marks_what_the_assistant_says(tokenizer: Any) -> None:
    rendered = tokenizer.apply_chat_template(
        CHAT, return_dict=True, return_assistant_tokens_mask=True
    )
    marked = [
        token
        for token, mark in zip(rendered["input_ids"], rendered["assistant_masks"], strict=True)
        if mark
    ]
    assert tokenizer.decode(marked) == CHAT[1]["content"] + "<|im_end|>"
    prompt = tokenizer.apply_chat_template(CHAT[:1], tokenize=False, add_generation_prompt=True)
    assert tokenizer.apply_chat_template(CHAT, tokenize=False).startswith(prompt)
    tags = tokenizer("<think></think>")["input_ids"]
    assert len(tags) == 2
    assert tokenizer.decode(tags, skip_special_tokens=True) == "<think></think>"


def test_first_weights_are_the_same_every_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        start([ROOT / "datasets" / "r1k"], tmp_path / name)
        finish(tmp_path / name, tmp_path / f"{name}-shipped")
    for file in ("model.safetensors", "tokenizer.json", "config.json"):
        one, other = ((tmp_path / f"{name}-shipped" / file).read_bytes() for name in "ab")
        assert one == other


def test_sums_are_taken_from_traces_whole(tmp_path: Path) -> None:
    traces = {
        "forward": "At first 3 * 4 = 12, 1 + 1 = 2/1.\nSo 5 + 3 * 4 = 17 cm^2 and 17 = 3 * 5 + 2.",
        "reverse": "Back 3 * 4 = 12 = 10 + 2.\n-3 - (-5) = 2, 7 mod 4 = 3, x = 8 / 2 = 4.",
    }
    (tmp_path / "in" / "pairs").mkdir(parents=True)
    pair = {side: {"trace": trace} for side, trace in traces.items()}
    pq.write_table(pa.Table.from_pylist([pair]), tmp_path / "in" / "pairs" / "train-0.parquet")
    steps([tmp_path / "in"], tmp_path / "out")
    (row,) = load_dataset(str(tmp_path / "out"), split="train")
    sums = ["3 * 4 = 12", "5 + 3 * 4 = 17", "-3 - (-5) = 2", "7 mod 4 = 3", "8 / 2 = 4"]
    assert sorted(row["sums"]) == sorted(sums * 2)


def test_training_carries_on_from_its_checkpoint(tmp_path: Path) -> None:
    start([ROOT / "datasets" / "r1k"], tmp_path / "start")
    steps([ROOT / "datasets" / "r1k"], tmp_path / "steps")
    recipe = yaml.safe_load((ROOT / "recipes" / "models" / "pretrained.yaml").read_text())
    data = [
        {"dataset": str(ROOT / "datasets" / "r1k"), "view": "pairs"},
        {"dataset": str(ROOT / "datasets" / "r1k"), "view": "mixed", "limit": 10},
        {"dataset": str(tmp_path / "steps"), "view": "sums"},
    ]
    recipe |= {"model": str(tmp_path / "start"), "data": data, "compile": False}
    recipe |= {"output_dir": str(tmp_path / "out"), "per_device_train_batch_size": 2}
    recipe |= {"bf16": False, "save_steps": 1, "logging_steps": 1}
    for count in (2, 3):
        path = tmp_path / "recipe.yaml"
        path.write_text(yaml.safe_dump(recipe | {"max_steps": count}))
        train(path)
    state = json.loads((tmp_path / "out" / "checkpoint-3" / "trainer_state.json").read_text())
    # A run from the start would have forgotten what was logged before.
    assert [entry["step"] for entry in state["log_history"] if "loss" in entry] == [1, 2, 3]
    assert (tmp_path / "out" / "model.safetensors").exists()


@pytest.mark.parametrize("name", NAMES)
def test_shipped_models_load_and_are_small(name: str) -> None:
    folder = ROOT / "models" / name
    assert sum(file.stat().st_size for file in folder.iterdir()) < 16e6
    with safe_open(folder / "model.safetensors", "pt") as weights:
        assert {weights.get_tensor(key).dtype for key in weights.keys()} == {torch.bfloat16}  # noqa: SIM118
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    loaded = transformers.AutoTokenizer.from_pretrained(folder)
    assert model.config.vocab_size == len(loaded)
    assert model.generation_config.eos_token_id == loaded.eos_token_id
    assert "generation" in loaded.chat_template
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "@" not in card and "| --- |" in card


def test_the_inverter_inverts() -> None:
    pairs = problems(("shop", "ages", "linear_equation", "sequence"), (1,), 10)
    replies = complete(str(ROOT / "models" / "r1k-tiny-inverter"), [whole(p).text() for p in pairs])
    assert sum(not accepted(p, reply) for p, reply in zip(pairs, replies, strict=True)) >= 34


def test_a_server_gives_the_same_inversions(tmp_path: Path) -> None:
    recipe = RECIPES / "embedded.yaml"
    greedy = ("--llm.invert.samples", "1", "--llm.invert.temperature", "0")
    source = ("generate", ROOT / "datasets" / "r1k", "--config", recipe, "--source.limit", "6")
    source += greedy
    served = ("--llm.invert.model", ROOT / "models" / "r1k-tiny-inverter")
    with serve(tmp_path / "log", "--dtype", "float32") as url:
        served += ("--llm.backend", "openai", "--llm.base_url", url, "--llm.concurrency", "2")
        for out, options in (("served", served), ("here", ())):
            done = r1k(*source, "-o", tmp_path / out, *options)
            assert done.returncode == 0, done.stderr
    texts = [
        [(pair.verdict, pair.reverse and pair.reverse.question) for pair in all_pairs(tmp_path / o)]
        for o in ("served", "here")
    ]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 6


def test_unseen_problems_are_inverted_and_proven(tmp_path: Path) -> None:
    done = r1k("generate", "families", "--config", RECIPES / "problems.yaml", "-o", tmp_path / "in")
    assert done.returncode == 0, done.stderr
    recipe = RECIPES / "embedded.yaml"
    out = tmp_path / "out"
    done = r1k(
        "generate", tmp_path / "in", "--config", recipe, "-o", out, "--source.limit", "20"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    pairs = all_pairs(out)
    assert len(pairs) == 20
    assert sum(pair.verdict == "accepted" for pair in pairs) >= 17
    for pair in pairs:
        assert pair.verdict == "accepted" or pair.reasons
        assert pair.provenance.model == "models/r1k-tiny-inverter"
