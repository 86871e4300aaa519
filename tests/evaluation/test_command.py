"""What is said in a line before lighteval loads a model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from diskcache import Cache
from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc
from transformers import AutoTokenizer

from r1k.evaluation import answers, direction
from r1k.evaluation.command import check, command
from tests.evaluation.test_direction import TINY, make
from tests.test_generate import ROOT

DATA = str(ROOT / "datasets" / "r1k")


def ask(line: dict[str, Any], task_name: str) -> Doc:
    return Doc(task_name=task_name, query=line["prompt"][0]["content"], choices=["2"], gold_index=0)


def tasks(data: str = DATA, prompt: Callable[..., Doc] = ask) -> list[LightevalTaskConfig]:
    return [
        LightevalTaskConfig(
            name=name, prompt_function=prompt, hf_repo=data, hf_subset=config,
            evaluation_splits=[split], metrics=metrics, generation_size=64,
        )
        for name, config, split, metrics in (
            ("r1k:forward", "mixed", "test", answers.of_questions()),
            ("r1k:reverse", "mixed", "test", answers.of_questions()),
            ("r1k_direction:forward", "preference", "test", direction.metrics()),
            ("r1k_ood:forward", "mixed", "test_ood", answers.of_questions()),
        )
    ]  # fmt: skip


Check = Callable[..., str]


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """The line that ends lighteval, or what it warns of."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("r1k.evaluation.command.prefer_cache", lambda: None)

    def run(names: str, model: str = f"model_name={TINY}", **more: Any) -> str:
        monkeypatch.setattr("sys.argv", ["bin/lighteval", "accelerate", model, names, "--x"])
        try:
            check(tasks(**more), "R1K_DATASET")
        except SystemExit as end:
            assert end.code == 2
            line = capsys.readouterr().err.splitlines()[-1]
            assert line.startswith("r1k: ")
            return line
        return capsys.readouterr().err

    return run


def test_other_commands_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (["pytest", "x"], ["lighteval", "tasks", "list"], ["lighteval", "--help"]):
        monkeypatch.setattr("sys.argv", words)
        assert command(words) is None
        check(tasks("nowhere"), "R1K_DATASET")


def test_the_tasks_of_a_file_and_a_model_of_a_file(tmp_path: Path) -> None:
    names, model = tmp_path / "tasks.txt", tmp_path / "model.yaml"
    names.write_text("# all\nr1k:forward@n=8@k=4|0\n\nr1k_direction|0\n")
    model.write_text("model_parameters:\n  model_name: out/x\n  batch_size: 8\n")
    found = command(["/usr/bin/lighteval", "accelerate", str(model), str(names)])
    assert found is not None
    assert found.tasks == ["r1k:forward", "r1k_direction"] and found.samples == 8
    assert found.model == {"model_name": "out/x", "batch_size": "8"}
    served = command(["lighteval", "endpoint", "litellm", "model_name=openai/x", "r1k"])
    assert served is not None and served.backend == "litellm" and served.tasks == ["r1k"]
    custom = command(["lighteval", "custom", "gold", "file.py", "r1k"])
    assert custom is not None and custom.tasks == ["r1k"]


def test_a_wrong_task(checked: Check) -> None:
    assert "no task 'r1k:forwrd' here; did you mean 'r1k:forward'?" in checked("r1k:forwrd|0")


def test_tasks_of_other_files_are_not_ours(checked: Check, tmp_path: Path) -> None:
    model = f"model_name={TINY},cache_dir={tmp_path}"
    assert checked("aime24|0,r1k|0,r1k_direction:forward|0", model) == ""


def test_missing_data(checked: Check, tmp_path: Path) -> None:
    assert "R1K_DATASET is not set" in checked("r1k|0", data="")
    line = checked("r1k|0", data=str(tmp_path / "nothing"))
    assert "R1K_DATASET" in line and "no dataset folder" in line
    (tmp_path / "README.md").write_text(
        "---\nconfigs:\n- config_name: mixed\n  data_files:\n"
        "  - {split: train, path: mixed.jsonl}\n---\n"
    )
    (tmp_path / "mixed.jsonl").write_text('{"a": 1}\n')
    line = checked("r1k:forward|0", data=str(tmp_path))
    assert "mixed has no split 'test', only train" in line and "--splits.test" in line
    assert "has no config 'preference'" in checked("r1k_direction|0", data=str(tmp_path))


def test_a_model_that_is_not_there(checked: Check) -> None:
    line = checked("r1k|0", "model_name=out/nothing-of-this-name,dtype=float32")
    assert "out/nothing-of-this-name is no folder" in line


def test_a_model_without_a_chat_template(checked: Check, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(TINY)
    tokenizer.chat_template = None
    tokenizer.save_pretrained(tmp_path)
    line = checked("r1k|0", f"model_name={tmp_path}")
    assert "no chat template" in line and "chat_template.jinja" in line


def test_an_adapter(checked: Check, tmp_path: Path) -> None:
    AutoTokenizer.from_pretrained(TINY).save_pretrained(tmp_path / "adapter")
    (tmp_path / "adapter" / "adapter_config.json").write_text("{}")
    line = checked("r1k|0", f"model_name={tmp_path / 'adapter'},cache_dir={tmp_path / 'cache'}")
    assert "adapter has no config.json" in line and "recipes/README.md" in line


def test_a_first_token_that_would_be_there_twice(checked: Check, tmp_path: Path) -> None:
    folder, cache = make(tmp_path / "model", bos=True), tmp_path / "cache"
    model = f"model_name={folder},cache_dir={cache}"
    assert "add_special_tokens=False" in checked("r1k|0", model)
    assert checked("r1k|0", f"{model},add_special_tokens=False") == ""


def test_several_samples_of_a_model_that_does_not_sample(checked: Check, tmp_path: Path) -> None:
    model = f"model_name={TINY},cache_dir={tmp_path}"
    assert "do_sample true" in checked("r1k:forward@n=8@k=4|0", model)
    assert checked("r1k:forward@n=1|0", model) == ""


def test_completions_that_the_context_does_not_hold(checked: Check, tmp_path: Path) -> None:
    def prompt(line: dict[str, Any], task_name: str) -> Doc:
        choices = ["2 " * 1100, "2"]
        return Doc(task_name=task_name, query="1 + 1", choices=choices, gold_index=0)

    model = f"model_name={TINY},cache_dir={tmp_path}"
    line = checked("r1k_direction:forward|0", model, prompt=prompt)
    assert f"{TINY} has a context of 1,024 tokens" in line
    assert "r1k_direction:forward with its completion 1,1" in line and "max_length=" in line
    assert checked("r1k_direction:forward|0", f"{model},max_length=2048", prompt=prompt) == ""


def test_questions_that_the_context_does_not_hold(checked: Check, tmp_path: Path) -> None:
    def prompt(line: dict[str, Any], task_name: str) -> Doc:
        return Doc(task_name=task_name, query="2 " * 490, choices=["2"], gold_index=0)

    model = f"model_name={TINY},cache_dir={tmp_path}"
    line = checked("r1k:forward|0", f"{model},max_length=500", prompt=prompt)
    assert f"{TINY} has a context of 500 tokens" in line and "question of r1k:forward 502" in line
    warned = checked("r1k|0", f"{model},max_length=512", prompt=prompt)
    assert "replies to r1k:forward are cut at 10 tokens, not 64" in warned
    assert "replies to r1k:reverse" in warned
    assert checked("r1k:forward|0", model, prompt=prompt) == ""


def test_answers_of_old_weights(checked: Check, tmp_path: Path) -> None:
    assert "cache_dir=$(mktemp -d)" in checked("r1k|0")
    assert checked("r1k|0", f"model_name={TINY},cache_dir={tmp_path}") == ""
    (tmp_path / "old").touch()
    assert "scores are old" in checked("r1k|0", f"model_name={TINY},cache_dir={tmp_path}")


def test_answers_of_a_server_that_is_gone(
    checked: Check,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with Cache(".litellm_cache") as kept:
        kept["question"] = "answer"
    words = ["lighteval", "endpoint", "litellm", "model_name=openai/x", "r1k:forward|0"]
    monkeypatch.setattr("sys.argv", words)
    check(tasks(), "R1K_DATASET")
    line, other = capsys.readouterr().err.splitlines()
    assert "cache_dir=$(mktemp -d)" in line and "holds 1 answers" in other
    monkeypatch.setattr(
        "sys.argv", [*words[:3], f"{words[3]},cache_dir={tmp_path / 'new'}", words[4]]
    )
    with Cache(".litellm_cache") as kept:
        kept.clear()
    check(tasks(), "R1K_DATASET")
    assert capsys.readouterr().err == ""
