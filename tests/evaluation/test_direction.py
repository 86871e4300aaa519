"""Margins: against a slow computation of their own, in plain transformers."""

from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import load_dataset
from tokenizers.processors import TemplateProcessing
from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

pytest.importorskip("lighteval")
from lighteval.models.model_output import ModelResponse
from lighteval.models.transformers.transformers_model import (
    TransformersModel,
    TransformersModelConfig,
)
from lighteval.tasks.requests import Doc, SamplingMethod

from r1k.evaluation.direction import Direction, choices
from r1k.evaluation.likelihood import unrelated
from tests.test_generate import ROOT

PROMPTS = 100
TINY = ROOT / "models" / "r1k-tiny"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    found = list(load_dataset(str(ROOT / "datasets" / "r1k"), "preference", split="test"))
    return found[:PROMPTS]


def make(folder: Path, bos: bool, newline: bool = True, seed: int = 0) -> Path:
    """A small random model with r1k-tiny's tokenizer; with `bos`, one that puts a token first, and
    a chat template that writes it; without `newline`, a template that ends in no white space."""
    tokenizer = AutoTokenizer.from_pretrained(TINY)
    if bos:
        tokenizer.add_special_tokens({"bos_token": "<s>"})
        tokenizer.chat_template = "{{ bos_token }}" + tokenizer.chat_template
        tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", tokenizer.bos_token_id)]
        )
    if not newline:
        tokenizer.chat_template = (
            "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
            "{% if add_generation_prompt %}[assistant]{% endif %}"
        )
    tokenizer.save_pretrained(folder)
    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, head_dim=16, initializer_range=0.3,
        max_position_embeddings=1024, tie_word_embeddings=True,
    )  # fmt: skip
    Qwen3ForCausalLM(config).save_pretrained(folder)
    return folder


def texts(row: dict[str, Any], rows: list[dict[str, Any]], index: int) -> list[str]:
    others = [row["chosen"][0]["content"] for row in rows]
    return [row["chosen"][0]["content"], row["rejected"][0]["content"], unrelated(others, index)]


def slowly(folder: Path, rows: list[dict[str, Any]]) -> list[dict[str, float]]:
    """One text after the other: the whole conversation through the chat template, its tokens
    through the model, and of those the completion's."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    found = []
    for index, row in enumerate(rows):
        prompt = tokenizer.apply_chat_template(
            row["prompt"], add_generation_prompt=True, tokenize=False
        )
        before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        totals, means = [], []
        for text in texts(row, rows, index):
            ids = tokenizer(prompt + text, add_special_tokens=False)["input_ids"]
            assert ids[: len(before)] == before
            with torch.inference_mode():
                logits = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
            each = [logits[i - 1, ids[i]].item() for i in range(len(before), len(ids))]
            totals.append(sum(each))
            means.append(sum(each) / len(each))
        found.append(
            {
                "accuracy": float(means[0] > means[1]),
                "margin": means[0] - means[1],
                "lp_chosen": means[0],
                "lp_rejected": means[1],
                "lp_irrelevant": means[2],
                "accuracy_total": float(totals[0] > totals[1]),
                "margin_total": totals[0] - totals[1],
            }
        )
    return found


def by_lighteval(
    folder: Path, rows: list[dict[str, Any]], batch: int, side: str, cache: Path
) -> list[dict[str, float]]:
    # The template has the first token: lighteval would add another (command.check says so).
    config = TransformersModelConfig(
        model_name=str(folder), dtype="float32", batch_size=batch, cache_dir=str(cache),
        device="cpu", add_special_tokens=False,
    )  # fmt: skip
    model = TransformersModel(config)
    model.tokenizer.padding_side = side
    docs = [
        Doc(
            task_name="r1k_direction:forward|0",
            query=row["prompt"][0]["content"],
            choices=choices(*texts(row, rows, index)),
            gold_index=0,
            sampling_methods=[SamplingMethod.LOGPROBS],
            id=str(index),
        )
        for index, row in enumerate(rows)
    ]
    replies: list[ModelResponse] = model._loglikelihood_tokens(docs)
    return [Direction().compute(doc, reply) for doc, reply in zip(docs, replies, strict=True)]


@pytest.mark.parametrize(
    ("bos", "newline"), [(False, True), (True, True), (False, False)],
    ids=["", "with a first token", "with a template that ends in no white space"],
)  # fmt: skip
def test_margins_equal_a_slow_computation(
    bos: bool, newline: bool, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    folder = make(tmp_path / "model", bos, newline)
    expected = slowly(folder, rows)
    # lighteval divides by the number of choices: 4 is one prompt at a time, 64 are 16.
    for batch, side in ((4, "right"), (64, "left"), (64, "right")):
        found = by_lighteval(folder, rows, batch, side, tmp_path / f"cache-{batch}-{side}")
        assert len(found) == PROMPTS
        for one, other in zip(found, expected, strict=True):
            for name in ("margin", "lp_chosen", "lp_rejected", "lp_irrelevant"):
                assert one[name] == pytest.approx(other[name], abs=1e-4), name
            # Sums of some hundred tokens, in 32 bits.
            assert one["margin_total"] == pytest.approx(other["margin_total"], abs=1e-2)
            if abs(other["margin"]) > 1e-4:
                assert one["accuracy"] == other["accuracy"]
