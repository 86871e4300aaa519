"""The dataset card: `README.md` with the YAML that the Hub and `load_dataset` read.

The card names every data file. Sources, reasons and model names come from outside: they reach the
YAML through a YAML writer and the text through `md`.
"""

from typing import Any

from huggingface_hub import DatasetCardData
from pydantic import BaseModel

from r1k.config import Config
from r1k.hub import families_card, validation_card
from r1k.hub.fields import FIELDS, TABLES, VALIDATION_TABLES
from r1k.hub.manifest import VERDICTS
from r1k.hub.markdown import md, percent, table
from r1k.schema import Pair, arrow_schema
from r1k.source.benchmarks import with_reasons
from r1k.views.build import SCHEMAS
from r1k.views.table import File

CONFIGS = {
    "pairs": "accepted and unverified pairs: both problems, checks, provenance",
    "forward": "the forward problems, prompt and completion",
    "reverse": "the reverse problems, prompt and completion",
    "mixed": "both, 1:1, shuffled",
    "tagged": "as `mixed`, with the direction stated above the question",
    "preference": "prompt, chosen (of the prompt's own direction), rejected (of the other)",
    "preference_tagged": "as `preference`, with the direction stated above the question",
    "unpaired": "as `preference`, each completion in a row of its own with a label",
    "inversion": "prompt: a forward problem with trace and answer; completion: its reverse problem",
    "rejected": "every row that did not pass, as in `pairs`, and why",
}
_VIEWS = tuple(SCHEMAS)
VALIDATION_CONFIGS = {
    "validation": "what people said: one row a response",
    "labels": "what they said of each pair, taken together, and the decision",
    **{f"validated_{view}": f"`{view}` of the pairs that people validated" for view in _VIEWS},
}
TEMPLATE = """<think>
TRACE
</think>

The answer is \\boxed{ANSWER}."""
PAPER = """@inproceedings{deng2025inverse,
  title     = {When Inverse Data Outperforms: Exploring the Pitfalls of Mixed Data in Multi-Stage
               Fine-Tuning},
  author    = {Deng, Mengyi and Li, Xin and Zhu, Tingyu and Yang, Zhicheng and Guo, Zhijiang and
               Wang, Wei},
  booktitle = {Findings of the Association for Computational Linguistics: EMNLP 2025},
  year      = {2025},
  doi       = {10.18653/v1/2025.findings-emnlp.346}
}
@software{r1k,
  title   = {r1k: forward problems in, verified reverse problems out},
  version = {VERSION},
  license = {Apache-2.0}
}"""
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"),
          (10**7, "1M<n<10M"), (10**8, "10M<n<100M"), (10**9, "100M<n<1B"))  # fmt: skip


def citation(version: str) -> str:
    """BibTeX for the paper, and for this version of r1k; CITATION.cff says the same."""
    return PAPER.replace("VERSION", version)


def make_card(
    manifest: dict[str, Any],
    files: dict[str, dict[str, list[File]]],
    config: Config,
    example: Pair | None = None,
) -> str:
    """The whole text of README.md; `files` are those of each config and split, `example` is a
    pair to show where the pairs come from r1k's own families. Where people judged pairs, the
    manifest has `validation`, and `files` the configs of `VALIDATION_CONFIGS` as well."""
    source = str(manifest["source"].get("name") or "an unnamed source")
    name = config.card.name or f"r1k pairs from {source}"
    rows = sum(file.rows for parts in files["pairs"].values() for file in parts)
    data = DatasetCardData(
        license=config.card.license,
        language=list(config.card.language),
        pretty_name=name,
        tags=["r1k", "reasoning", "reverse-reasoning", "sft", "dpo", "trl"],
        task_categories=["text-generation"],
        size_categories=[next((size for bound, size in _SIZES if rows < bound), "n>1B")],
        configs=[
            {
                "config_name": config_name,
                # The pairs are the source of truth, and what the Hub shows first.
                **({"default": True} if config_name == "pairs" else {}),
                "data_files": [
                    {"split": split, "path": [f"{config_name}/{part.path.name}" for part in parts]}
                    for split, parts in files[config_name].items()
                ],
            }
            for config_name in files
        ],
    )
    yaml = data.to_yaml(line_break="\n")
    return f"---\n{yaml}\n---\n\n{_body(name, source, manifest, files, config, example)}"


def _body(
    name: str,
    source: str,
    manifest: dict[str, Any],
    files: dict[str, dict[str, list[File]]],
    config: Config,
    example: Pair | None,
) -> str:
    families, validation = config.inverter == "program", manifest.get("validation")
    counts, empty = manifest["counts"], _empty_configs(files)
    verdict_rows = []
    for verdict in VERDICTS:
        verdict_rows.append([f"**{verdict}**", "", counts[verdict]])
        reasons = sorted(counts["reasons"][verdict].items(), key=lambda item: (-item[1], item[0]))
        verdict_rows += [["", md(r), n] for r, n in reasons]
    checks = [
        [md(c["id"]), c["version"], "yes" if c["required"] else "no", c["pass"], c["fail"],
         c["not_run"], percent(c["pass"], c["pass"] + c["fail"])]
        for c in manifest["checks"]
    ]  # fmt: skip
    splits = []
    for config_name in files:
        text = (CONFIGS | VALIDATION_CONFIGS)[config_name]
        rows = {split: sum(f.rows for f in parts) for split, parts in files[config_name].items()}
        listed = ", ".join(f"{split} {n}" for split, n in rows.items())
        splits.append([f"`{config_name}`", text, listed])
    lengths = [
        [split, v["pairs"], v["traced"],
         *(round(v[f"{d}_chars"] / max(v["pairs"], 1)) for d in ("forward", "reverse"))]
        for split in files["pairs"]
        if (v := manifest["views"].get(split))
    ]  # fmt: skip
    loads = "\n".join(
        f'load_dataset("PATH_OR_HUB_ID", "{config_name}")' for config_name in files
        if config_name not in empty
    )  # fmt: skip
    parts = [
        f"# {md(name)}",
        families_card.INTRO
        if families
        else f"Forward reasoning problems from {md(source)}, each with a *reverse* problem made "
        "from it: the forward answer has become a given, and one forward given has become the "
        "unknown. Every source row is here: as a pair, or among the rejected with the reason.",
        *([config.card.source_note.strip()] if config.card.source_note else []),
        *(["## What it is, and what it is not", families_card.WHAT] if families else []),
        *([families_card.example(example)] if example else []),
        "## Load",
        f"```python\nfrom datasets import load_dataset\n\n{loads}\n```",
        *(
            [
                "Empty in this build: " + ", ".join(f"`{e}`" for e in empty) + ". `datasets` "
                'refuses to load a table without rows ("corresponds to no data"); with '
                "`streaming=True` it gives none."
            ]
            if empty
            else []
        ),
        table(["config", "holds", "rows"], splits),
        "The views hold pairs whose verdict is: " + ", ".join(config.views.verdicts) + ". Both "
        "problems of a pair are always in the same split.",
        *(["## Families", families_card.families_table(manifest)] if families else []),
        *(["## How it was made and checked", families_card.MADE] if families else []),
        "## Verdicts",
        table(["verdict", "reason", "pairs"], verdict_rows),
        f"Together {counts['source_rows']} {'pairs made' if families else 'rows of the source'}. "
        "A pair may have several reasons. "
        "*Unverified* means that a required check could not be run.",
        "## Checks",
        table(["check", "version", "required", "pass", "fail", "not run", "pass rate"], checks)
        if checks
        else "No check was run.",
        *([] if families else ["## Contamination", *_contamination(manifest)]),
        *(validation_card.section(validation) if validation else []),
        "## Template",
        f"One for both directions:\n\n```\n{TEMPLATE}\n```",
        "Where either problem of a pair has no trace, both completions are the last line alone "
        "(`traced` is false). Traces are stripped of layout of their own: opening fillers, "
        "headings, `Answer:` markers, bold, rules, boxes, control tokens.",
        table(["split", "pairs", "traced", "forward chars", "reverse chars"], lengths)
        + "\n\nMean characters of a completion"
        + ("." if families else "; the two directions are not made equally long."),
        "A classifier that sees nothing but layout (50 % is chance) tells:",
        table(["what", "accuracy", "95 % interval", "pairs"], _probe_rows(manifest)),
        "## Statistics",
        "![Lengths of the traces](plots/traces.png)",
        *([families_card.lengths_table(manifest) + "\n\nMean characters."] if families else []),
        "## Fields",
        *_fields(TABLES | (VALIDATION_TABLES if validation else {})),
        *(["## Limitations", families_card.LIMITS] if families else []),
        "## Licence",
        f"`{md(config.card.license)}`" + (" (of the source)." if not families else "."),
        "## Provenance",
        "\n".join(_provenance(manifest, config)),
        "## Citation",
        "```bibtex\n" + citation(manifest["r1k"]) + "\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _contamination(manifest: dict[str, Any]) -> list[str]:
    """What the pairs were compared with and what came of it, and with what they were not."""
    if "benchmarks" not in manifest:
        return ["What the pairs were compared with is not recorded."]
    found = manifest["benchmarks"]
    sources, missing = found["checked"], found["not_checked"]
    parts = []
    if sources:
        rows = [
            [md(s["name"]), md(s["source"]), md(s["revision"] or "a local file"), s["rows"]]
            for s in sources
        ]
        by = found["rejected"]
        parts += [
            "Both questions of every pair were compared with those of these benchmarks, by the "
            "rule of s1: 8 words between spaces in a row in common, without case, and the pair is "
            "rejected (`uncontaminated`).",
            table(["benchmark", "source", "revision", "questions"], rows),
            f"Rejected for it: {sum(by.values())} pairs (the forward question alone repeats one in "
            f"{by['forward']}, the reverse question alone in {by['reverse']}, both in "
            f"{by['both']}). Questions that tell the same in other words are not found.",
        ]
    if missing:
        parts.append(
            f"**Not checked against {md(with_reasons(missing))}.** Whether pairs repeat a part of "
            "these is not known."
        )
    return parts or [
        "Not checked against any benchmark, as the configuration asks (`checks.against` is empty)."
    ]


def _fields(tables: dict[str, type[BaseModel]]) -> list[str]:
    """A table of columns for each table of the dataset."""
    parts = []
    for title, model in tables.items():
        types = {field.name: str(field.type).partition("<")[0] for field in arrow_schema(model)}
        rows = [[f"`{name}`", types[name], text] for name, text in FIELDS[model].items()]
        parts += [f"**{title}**", table(["column", "type", "what it holds"], rows)]
    return parts


def _empty_configs(files: dict[str, dict[str, list[File]]]) -> list[str]:
    return [
        name
        for name in files
        if not any(part.rows for parts in files[name].values() for part in parts)
    ]


def _probe_rows(manifest: dict[str, Any]) -> list[list[Any]]:
    rows = []
    for what, score in manifest["layout_probe"].items():
        if score["accuracy"] is None:
            rows.append([what, "too few pairs", "–", score["pairs"]])
            continue
        interval = f"{100 * score['low']:.1f} to {100 * score['high']:.1f} %"
        rows.append([what, f"{100 * score['accuracy']:.1f} %", interval, score["pairs"]])
    return rows


def _provenance(manifest: dict[str, Any], config: Config) -> list[str]:
    lines = [f"- source {md(key)}: {md(value)}" for key, value in manifest["source"].items()]
    lines.append(f"- inverter: {config.inverter}, seed {config.seed}")
    for role, model in (("inversion", config.llm.invert), ("solving", config.llm.solve)):
        if model:
            lines.append(f"- model for {role}: {md(model.model)}, revision {md(model.revision)}")
    lines += [f"- prompt {md(n)}: SHA-256 {p['sha256']}" for n, p in manifest["prompts"].items()]
    lines += [f"- tokens, {md(name)}: {md(n)}" for name, n in manifest["tokens"].items()]
    lines.append(
        f"- made by r1k {manifest['r1k']}; `manifest.json` has the whole config, the library "
        "versions, and the SHA-256 of every file"
    )
    return lines
