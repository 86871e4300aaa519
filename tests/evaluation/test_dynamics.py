"""Dynamics: against a slow computation of their own, and run again."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

from r1k.errors import UserError
from r1k.evaluation.dynamics import (
    Checkpoint,
    Prompt,
    Settings,
    checkpoints,
    measure,
    read_prompts,
)
from r1k.evaluation.likelihood import Likelihood, Scorer, Tokens, unrelated
from tests.evaluation.test_direction import TINY, make
from tests.test_generate import ROOT

DATA = str(ROOT / "datasets" / "r1k")
SETTINGS = Settings("test", False, True, "float32", None)


def slowly(model: torch.nn.Module, ids: list[int], start: int) -> list[tuple[float, float, float]]:
    """One sequence, one token after the other, in 64 bits: log-probability, entropy, highest."""
    with torch.inference_mode():
        logits = model(torch.tensor([ids])).logits[0].double()
    found = []
    for i in range(start, len(ids)):
        each = logits[i - 1].log_softmax(-1)
        found.append((each[ids[i]].item(), -(each.exp() * each).sum().item(), each.max().item()))
    return found


def check(found: Likelihood, expected: list[tuple[float, float, float]]) -> None:
    for ours, theirs in zip(found, zip(*expected, strict=True), strict=True):
        assert ours.tolist() == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize("bos", [False, True])
@pytest.mark.parametrize("limit", [None, 200])
def test_a_file_equals_a_slow_computation(bos: bool, limit: int | None, tmp_path: Path) -> None:
    folder = make(tmp_path / "model", bos)
    prompts = read_prompts(DATA, "test", 6, tagged=False)
    assert len(prompts) == 12
    settings = SETTINGS._replace(max_length=limit)
    (file,) = measure([Checkpoint("m", "", str(folder))], prompts, settings, tmp_path / "out")
    rows = pl.read_parquet(file, glob=False).to_dicts()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    assert len(rows) == 36
    for i, row in enumerate(rows):
        prompt = prompts[i // 3]
        turns = [
            {"role": "user", "content": prompt.question},
            {"role": "assistant", "content": prompt.completions[i % 3]},
        ]
        before = tokenizer.apply_chat_template(
            turns[:1], add_generation_prompt=True, return_dict=False
        )
        ids = tokenizer.apply_chat_template(turns, return_dict=False)
        end = len(ids) - ids[::-1].index(tokenizer.eos_token_id) - 1  # of the turn
        kept = ids[:end][:limit]
        assert row["cut"] == end - len(kept) and row["tokens"] == len(kept) - len(before)
        assert (row["pair_id"], row["direction"]) == (prompt.pair_id, prompt.direction)
        expected = slowly(model, kept, len(before))
        for name, values in zip(
            ("lp", "entropy", "lp_top"), zip(*expected, strict=True), strict=True
        ):
            assert row[name] == pytest.approx(sum(values) / len(values), abs=1e-4)
            assert row[f"{name}_tokens"] == pytest.approx(values, abs=1e-4)
    assert any(row["cut"] for row in rows) == (limit is not None)


def test_a_completion_without_room_has_no_mean(tmp_path: Path) -> None:
    prompts = read_prompts(DATA, "test", 1, tagged=True)
    assert prompts[0].question.startswith("Direction: forward\n\n")
    settings = SETTINGS._replace(max_length=3)
    (file,) = measure([Checkpoint("m", "", str(TINY))], prompts, settings, tmp_path)
    rows = pl.read_parquet(file, glob=False)
    assert rows["tokens"].sum() == 0 and rows["cut"].min() > 0 and rows["lp"].null_count() == 6


def test_long_and_short_together() -> None:
    torch.manual_seed(0)
    config = Qwen3Config(
        vocab_size=5_000, hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=1, num_key_value_heads=1, head_dim=16, initializer_range=0.3,
        max_position_embeddings=32_768,
    )  # fmt: skip
    model = Qwen3ForCausalLM(config)
    made = torch.randint(0, 5_000, (20_000,)).tolist()
    sequences = [
        Tokens(made[:n], start) for n, start in ((30, 1), (20_000, 500), (900, 899), (31, 7))
    ]
    found = dict(Scorer(model).score(sequences))
    assert next(iter(found)) == 1  # the longest first: where memory is short, it is seen at once
    for place, tokens in enumerate(sequences):
        check(found[place], slowly(model, *tokens))


def test_an_adapter_counts(tmp_path: Path) -> None:
    folder = make(tmp_path / "model", bos=False)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    torch.manual_seed(1)
    config = LoraConfig(target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM")
    adapted = get_peft_model(model, config)
    adapted.save_pretrained(tmp_path / "adapter")
    AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path / "adapter")
    adapted.merge_and_unload().save_pretrained(tmp_path / "merged")
    AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path / "merged")
    prompts = read_prompts(DATA, "test", 3, tagged=False)
    found = checkpoints([str(tmp_path / name) for name in ("adapter", "merged", "model")])
    adapter, merged, base = (
        pl.read_parquet(file, glob=False)["lp"].to_list()
        for file in measure(found, prompts, SETTINGS, tmp_path / "out")
    )
    assert adapter == pytest.approx(merged, abs=1e-4) and adapter != pytest.approx(base, abs=1e-2)


def test_only_what_changed_is_scored_again(tmp_path: Path) -> None:
    run = tmp_path / "run"
    make(run / "checkpoint-9", bos=False)
    make(run / "checkpoint-10", bos=False, seed=1)
    (run / "checkpoint-9" / "trainer_state.json").write_text('{"global_step": 9, "epoch": 0.9}')
    prompts = read_prompts(DATA, "test", 2, tagged=False)
    found = checkpoints([f"{run}/"])
    assert [one.name for one in found] == ["checkpoint-9", "checkpoint-10"]
    files = measure(found, prompts, SETTINGS, tmp_path / "out")
    rows = pl.read_parquet(files[0], glob=False)
    assert rows["step"].unique().to_list() == [9] and rows["epoch"].unique().to_list() == [0.9]
    before = [file.read_bytes() for file in files]
    times = [file.stat().st_mtime_ns for file in files]
    make(run / "checkpoint-10", bos=False, seed=2)
    assert measure(found, prompts, SETTINGS, tmp_path / "out") == files
    assert files[0].stat().st_mtime_ns == times[0] and files[1].read_bytes() != before[1]
    make(run / "checkpoint-10", bos=False, seed=1)
    measure(found, prompts, SETTINGS, tmp_path / "out")
    assert files[1].read_bytes() == before[1]
    measure(found, prompts[:2], SETTINGS, tmp_path / "out")  # other data
    assert pl.read_parquet(files[0], glob=False).height == 6


def test_what_cannot_be_scored(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no model and no checkpoint"):
        checkpoints([str(tmp_path)])
    with pytest.raises(UserError, match="neither a folder nor an id"):
        checkpoints(["nothing"])
    with pytest.raises(UserError, match="split nowhere"):
        read_prompts(DATA, "nowhere", None, tagged=False)
    folder = make(tmp_path / "model", bos=False)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(UserError, match="no chat template"):
        measure([Checkpoint("m", "", str(folder))], [], SETTINGS, tmp_path / "out")
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match="cannot be loaded"):
        measure([Checkpoint("m", "", str(folder))], [], SETTINGS, tmp_path / "out")


def test_the_command(tmp_path: Path) -> None:
    words = ["dynamics", str(TINY), "--data", DATA, "--pairs", "3", "-o", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-m", "r1k.cli", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[2].split()[:3] == ["model", "epoch", "prompt"]
    assert len([line for line in lines if line.startswith(str(TINY))]) == 2
    assert "did not fit" not in done.stdout


def test_an_unrelated_completion_is_never_the_prompts_own() -> None:
    for n in (2, 3, 10, 500):
        assert all(unrelated(list(map(str, range(n))), i) != str(i) for i in range(n))


def test_prompts_of_both_directions() -> None:
    prompts = read_prompts(DATA, "test", None, tagged=False)
    assert len(prompts) == 1000 and len({p.pair_id for p in prompts}) == 500
    own = {(p.pair_id, p.direction): p for p in prompts}
    other: Prompt
    for (pair, direction), prompt in own.items():
        other = own[pair, "reverse" if direction == "forward" else "forward"]
        assert prompt.completions[1] == other.completions[0]
