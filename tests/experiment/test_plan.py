"""What an experiment plans: which runs, by which recipes, from which models."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from r1k.cli import main
from r1k.config import read_config
from r1k.errors import UserError
from r1k.experiment.plan import ExperimentConfig, make_plan

ROOT = Path(__file__).parents[2]
SHIPPED = [ROOT / "recipes/experiment.yaml", ROOT / "recipes/qwen2.5-7b-instruct/experiment.yaml"]


def planned(**changes: Any) -> dict[str, list[dict[str, Any]]]:
    """The recipes of each run, read again."""
    config = read_config(SHIPPED[0], {k: yaml.safe_dump(v) for k, v in changes.items()},
                         ExperimentConfig)  # fmt: skip
    runs = make_plan(config)
    return {run.folder: [yaml.safe_load(stage.text) for stage in run.stages] for run in runs}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parent.name)
def test_shipped_experiments_plan(file: Path) -> None:
    config = read_config(file, {}, ExperimentConfig)
    runs = make_plan(config)
    assert len(runs) == len(config.seeds) * len(config.first) * (1 + len(config.second))
    folders = [stage.folder for run in runs for stage in run.stages]
    assert len(set(folders)) == len(folders)


def test_stages_start_where_the_ones_before_end() -> None:
    runs = planned(seeds=[3], out="out/x")
    assert len(runs) == 15
    home = "out/x/seed-3"
    first, second, third = runs[f"{home}/curriculum"]
    assert first["model_name_or_path"] == "models/r1k-tiny"
    assert second["model_name_or_path"] == first["output_dir"] == f"{home}/curriculum/1-forward"
    assert third["model_name_or_path"] == second["output_dir"]
    (after,) = runs[f"{home}/curriculum-dpo"]
    assert after["model_name_or_path"] == third["output_dir"]
    assert {recipe["seed"] for recipes in runs.values() for recipe in recipes} == {3}


def test_all_read_the_same_data() -> None:
    runs = planned(data="org/mine")
    read = [
        [one["path"] for one in recipe["datasets"]]
        if "datasets" in recipe
        else [recipe["dataset_name"]]
        for recipes in runs.values()
        for recipe in recipes
    ]
    assert {path for paths in read for path in paths} == {"org/mine"}


def test_what_is_trained_with_the_direction_stated_prefers_so() -> None:
    runs = planned(seeds=[0], out="out/x")
    assert runs["out/x/seed-0/tagged-dpo"][0]["dataset_config"] == "preference_tagged"
    assert runs["out/x/seed-0/mixed-dpo"][0]["dataset_config"] == "preference"


def test_keys_of_the_experiment_take_precedence() -> None:
    keys = {"first": {"num_train_epochs": 9}, "second": {"beta": 0.5, "max_steps": 3}}
    second = {"dpo": "recipes/dpo.yaml", "b": {"recipe": "recipes/dpo.yaml", "keys": {"beta": 1}}}
    runs = planned(seeds=[0], out="out/x", keys=keys, second=second)
    assert runs["out/x/seed-0/mixed"][0]["num_train_epochs"] == 9
    dpo, other = runs["out/x/seed-0/mixed-dpo"][0], runs["out/x/seed-0/mixed-b"][0]
    assert (dpo["beta"], other["beta"]) == (0.5, 1) and dpo["max_steps"] == other["max_steps"] == 3
    own = yaml.safe_load((ROOT / "recipes/mixed.yaml").read_text())
    assert runs["out/x/seed-0/mixed"][0]["learning_rate"] == own["learning_rate"]
    assert "num_train_epochs" not in runs["out/x/seed-0/mixed-dpo"][0]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"first": {"forward": ["recipes/nowhere.yaml"]}}, "recipes/nowhere.yaml: not a recipe"),
        ({"first": {"forward": ["recipes/generate/mask.yaml"]}}, "no training recipe"),
        ({"first": {"a-b": ["recipes/forward.yaml"]}}, "not a name for a stage"),
        ({"first": {"base": ["recipes/forward.yaml"]}}, "not a name for a stage"),
        (
            {"first": {"twice": ["recipes/mixed.yaml", "recipes/qwen3-1.7b/mixed.yaml"]}},
            "two recipes of one name",
        ),
        ({"out": "/tmp/x"}, "a path below this folder"),
        ({"seeds": []}, "seeds"),
        ({"keys": {"frist": {}}}, "keys.frist.*first"),
        ({"sceond": {}}, "second"),
    ],
)
def test_what_cannot_be_planned_is_one_line(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(UserError, match=line):
        planned(**changes)


def test_parts_of_the_shipped_experiment() -> None:
    runs = planned(seeds=[0], second={}, model="org/other@abc")
    assert len(runs) == 5
    recipe = runs["out/experiment/seed-0/mixed"][0]
    assert (recipe["model_name_or_path"], recipe["model_revision"]) == ("org/other", "abc")


def test_a_wrong_key_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["experiment", "recipes/experiment.yaml", "--seed", "1"])
    assert ended.value.code == 2
    assert "seeds" in capsys.readouterr().err
