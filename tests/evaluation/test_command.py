"""What is said in a line before lighteval loads a model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from diskcache import Cache
from transformers import AutoTokenizer

from r1k.evaluation.command import check, command
from tests.evaluation.test_direction import TINY, make
from tests.test_generate import ROOT

TASKS = {
    "r1k:forward": ("mixed", "test"),
    "r1k:reverse": ("mixed", "test"),
    "r1k_direction:forward": ("preference", "test"),
    "r1k_ood:forward": ("mixed", "test_ood"),
}
DATA = str(ROOT / "datasets" / "r1k")
Check = Callable[..., str]


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """The line that ends lighteval, or what it warns of."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("r1k.evaluation.command.prefer_cache", lambda: None)

    def run(tasks: str, model: str = f"model_name={TINY}", data: str = DATA, **more: Any) -> str:
        monkeypatch.setattr("sys.argv", ["bin/lighteval", "accelerate", model, tasks, "--x"])
        try:
            check(TASKS, "R1K_DATASET", data, **more)
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
        check(TASKS, "R1K_DATASET", "nowhere")


def test_the_tasks_of_a_file_and_a_model_of_a_file(tmp_path: Path) -> None:
    tasks, model = tmp_path / "tasks.txt", tmp_path / "model.yaml"
    tasks.write_text("# all\nr1k:forward@n=8@k=4|0\n\nr1k_direction|0\n")
    model.write_text("model_parameters:\n  model_name: out/x\n  batch_size: 8\n")
    found = command(["/usr/bin/lighteval", "accelerate", str(model), str(tasks)])
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
    def scored(task: str) -> list[tuple[str, str]]:
        return [("1 + 1", "2 " * (600 if "_direction" in task else 2000)), ("1", "1")]

    model = f"model_name={TINY},cache_dir={tmp_path}"
    line = checked("r1k_direction:forward|0", f"{model},max_length=512", scored=scored)
    assert f"{TINY} has a context of 512 tokens" in line
    assert checked("r1k_direction:forward|0", f"{model},max_length=2048", scored=scored) == ""
    assert "context of 1,024" in checked("r1k:forward|0", model, scored=scored)


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
    check(TASKS, "R1K_DATASET", DATA)
    line, other = capsys.readouterr().err.splitlines()
    assert "cache_dir=$(mktemp -d)" in line and "holds 1 answers" in other
    monkeypatch.setattr(
        "sys.argv", [*words[:3], f"{words[3]},cache_dir={tmp_path / 'new'}", words[4]]
    )
    with Cache(".litellm_cache") as kept:
        kept.clear()
    check(TASKS, "R1K_DATASET", DATA)
    assert capsys.readouterr().err == ""
