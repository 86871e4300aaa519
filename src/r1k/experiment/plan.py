"""What an experiment comes to: runs, their stages, and a recipe for each.

    OUT/seed-0/mixed/mixed.yaml      a recipe of the user's, with this run's start, data and seed
    OUT/seed-0/mixed/mixed/          what TRL trains by it
    OUT/seed-0/mixed/dynamics/       what `r1k dynamics` measures of the run's checkpoints
    OUT/seed-0/mixed/scores/         what lighteval scores its last model by
    OUT/seed-0/mixed-dpo/dpo.yaml    and so on, of a second stage that starts where mixed ended

That is the layout that `r1k report` reads.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import Field, field_validator, model_validator

from r1k.config import Section
from r1k.errors import UserError
from r1k.recipes import COMMAND

_NAME = re.compile(r"\w+")
_SECOND = re.compile(r"\w+(-\w+)*")


class DynamicsConfig(Section):
    """What `r1k dynamics` measures at every checkpoint: a split, all its pairs or the first."""

    split: str = "test"
    pairs: int | None = Field(default=None, ge=1)
    dtype: str = "float32"


class ScoresConfig(Section):
    """What lighteval asks each run's last model: `tasks`, and of a run `tagged` the tasks in
    `tagged_tasks`; `arguments` go behind `model_name=…` in lighteval's model arguments."""

    custom_tasks: Path = Path("tasks/r1k.py")
    tasks: str = "r1k_consistency|0"
    tagged_tasks: str = "r1k_consistency_tagged|0"
    arguments: str = "dtype=float32,batch_size=64"
    max_tokens: int = Field(default=512, ge=1)


class KeysConfig(Section):
    """What stands in place of the recipes' own keys, in all first stages and in all second ones."""

    first: dict[str, Any] = Field(default_factory=dict)
    second: dict[str, Any] = Field(default_factory=dict)


class SecondConfig(Section):
    """A second stage: a recipe, and the keys that are set for it alone."""

    recipe: Path
    keys: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: Any) -> Any:
        return {"recipe": value} if isinstance(value, str) else value


class ExperimentConfig(Section):
    """An experiment.

    `first` names the first stages, each a list of TRL recipes that follow each other from `model`
    on (a folder, or ORG/NAME@REVISION on the Hub); `second` the stages that follow each. The
    recipes stand as they are but for the model that they start from, the data, the seed, where they
    write to, and `keys`. `data` is a dataset folder or an id on the Hub; with `generate`, a recipe
    of `r1k generate families`, the folder is made. `jobs` run side by side, each on `threads`
    cores.
    """

    out: Path
    model: str
    data: str
    generate: Path | None = None
    seeds: tuple[int, ...] = Field(min_length=1)
    jobs: int = Field(default=1, ge=1)
    threads: int = Field(default=1, ge=1)
    first: dict[str, tuple[Path, ...]] = Field(min_length=1)
    second: dict[str, SecondConfig] = Field(default_factory=dict)
    keys: KeysConfig = Field(default_factory=KeysConfig)
    dynamics: DynamicsConfig = Field(default_factory=DynamicsConfig)
    scores: ScoresConfig = Field(default_factory=ScoresConfig)

    @field_validator("first", "second")
    @classmethod
    def _names(cls, stages: dict[str, Any], info: Any) -> dict[str, Any]:
        kind = _NAME if info.field_name == "first" else _SECOND
        for name in stages:
            if not kind.fullmatch(name) or name == "base":
                raise ValueError(f"{name!r}: not a name for a stage; letters, digits and _ are")
        return stages

    @field_validator("out")
    @classmethod
    def _relative(cls, out: Path) -> Path:
        if out.is_absolute():  # with an absolute model path lighteval ignores cache_dir
            raise ValueError("a path below this folder is expected")
        return out


class Stage(NamedTuple):
    """A training: its recipe, the folder it writes, and what it starts from: a model, and the
    stage that makes it, if one does."""

    recipe: str
    folder: str
    model: str
    after: str | None
    text: str


class Run(NamedTuple):
    """A run: its folder, the stages that are its own, and whether it is asked with the direction
    above the question."""

    folder: str
    stages: list[Stage]
    tagged: bool
    starts_from_base: bool


def make_plan(config: ExperimentConfig) -> list[Run]:
    """The runs of an experiment, seed by seed.

    Raises:
        UserError: a recipe that is not there, is none, or repeats a name.
    """
    runs = []
    for seed in config.seeds:
        home = config.out / f"seed-{seed}"
        for name, recipes in config.first.items():
            stages: list[Stage] = []
            for recipe in recipes:
                last = stages[-1] if stages else None
                own = config.keys.first
                stages.append(_stage(config, home / name, name, recipe, seed, last, own))
            if len({stage.folder for stage in stages}) < len(stages):
                raise UserError(f"first.{name}: two recipes of one name; rename one")
            runs.append(Run(str(home / name), stages, name == "tagged", True))
            for word, second in config.second.items():
                place, own = home / f"{name}-{word}", config.keys.second | second.keys
                stage = _stage(config, place, name, second.recipe, seed, stages[-1], own)
                runs.append(Run(str(place), [stage], name == "tagged", False))
    return runs


def _stage(
    config: ExperimentConfig,
    home: Path,
    name: str,
    recipe: Path,
    seed: int,
    after: Stage | None,
    own: dict[str, Any],
) -> Stage:
    head, keys = _read(recipe)
    folder = home / recipe.stem
    model = after.folder if after else config.model
    keys.pop("model_revision", None)
    name_or_path, _, revision = model.partition("@")
    if revision:
        keys["model_revision"] = revision
    keys |= own
    keys |= {"model_name_or_path": name_or_path, "output_dir": str(folder), "seed": seed}
    if "datasets" in keys:
        keys["datasets"] = [one | {"path": config.data} for one in keys["datasets"]]
    else:
        keys["dataset_name"] = config.data
    if name == "tagged" and keys.get("dataset_config") == "preference":
        keys["dataset_config"] = "preference_tagged"
    if keys.get("use_cpu"):
        keys["num_cpu_threads_per_process"] = config.threads
    if keys.get("eval_strategy", "no") != "no":
        keys["eval_strategy"] = "no"  # every checkpoint is measured
        keys.pop("dataset_test_split", None)
        keys.pop("eval_steps", None)
    file = folder.with_suffix(".yaml")
    text = f"# trl {head} --config {file}\n#\n# {recipe}, in this experiment.\n"
    text += yaml.safe_dump(keys, sort_keys=False)
    return Stage(str(file), str(folder), model, after.folder if after else None, text)


def _read(recipe: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = recipe.read_text(encoding="utf-8")
        keys = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as e:
        why = str(e).splitlines()[0]
        raise UserError(f"{recipe}: not a recipe that can be read: {why}") from None
    command = COMMAND.match(text)
    if not command or not isinstance(keys, dict):
        raise UserError(f"{recipe}: no training recipe; its first line is # trl sft --config …")
    return command[1], keys
