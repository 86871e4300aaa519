"""The TRL recipes: that TRL takes them, that their checks find what is wrong, and that they run."""

import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer, Qwen2Config, Qwen3Config
from transformers.trainer_utils import get_last_checkpoint

from r1k.errors import UserError
from r1k.recipes import check_recipe, check_recipes, read_recipe
from r1k.tiny import make_tokenizer
from tests.test_generate import ROOT, r1k

pytest.importorskip("trl")
from trl import DPOTrainer, SFTTrainer
from trl.chat_template_utils import qwen2_5_chat_template, qwen3_chat_template

RECIPES = ROOT / "recipes"
EMBEDDED = sorted(
    path
    for folder in (RECIPES, RECIPES / "curriculum")
    for path in folder.glob("*.yaml")
    if path.name != "experiment.yaml"  # not TRL's
)
# The embedded recipes as they are run here: on their first model, for two steps.
FEW = ("--max_steps", "2", "--eval_strategy", "no", "--save_strategy", "no", "--logging_steps", "1")
QWEN = {
    "qwen2.5-7b-instruct": (
        qwen2_5_chat_template,
        Qwen2Config(
            vocab_size=152064, hidden_size=3584, intermediate_size=18944, num_hidden_layers=28,
            num_attention_heads=28, num_key_value_heads=4,
        ),
        80,
    ),
    "qwen3-1.7b": (
        qwen3_chat_template,
        Qwen3Config(
            vocab_size=151936, hidden_size=2048, intermediate_size=6144, num_hidden_layers=28,
            num_attention_heads=16, num_key_value_heads=8, head_dim=128, tie_word_embeddings=True,
        ),
        24,
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # the recipes name models and data from there
    # The variable is read at import.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def shown(path: Path) -> str:
    return path.relative_to(RECIPES).as_posix()


def test_every_embedded_recipe_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_recipes(EMBEDDED, []) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [str(path) for path in EMBEDDED]
    by_name = {Path(line.partition(": ")[0]).stem: line for line in lines}
    assert "sft, 1,000 rows" in by_name["forward"] and "dpo, 2,000 rows" in by_name["dpo"]
    assert "252 steps on 1" in by_name["forward"] and "50 steps on 1" in by_name["dpo"]


@pytest.mark.parametrize("folder", QWEN)
def test_every_recipe_at_scale_passes(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template, config, gigabytes = QWEN[folder]
    tokenizer = make_tokenizer(iter(["How many? It is 1 + 1 = 2."] * 9), 300)
    tokenizer.chat_template = template
    tokenizer.save_pretrained(tmp_path / "model")
    config.save_pretrained(tmp_path / "model")
    flags = ["--model_name_or_path", str(tmp_path / "model"), "--dataset_name", "datasets/r1k"]
    assert check_recipes([RECIPES / folder], flags) == 0
    lines = capsys.readouterr().out.splitlines()
    files = [p for p in (RECIPES / folder).glob("*.yaml") if p.name != "experiment.yaml"]
    assert len(lines) == len(files)
    for line in lines:
        held = re.search(r"about (\S+) GB each", line)
        assert held
        assert 1.5 < float(held[1]) < gigabytes, line


def write(folder: Path, text: str, method: str = "sft") -> Path:
    path = folder / "recipes" / "mine.yaml"
    path.parent.mkdir()
    path.write_text(f"# trl {method} --config recipes/mine.yaml\n{text}", encoding="utf-8")
    return path


GOOD = {
    "model_name_or_path": "models/r1k-tiny",
    "dataset_name": "datasets/r1k",
    "dataset_config": "forward",
    "dataset_test_split": "validation",
    "eval_strategy": "epoch",
    "output_dir": "out/mine",
}


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"learnin_rate": 1}, "unknown key 'learnin_rate'; did you mean 'learning_rate'?"),
        ({"num_proceses": 2}, "unknown key 'num_proceses'; did you mean 'num_processes'?"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"lr_scheduler_type": "cosin"}, "cosin"),
        ({"accelerate_config": "zero9"}, "accelerate_config: "),
        ({"dataset_config": "sideways"}, "dataset datasets/r1k, sideways: "),
        ({"dataset_test_split": "dev"}, "dataset_test_split: no split 'dev', but train, "),
        ({"dataset_train_split": "trian"}, "dataset_train_split: no split 'trian'"),
        ({"dataset_name": None}, "dataset_name or datasets is missing"),
        ({"dataset_config": "pairs"}, "sft cannot use the split 'train', whose columns are "),
        ({"model_name_or_path": "models/none"}, "model_name_or_path 'models/none' is no model"),
        ({"max_length": 100}, "max_length 100 cuts the end off "),
        ({"max_length": 100, "packing": True}, "max_length 100 cuts the end off "),
    ],
)
def test_what_is_wrong_is_one_line(changed: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    keys = {key: value for key, value in (GOOD | changed).items() if value is not None}
    path = write(tmp_path, json.dumps(keys))
    with pytest.raises(UserError) as e:
        check_recipe(read_recipe(path))
    assert complaint in str(e.value)
    assert str(path) in str(e.value)


def test_label_smoothing_that_does_nothing(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(GOOD | {"label_smoothing": 0.1}), "dpo")
    with pytest.raises(UserError, match="label_smoothing does nothing with loss_type sigmoid"):
        read_recipe(path)
    read_recipe(path, ["--loss_type", "robust"])


@pytest.mark.parametrize("text", ["a: [1", "- a\n- b", ""])
def test_a_file_that_is_no_recipe(text: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"mine\.yaml: not "):
        read_recipe(write(tmp_path, text))


def test_the_first_line_is_the_command(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(GOOD)).rename(tmp_path / "recipes" / "other.yaml")
    with pytest.raises(UserError, match=r"says --config recipes/mine\.yaml"):
        read_recipe(path)
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    with pytest.raises(UserError, match="the first line is not"):
        read_recipe(path)


def test_the_command(tmp_path: Path) -> None:
    done = r1k("recipes", "check", "recipes/forward.yaml", "--max_length", "100")
    assert done.returncode == 2
    assert re.match(r"r1k: recipes/forward.yaml: max_length 100 cuts the end off ", done.stdout)
    assert done.stderr.count("Traceback") == 0
    done = r1k("recipes", "check", str(tmp_path / "none"))
    assert done.returncode == 2 and "no such file or folder" in done.stderr


def test_the_environment_of_a_recipe_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(GOOD | {"env": {"R1K_TEST": "1"}}))
    read_recipe(path)
    assert "R1K_TEST" not in os.environ


@pytest.mark.parametrize("name", ["forward", "reverse", "mixed", "tagged"])
def test_the_loss_is_on_the_assistants_turn_alone(name: str, tmp_path: Path) -> None:
    recipe = read_recipe(RECIPES / f"{name}.yaml", ["--seed", "3"])
    recipe.training.output_dir = str(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(recipe.model.model_name_or_path)
    rows = _rows(recipe).select(range(64))
    trainer = SFTTrainer(
        recipe.model.model_name_or_path, args=recipe.training, train_dataset=rows,
        eval_dataset=rows, processing_class=tokenizer,
    )  # fmt: skip
    learned = set()
    for batch in trainer.get_train_dataloader():
        for labels in batch["labels"]:
            learned.add(tokenizer.decode(labels[labels != -100]))
    assert learned == {row["completion"][-1]["content"] + "<|im_end|>" for row in rows}


def test_the_preference_is_between_completions_alone(tmp_path: Path) -> None:
    recipe = read_recipe(RECIPES / "dpo.yaml")
    recipe.training.output_dir = str(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained("models/r1k-tiny")
    rows = _rows(recipe).select(range(64))
    trainer = DPOTrainer(
        "models/r1k-tiny", args=recipe.training, train_dataset=rows, eval_dataset=rows,
        processing_class=tokenizer,
    )  # fmt: skip
    compared = set()
    for batch in trainer.get_train_dataloader():
        for ids, mask in zip(batch["input_ids"], batch["completion_mask"], strict=True):
            compared.add(tokenizer.decode(ids[mask.bool()]))
    assert compared == {
        row[which][0]["content"] + "<|im_end|>\n"
        for row in rows
        for which in ("chosen", "rejected")
    }


def _rows(recipe: Any) -> Any:
    from datasets import load_dataset

    return load_dataset(recipe.script.dataset_name, recipe.script.dataset_config, split="train")


def train(path: Path, out: Path, *flags: str) -> None:
    recipe = read_recipe(path, [*FEW, *flags])
    recipe.training.output_dir = str(out)
    script = importlib.import_module(f"trl.scripts.{recipe.method}")
    script.main(recipe.script, recipe.training, recipe.model, recipe.mixture)


@pytest.mark.parametrize("path", EMBEDDED, ids=shown)
def test_every_embedded_recipe_runs(path: Path, tmp_path: Path) -> None:
    """TRL's own script, with what `trl` would parse, in this process: the imports are shared."""
    train(path, tmp_path, "--model_name_or_path", "models/r1k-tiny")
    before = load_file("models/r1k-tiny/model.safetensors")
    after = load_file(tmp_path / "model.safetensors")
    assert any(not torch.equal(before[name].float(), after[name].float()) for name in before)
    assert all(torch.isfinite(weight).all() for weight in after.values())


def test_an_adapter_is_merged_as_the_readme_says_and_goes_on_to_dpo(tmp_path: Path) -> None:
    flags = ("--dataset_name", "datasets/r1k", "--model_revision", "main")
    short = ("--bf16", "false", "--gradient_accumulation_steps", "1")
    out = tmp_path / "out" / "qwen3-1.7b"
    tiny = ("--model_name_or_path", "models/r1k-tiny")
    train(RECIPES / "qwen3-1.7b" / "mixed.yaml", out / "mixed-lora", *flags, *short, *tiny)
    assert (out / "mixed-lora" / "adapter_model.safetensors").exists()
    readme = (RECIPES / "README.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert code
    # The adapter names its base as it was given, from the root.
    (tmp_path / "models").symlink_to(ROOT / "models")
    subprocess.run([sys.executable, "-c", code[1]], cwd=tmp_path, check=True)
    merged = ("--model_name_or_path", str(out / "mixed"))
    train(RECIPES / "qwen3-1.7b" / "dpo.yaml", out / "dpo", *flags, *short, *merged)
    assert (out / "dpo" / "adapter_model.safetensors").exists()


def history(out: Path) -> list[tuple[int, float]]:
    """Step and loss of what a run logged."""
    last = Path(str(get_last_checkpoint(str(out))), "trainer_state.json")
    state = json.loads(last.read_text(encoding="utf-8"))
    return [(row["step"], row["loss"]) for row in state["log_history"] if "loss" in row]


SHORT = (
    "--max_steps", "8", "--eval_strategy", "no", "--save_strategy", "steps", "--save_steps", "2",
    "--logging_steps", "1", "--per_device_train_batch_size", "8",
)  # fmt: skip


def trl(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("trl")), *arguments],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip


def test_killed_and_resumed_it_has_the_same_losses(tmp_path: Path) -> None:
    command = ("sft", "--config", "recipes/forward.yaml", *SHORT, "--output_dir")
    whole = trl(*command, str(tmp_path / "whole"))
    said, _ = whole.communicate()
    assert whole.returncode == 0, said[-2000:]

    killed = trl(*command, str(tmp_path / "killed"))
    until = time.monotonic() + 300
    while not (tmp_path / "killed" / "checkpoint-4" / "trainer_state.json").exists():
        assert killed.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    last = get_last_checkpoint(str(tmp_path / "killed"))
    resumed = trl(*command, str(tmp_path / "killed"), "--resume_from_checkpoint", str(last))
    said, _ = resumed.communicate()
    assert resumed.returncode == 0, said[-2000:]
    steps, losses = zip(*history(tmp_path / "whole"), strict=True)
    again, same = zip(*history(tmp_path / "killed"), strict=True)
    assert steps == again == tuple(range(1, 9))
    assert same == pytest.approx(losses, rel=1e-4)


def test_two_processes_share_the_work(tmp_path: Path) -> None:
    """Gloo, each with half of the batch: the same losses as one process with all of it."""
    common = ("--config", "recipes/mixed.yaml", *SHORT, "--train_sampling_strategy", "sequential")
    one = trl("sft", *common, "--output_dir", str(tmp_path / "one"))
    said, _ = one.communicate()
    assert one.returncode == 0, said[-2000:]
    two = subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone",
         "-m", "trl.scripts.sft", *common, "--per_device_train_batch_size", "4",
         "--output_dir", str(tmp_path / "two")],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        said, _ = two.communicate(timeout=240)
        assert two.returncode == 0, said[-2000:]
    except subprocess.TimeoutExpired:
        # Once in a while gloo's threads wait for each other when a process ends: all is written.
        two.terminate()
        two.communicate()
    steps, losses = zip(*history(tmp_path / "one"), strict=True)
    again, same = zip(*history(tmp_path / "two"), strict=True)
    assert steps == again
    assert same == pytest.approx(losses, rel=1e-3)
