"""Manifest and dataset card of a curated dataset."""

from collections import Counter
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

from huggingface_hub import DatasetCardData

from r1k.curation.config import CurateConfig
from r1k.curation.rows import CONFIGS, FIELDS
from r1k.hub.manifest import list_files, public_against
from r1k.hub.markdown import md, table
from r1k.schema import public_name
from r1k.show import printable
from r1k.views.table import File

COMMAND = "curate"
_DECISIONS = ("removed", "reported")
_LIBRARIES = ("datasets", "numpy", "polars", "pyarrow", "pydantic", "rensa")
_ENCODING = ("torch", "transformers")


def make_manifest(
    config: CurateConfig,
    facts: dict[str, Any],
    steps: list[dict[str, Any]],
    overlaps: Counter[tuple[str, str, str]],
    files: dict[str, list[File]],
) -> dict[str, Any]:
    """Put the manifest together.

    Args:
        facts: `source`, `benchmarks`, `run` (what differs from run to run).
        steps: the rules in order, with the rows that each removed and left.
        overlaps: pairs of questions by benchmark, rule and decision.

    Raises:
        RuntimeError: the counts do not add up.
    """
    for before, after in pairwise(steps):
        if before["left"] != after["removed"] + after["left"]:
            raise RuntimeError(f"rows were lost at the rule {after['rule']!r}: {steps}")
    return {
        "made_by": "r1k",
        "command": COMMAND,
        "r1k": version("r1k"),
        "libraries": {
            name: version(name)
            for name in (*_LIBRARIES, *(_ENCODING if config.contamination.embeddings else ()))
        },
        "config": _public(config),
        "steps": steps,
        "overlaps": [
            {
                "benchmark": benchmark,
                "rule": rule,
                "pairs": sum(overlaps[benchmark, rule, decision] for decision in _DECISIONS),
                "removed": overlaps[benchmark, rule, "removed"],
            }
            for benchmark, rule in sorted({key[:2] for key in overlaps})
        ],
        "files": list_files({name: {"train": parts} for name, parts in files.items()}),
        **facts,
    }


def make_card(manifest: dict[str, Any], files: dict[str, list[File]], config: CurateConfig) -> str:
    """The whole text of README.md."""
    source = str(manifest["source"]["name"])
    name = config.card.name or f"{source}, curated"
    data = DatasetCardData(
        license=config.card.license,
        language=list(config.card.language),
        pretty_name=name,
        tags=["r1k", "reasoning"],
        configs=[
            {
                "config_name": config_name,
                **({"default": True} if config_name == "curated" else {}),
                "data_files": [
                    {
                        "split": "train",
                        "path": [f"{config_name}/{f.path.name}" for f in files[config_name]],
                    }
                ],
            }
            for config_name in CONFIGS
        ],
    )
    rows = {config_name: sum(f.rows for f in files[config_name]) for config_name in CONFIGS}
    steps = [[md(s["rule"]), s["removed"], s["left"]] for s in manifest["steps"]]
    parts = [
        f"# {md(name)}",
        f"{rows['curated']:,} of {manifest['source']['rows']:,} rows of {md(source)}; the others "
        "are in `removed`, each with the first rule that it broke.",
        *([config.card.source_note.strip()] if config.card.source_note else []),
        table(["config", "holds", "rows"], [[f"`{c}`", t, rows[c]] for c, t in CONFIGS.items()]),
        "A config without rows cannot be loaded with `load_dataset`.",
        "## Rules",
        table(["rule", "removed", "left"], steps),
        "In this order; `manifest.json` has the whole configuration.",
        "## Contamination",
        *_contamination(manifest, config),
        "## Fields",
        *(
            f"**{title}**\n\n"
            + table(["column", "what it holds"], [[f"`{n}`", t] for n, t in fields.items()])
            for title, fields in FIELDS.items()
        ),
        "## Licence",
        f"`{md(config.card.license)}` (of the source).",
        "## Provenance",
        "\n".join(f"- source {md(k)}: {md(v)}" for k, v in manifest["source"].items()),
        f"Made by r1k {manifest['r1k']}.",
    ]
    return f"---\n{data.to_yaml(line_break=chr(10))}\n---\n\n" + "\n\n".join(parts) + "\n"


def summary(manifest: dict[str, Any], out: Path) -> str:
    """What came of a run, for the terminal: a line a rule, the overlaps, where the dataset is."""
    lines = [f"{manifest['source']['rows']:,} rows of {manifest['source']['name']}"]
    for step in manifest["steps"][1:]:
        lines.append(f"  {step['left']:>11,}  {printable(step['rule'])} (-{step['removed']:,})")
    for found in manifest["overlaps"]:
        lines.append(
            f"  {found['pairs']:>11,}  overlaps with {printable(found['benchmark'])} "
            f"by {found['rule']}"
        )
    if not manifest["benchmarks"]:
        lines.append("  compared with no benchmark; name some with --against")
    lines.append(f"written to {out} (load_dataset({str(out)!r}, 'curated'))")
    return "\n".join(lines)


def _contamination(manifest: dict[str, Any], config: CurateConfig) -> list[str]:
    if not manifest["benchmarks"]:
        return ["Nothing was compared with any benchmark."]
    rules = config.contamination
    sources = [
        [md(b["name"]), md(b["source"]), md(b["revision"] or "a local file"), b["rows"]]
        for b in manifest["benchmarks"]
    ]
    found = [
        [md(o["benchmark"]), f"`{o['rule']}`", o["pairs"],
         o["removed"]]
        for o in manifest["overlaps"]
    ]  # fmt: skip
    semantic = (
        f"`semantic` a cosine of at least {rules.semantic_similarity:g} between the vectors of "
        f"the model {md(public_name(rules.embeddings))}, revision {md(rules.embeddings_revision)}. "
        if rules.embeddings
        else ""
    )
    return [
        "Every question was compared with those of these benchmarks:",
        table(["benchmark", "source", "revision", "questions"], sources),
        table(["benchmark", "rule", "pairs of questions", "for which a row is removed"], found)
        if found
        else "None overlaps.",
        f"Rules: `s1` and `open-r1` 8 words between spaces in a row, without case; `words-8` and "
        f"`words-13` as many words of letters and digits; `near` a MinHash similarity of "
        f"{rules.similarity:g}. {semantic}A row is removed for shared words if they are at least "
        f"{rules.min_share:.0%} of the benchmark's question. Looked for were: "
        f"{', '.join([*rules.remove, *rules.report])}. "
        + (
            "Questions that tell the same in other words are found as far as that model knows."
            if semantic
            else "Questions that tell the same in other words are not found."
        ),
        "The config `contamination` holds the benchmarks' texts: to train on it, or to publish it "
        "where models are trained on what is published, is to contaminate.",
    ]


def _public(config: CurateConfig) -> dict[str, Any]:
    """The config without the folders of this machine."""
    tree: dict[str, Any] = config.model_dump(mode="json")
    tree["benchmarks"] = public_name(str(config.benchmarks))
    tree["contamination"]["embeddings"] = public_name(config.contamination.embeddings)
    tree["against"] = [public_against(one) for one in config.against]
    return tree
