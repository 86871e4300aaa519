"""An experiment from its data to its report, killed on the way."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import yaml

from r1k.report.read import read_runs

ROOT = Path(__file__).parents[2]
CONFIG = {
    "model": "models/r1k-tiny",
    "seeds": [0],
    "jobs": 2,
    "first": {"forward": ["recipes/forward.yaml"]},
    "second": {"dpo": "recipes/dpo.yaml"},
    "keys": {
        "first": {"per_device_train_batch_size": 4, "num_train_epochs": 2, "warmup_steps": 1,
                  "save_strategy": "steps", "save_steps": 2},
        "second": {"per_device_train_batch_size": 2, "max_steps": 1, "save_steps": 1},
    },
    "dynamics": {"pairs": 2},
    "scores": {"max_tokens": 4},
}  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the project's models, recipes and tasks, and a small experiment."""
    here = tmp_path_factory.mktemp("experiment")
    for name in ("recipes", "tasks"):
        (here / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "models", here / "models")
    small = yaml.safe_load((ROOT / "recipes/generate/small.yaml").read_text())
    small["families"] |= {"train": 8, "validation": 2, "test": 4, "test_ood": 3}
    small["families"]["difficulties"] = [1]
    (here / "small.yaml").write_text(yaml.safe_dump(small))
    config = CONFIG | {"out": "out", "data": "data", "generate": "small.yaml"}
    (here / "experiment.yaml").write_text(yaml.safe_dump(config))
    return here


def command(*words: str) -> list[str]:
    return [str(Path(sys.executable).with_name("r1k")), "experiment", "experiment.yaml", *words]


def run(here: Path, *words: str, code: int = 0) -> str:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        command(*words), cwd=here, env=environment, capture_output=True, text=True, check=False
    )
    logs = "\n".join(f.read_text()[-2000:] for f in (here / "out").rglob("*.log"))
    assert done.returncode == code, done.stdout + done.stderr + logs
    return done.stdout + done.stderr


def test_killed_carried_on_and_read_by_the_report(here: Path) -> None:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(
        command(), cwd=here, env=environment, start_new_session=True, stderr=subprocess.DEVNULL
    )
    trained = here / "out/seed-0/forward/forward"
    first = trained / "checkpoint-2" / "trainer_state.json"
    deadline = time.monotonic() + 300
    while not first.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (here / "out/seed-0/forward/forward.trained").exists()
    made = first.stat().st_mtime_ns

    said = run(here)
    assert "2/2 trained | 2/2 measured | 2/2 scored" in said
    assert re.search(r"(\d+)/\1 steps \| .* steps/min \| 0:00 left", said)
    assert first.stat().st_mtime_ns == made, "the training began anew"
    runs = read_runs(here / "out")
    assert runs.names() == ["base", "forward", "forward-dpo"] and not runs.notes
    # From the base on: the first checkpoint is the model that training began with.
    forward = runs.likelihoods.filter(pl.col("name") == "forward")
    assert sorted(set(forward["step"])) == [0, 2, 4]
    assert set(runs.answers["name"]) == {"base", "forward", "forward-dpo"}
    assert {"cpu", "torch", "trl", "minutes of work"} <= set(runs.machine)


def jobs_of(said: str) -> dict[str, str]:
    """How many jobs of each kind Snakemake would run."""
    lines = [line.split() for line in said.splitlines()]
    return {words[0]: words[1] for words in lines if len(words) == 2}


def test_what_is_done_is_not_done_again_but_what_changed(here: Path) -> None:
    if not (here / "out/seed-0/forward-dpo/scores.done").exists():
        pytest.skip("the experiment did not end")
    assert "Nothing to be done" in run(here, "--", "--dry-run")
    # Other weights at the same path: all of it.
    weights = here / "models" / "r1k-tiny" / "model.safetensors"
    before = weights.stat()
    weights.touch()
    assert jobs_of(run(here, "--", "--dry-run"))["train"] == "2"
    os.utime(weights, ns=(before.st_atime_ns, before.st_mtime_ns))
    file = here / "experiment.yaml"
    config = yaml.safe_load(file.read_text())
    config["keys"]["second"]["learning_rate"] = 1.0e-4
    file.write_text(yaml.safe_dump(config))
    jobs = jobs_of(run(here, "--", "--dry-run"))
    assert (jobs["train"], jobs["dynamics"], jobs["scores"], jobs["total"]) == ("1", "1", "1", "4")


@pytest.mark.parametrize("model", ["models/r1k-tny", "recipes"])
def test_a_model_that_is_not_there_is_said_before_anything_is_made(here: Path, model: str) -> None:
    said = run(here, "--out", "none", "--model", model, code=2)
    assert said.splitlines()[-1].startswith(f"r1k: model: {model}: no ")
    assert not (here / "none").exists()


def test_a_step_that_fails_is_named_with_its_log(here: Path) -> None:
    words = ["--out", "wrong", "--keys.first.learning_rate", "much", "--second", "{}"]
    said = run(here, *words, "--", "--until", "train", code=2)
    line = said.splitlines()[-1]
    assert line.startswith("r1k: not all steps ended well")
    assert "train: wrong/seed-0/forward/forward.log" in line
