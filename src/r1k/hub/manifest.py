"""`manifest.json`: what a dataset was made from, with what, and what came out.

All but the key `run` (times, the machine) is the same for the same input, config and libraries.
"""

import json
import platform
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit, urlunsplit

import polars as pl
import pyarrow as pa

from r1k.config import Config
from r1k.schema import Verdict, public_name, sha256
from r1k.verification.uncontaminated import RULE, SAID, UNCONTAMINATED
from r1k.views.table import File

LIBRARIES = (
    "datasets",
    "math-verify",
    "matplotlib",
    "numpy",
    "polars",
    "pyarrow",
    "pydantic",
    "scikit-learn",
)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


class Tally:
    """Counts over the pairs as they stream by."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.checks: Counter[tuple[str, int, bool, str]] = Counter()
        self.contaminated: Counter[str] = Counter()

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a batch of `arrow_schema(Pair)`."""
        frame = pl.from_arrow(batch.select(["verdict", "reasons", "checks"]))
        assert isinstance(frame, pl.DataFrame)
        self.verdicts.update(frame["verdict"].to_list())
        reasons = frame.select("verdict", "reasons").explode("reasons").drop_nulls()
        self.reasons.update(reasons.rows())
        checks = frame["checks"].explode().drop_nulls()
        if len(checks):
            table = checks.struct.unnest()
            self.checks.update(table.select("id", "version", "required", "outcome").rows())
            failed = (pl.col("id") == UNCONTAMINATED[0]) & (pl.col("outcome") == "fail")
            for evidence in table.filter(failed)["evidence"]:
                which = [direction for direction, said in SAID.items() if said in evidence]
                self.contaminated["both" if len(which) > 1 else which[0]] += 1

    def counts(self) -> dict[str, Any]:
        """Rows in all, by verdict, and for each verdict by reason, commonest first."""
        ordered = sorted(self.reasons.items(), key=lambda item: (-item[1], item[0]))
        return {
            "source_rows": self.verdicts.total(),
            **{verdict: self.verdicts[verdict] for verdict in VERDICTS},
            "reasons": {
                verdict: {reason: n for (of, reason), n in ordered if of == verdict}
                for verdict in VERDICTS
            },
        }

    def outcomes(self) -> list[dict[str, Any]]:
        """For each check and version: whether it was required, and its outcomes."""
        return [
            {"id": id_, "version": number, "required": required}
            | {o: self.checks[id_, number, required, o] for o in ("pass", "fail", "not_run")}
            for id_, number, required in sorted({key[:3] for key in self.checks})
        ]


def make_manifest(
    config: Config,
    facts: dict[str, Any],
    tally: Tally,
    files: dict[str, dict[str, list[File]]],
    views: dict[str, Any],
    layout_probe: dict[str, Any],
    statistics: dict[str, Any],
) -> dict[str, Any]:
    """Put the manifest together; see `write_dataset` for `facts`.

    Raises:
        RuntimeError: the verdicts do not add up to the rows of the source.
    """
    counts = tally.counts()
    expected = facts.get("source", {}).get("rows", counts["source_rows"])
    judged = sum(counts[verdict] for verdict in VERDICTS)
    if not expected == counts["source_rows"] == judged:
        raise RuntimeError(
            f"{expected} source rows, but {judged} pairs came with a verdict: rows were lost"
        )
    return {
        "made_by": "r1k",
        "r1k": version("r1k"),
        # The last number of the version changes nothing, and differs from machine to machine.
        "python": ".".join(platform.python_version_tuple()[:2]),
        "libraries": {name: version(name) for name in LIBRARIES},
        "seed": config.seed,
        "config": _public(config),
        "source": facts.get("source", {}),
        "prompts": {
            name: {"text": text, "sha256": sha256(text)}
            for name, text in facts.get("prompts", {}).items()
        },
        "tokens": facts.get("tokens", {}),
        "counts": counts,
        "checks": tally.outcomes(),
        **_contamination(facts, tally),
        "views": views,
        "layout_probe": layout_probe,
        "statistics": statistics,
        "files": list_files(files),
        "run": facts.get("run", {}),
    }


def _contamination(facts: dict[str, Any], tally: Tally) -> dict[str, Any]:
    """With which benchmarks the pairs were compared, with which not, and how many repeat one by
    the question that does."""
    if "benchmarks" not in facts:
        return {}
    rejected = {which: tally.contaminated[which] for which in (*SAID, "both")}
    return {"benchmarks": {**facts["benchmarks"], "rule": RULE, "rejected": rejected}}


def list_files(files: dict[str, dict[str, list[File]]]) -> dict[str, Any]:
    """Split, rows and SHA-256 of each data file of each config and split."""
    return {
        f"{name}/{file.path.name}": {"split": split, "rows": file.rows, "sha256": file.sha256}
        for name, splits in files.items()
        for split, parts in splits.items()
        for file in parts
    }


def dump(manifest: dict[str, Any]) -> str:
    """The manifest as text, keys sorted."""
    return json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def is_ours(path: Path, command: str | None = None) -> bool:
    """Whether `path` is a manifest that r1k wrote: `r1k generate` (None), or another command."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(manifest, dict) or manifest.get("made_by") != "r1k":
        return False
    return bool(manifest.get("command") == command)


def public_against(one: str) -> str:
    """A benchmark, `NAME` or `NAME=PATH`, with no more of the path than its last part."""
    name, equals, path = one.partition("=")
    return name + equals + (public_name(str(Path(path).absolute())) or "" if path else "")


def _public(config: Config) -> dict[str, Any]:
    """The config without what a server's address may hold (`http://user:password@host`) and
    without the folders of this machine."""
    tree: dict[str, Any] = config.model_dump(mode="json")
    if config.llm.recorded:
        tree["llm"]["recorded"] = config.llm.recorded.name
    tree["families"]["apart"] = [public_name(str(p)) for p in config.families.apart]
    if config.inverter == "program":  # compares with none
        del tree["checks"]["against"], tree["checks"]["benchmarks"]
    else:
        against = config.checks.against
        tree["checks"]["against"] = against and [public_against(one) for one in against]
        tree["checks"]["benchmarks"] = public_name(str(config.checks.benchmarks))
    for role in ("invert", "solve"):
        if tree["llm"][role]:
            tree["llm"][role]["model"] = public_name(tree["llm"][role]["model"])
    for key in ("base_url", "solve_base_url"):
        if url := tree["llm"][key]:
            parts = urlsplit(url)
            tree["llm"][key] = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return tree
