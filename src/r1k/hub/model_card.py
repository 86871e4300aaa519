"""The card of a model: what the Hub reads (base model, data, evaluation results), and the whole of
it for a model that a recipe trained and nobody described.

How a model was trained is in the recipe whose `output_dir` it is. A model that a recipe trained is
named after what it was trained from: out/dpo, from out/mixed, from models/r1k-tiny, is
r1k-tiny-mixed-dpo.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml
from huggingface_hub import EvalResult, ModelCard, ModelCardData, constants

from r1k import __version__
from r1k.errors import UserError
from r1k.hub.card import citation
from r1k.hub.contents import ADAPTER, CARD, trainer_log
from r1k.hub.markdown import md, table

RECIPES = Path("recipes")
_TRL = "generated_from_trainer"
_CONFIGS = {"r1k_direction": "preference", "r1k_invert": "inversion"}
_TAGGED = " (tagged)"
_IN_NATS = ("margin", "lp_")


@dataclass(frozen=True)
class Recipe:
    """A TRL recipe: its file, its keys, and the comment at its top."""

    path: Path
    keys: dict[str, Any]
    comment: list[str]


def recipe_of(folder: Path) -> Recipe | None:
    """The recipe below recipes/ that trains into the folder."""
    for path in sorted(RECIPES.rglob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        keys = yaml.safe_load(text)
        if not isinstance(keys, dict) or "model_name_or_path" not in keys:
            continue
        if str(keys.get("output_dir", "")) == folder.as_posix():
            top = text.partition("\nmodel_name_or_path")[0].splitlines()
            comment = [line.removeprefix("#").strip() for line in top if line.startswith("#")]
            return Recipe(path, keys, comment)
    return None


def model_name(folder: Path, recipe: Recipe | None) -> str:
    """The name of a model's repository."""
    if recipe is None:
        return folder.resolve().name
    base = Path(str(recipe.keys["model_name_or_path"]))
    before = recipe_of(base) if base != folder else None
    return f"{model_name(base, before)}-{folder.name}"


def read_results(path: Path) -> pl.DataFrame:
    """The table that `r1k results -o` writes, or the folder it is in.

    Raises:
        UserError: it is not one.
    """
    file = path / "results.parquet" if path.is_dir() else path
    columns = ["model", "task", "metric", "mean", "low", "high", "pairs"]
    try:
        found = pl.read_parquet(file, columns=columns, glob=False)
    except (OSError, pl.exceptions.PolarsError):
        raise UserError(f"{file}: not a results.parquet; write one with r1k results -o") from None
    # An infinite or unknown value is no number in a card.
    return found.filter(pl.all_horizontal(pl.col("mean", "low", "high").is_finite()))


def make_card(
    folder: Path, org: str, recipe: Recipe | None, results: pl.DataFrame | None, license: str | None
) -> str:
    """The text of README.md: the folder's own with the Hub's metadata added, or one that says how
    the recipe trained it, where there is none but TRL's."""
    file = folder / CARD
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    name = model_name(folder, recipe)
    scored = _of_model(results, folder) if results is not None else None
    if recipe and (not text or _TRL in text.partition("\n---\n")[0]):
        text = _trained(folder, org, name, recipe, scored, text, license)
    if not text.startswith("---\n"):
        return text  # which validation refuses
    try:
        card = ModelCard(text)
    except Exception:  # which validation refuses, and says why
        return text
    before = card.data.to_dict()
    if recipe:
        base = str(recipe.keys["model_name_or_path"])
        card.data["base_model"] = _hub_id(base, org)
        adapter = (folder / ADAPTER).is_file()
        card.data["base_model_relation"] = "adapter" if adapter else "finetune"
        if data := recipe.keys.get("dataset_name"):
            card.data["datasets"] = [_hub_id(str(data), org)]
    if scored is not None and len(scored):
        card.data["model_name"] = name
        card.data["eval_results"] = eval_results(scored, org)
    return text if card.data.to_dict() == before else card.content


def adapter_config(folder: Path, org: str) -> bytes | None:
    """The configuration of an adapter, its base named as it is on the Hub; None for a whole model
    and where it needs no change."""
    file = folder / ADAPTER
    if not file.is_file():
        return None
    try:
        config = json.loads(file.read_bytes())
        base = str(config["base_model_name_or_path"])
    except (ValueError, KeyError, TypeError):
        return None  # which validation refuses, or the Hub's readers do without
    if _hub_id(base, org) == base:
        return None
    return (
        json.dumps(config | {"base_model_name_or_path": _hub_id(base, org)}, indent=2) + "\n"
    ).encode()


def eval_results(scored: pl.DataFrame, org: str) -> list[EvalResult]:
    """The results of one model as the Hub reads them; shares and nats as they are, between 0 and 1
    and in nats a token."""
    found = []
    for row in scored.iter_rows(named=True):
        task = row["task"]
        ours = task.startswith("r1k")
        tagged = row["model"].endswith(_TAGGED)
        start = task.partition(":")[0].replace("_ood", "").removesuffix("_blocks")
        config = _CONFIGS.get(start, "tagged" if tagged else "mixed")
        found.append(
            EvalResult(
                task_type="text-generation",
                dataset_type=f"{org}/r1k" if ours else task,
                dataset_name="r1k" if ours else task,
                dataset_config=config if ours else None,
                dataset_split=("test_ood" if "_ood" in task else "test") if ours else None,
                metric_type=row["metric"],
                metric_name=f"{task}{_TAGGED if tagged else ''} {row['metric']} (95 % interval "
                f"{row['low']:.4f} to {row['high']:.4f}, {row['pairs']} pairs)",
                metric_value=round(row["mean"], 4),
            )
        )
    return found


def _of_model(results: pl.DataFrame, folder: Path) -> pl.DataFrame:
    names = [folder.as_posix(), folder.as_posix() + _TAGGED]
    return results.filter(pl.col("model").is_in(names))


def _hub_id(reference: str, org: str) -> str:
    """A folder of the project as its repository; anything else is a repository already."""
    folder = Path(reference)
    recipe = recipe_of(folder)
    if recipe or folder.is_dir():
        return f"{org}/{model_name(folder, recipe)}"
    return reference


def _trained(
    folder: Path,
    org: str,
    name: str,
    recipe: Recipe,
    scored: pl.DataFrame | None,
    trl_card: str,
    license: str | None,
) -> str:
    """A card for a model that a recipe trained."""
    base, data = recipe.keys["model_name_or_path"], recipe.keys.get("dataset_name")
    inherited = _metadata(Path(str(base)) / CARD)
    here = _metadata(folder / CARD)
    kept = license or here.get("license") or inherited.get("license")
    metadata = ModelCardData(
        license=kept,
        language=inherited.get("language", "en"),
        library_name="transformers",
        pipeline_tag="text-generation",
        tags=["r1k", "reasoning", "reverse-reasoning", "trl"],
    )
    command = recipe.comment[0] if recipe.comment else f"trl sft --config {recipe.path}"
    words = " ".join(line or "\n\n" for line in recipe.comment[1:])
    paragraphs = [part.strip() for part in words.split("\n\n") if part.strip()]
    up = "../" * len(folder.parts)
    log, versions = trainer_log(folder), _versions(trl_card)
    parts = [
        f"# {name}",
        f"[{md(_hub_id(str(base), org))}]({_hub_link(str(base), org)}), trained on "
        + (
            f"the config `{recipe.keys.get('dataset_config')}` of "
            f"[{md(_hub_id(str(data), org))}]({_hub_link(str(data), org, 'datasets/')})."
            if data
            else "the data of its recipe."
        ),
        f"```python\nfrom transformers import pipeline\n\n"
        f'ask = pipeline("text-generation", "{org}/{name}")\n'
        'question = "Amara is 27 years older than Wei. Wei is 7 today. What age is Amara?"\n'
        'ask([{"role": "user", "content": question}])[0]["generated_text"][-1]["content"]\n```',
        "## Training",
        f"```\n{command}\n```",
        *map(md, paragraphs),
        f"All settings are in [{recipe.path.as_posix()}]({up}{recipe.path.as_posix()})"
        + (f", the log in `{log.name}`." if log else "."),
        *([_log_table(log)] if log else []),
        *([versions] if versions else []),
        "## Evaluation",
        _results_table(scored)
        if scored is not None and len(scored)
        else "Not in this card. `lighteval` with r1k's tasks scores it.",
        "## Citation",
        "```bibtex\n" + citation(__version__) + "\n```",
    ]
    return f"---\n{metadata.to_yaml()}\n---\n\n" + "\n\n".join(parts) + "\n"


def _hub_link(reference: str, org: str, prefix: str = "") -> str:
    return f"{constants.ENDPOINT}/{prefix}{_hub_id(reference, org)}"


def _metadata(card: Path) -> dict[str, Any]:
    """The YAML of a card; nothing where there is none."""
    if not card.is_file():
        return {}
    try:
        found: dict[str, Any] = ModelCard(card.read_text(encoding="utf-8")).data.to_dict()
    except Exception:  # a card that nobody can read says nothing
        return {}
    return found


def _log_table(log: Path) -> str:
    """The last losses of each epoch."""
    state = json.loads(log.read_text(encoding="utf-8"))
    rows: dict[int, dict[str, float]] = {}
    for entry in state.get("log_history", []):
        epoch = int(-(-entry.get("epoch", 0) // 1))
        row = rows.setdefault(epoch, {})
        row["step"] = entry.get("step", 0)
        row |= {key: entry[key] for key in ("loss", "eval_loss") if key in entry}
    shown = [
        [epoch, row["step"], *(f"{row[k]:.4f}" if k in row else "–" for k in ("loss", "eval_loss"))]
        for epoch, row in sorted(rows.items())
    ]
    return table(["epoch", "step", "loss", "loss on validation"], shown)


def _versions(trl_card: str) -> str:
    found = re.findall(r"^- (TRL|PEFT|Transformers|Pytorch|Datasets): ([\w.+-]+)$", trl_card, re.M)
    return "Trained with " + ", ".join(f"{n} {v}" for n, v in found) + "." if found else ""


def _results_table(scored: pl.DataFrame) -> str:
    rows = []
    for row in scored.iter_rows(named=True):
        scale, digits = (1, 3) if row["metric"].startswith(_IN_NATS) else (100, 1)
        mean, low, high = (f"{scale * row[key]:.{digits}f}" for key in ("mean", "low", "high"))
        rows.append([md(row["task"]), md(row["metric"]), f"{mean} ({low} to {high})", row["pairs"]])
    return (
        "Mean and 95 % interval, bootstrapped over pairs: shares in per cent, margins and lp_ in "
        "nats.\n\n" + table(["task", "metric", "value", "pairs"], rows)
    )
