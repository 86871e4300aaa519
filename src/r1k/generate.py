"""`r1k generate`: a forward dataset goes in, a verified reverse dataset comes out.

This process only supervises. The distilabel pipeline runs in a child of its own process group,
so that whatever happens to it, and to its workers, ends here: a step that cannot go on says why
in the run folder, and the whole group is killed. What was completed is in the store; the same
command carries on.
"""

import asyncio
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

import orjson
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from r1k.cluster import check_ray
from r1k.config import PAPER_BENCHMARKS, ChecksConfig, Config, LLMConfig, ModelConfig
from r1k.curation.near import Near, find_near, split_of
from r1k.errors import UserError
from r1k.fatal import read_fatal, reserve_fatal
from r1k.generate_families import generate_families
from r1k.hub.write import Tag, check_out, write_dataset
from r1k.inversion.llm import prompts
from r1k.inversion.openai_client import OpenAIBackend
from r1k.inversion.store import Store
from r1k.model_files import folder_hash
from r1k.progress import Progress
from r1k.schema import Check, Pair, arrow_schema
from r1k.source.benchmarks import (
    Benchmarks,
    read_benchmarks,
    read_paper_benchmarks,
    with_reasons,
)
from r1k.source.read import count_rows, describe, read
from r1k.verification.checks import NEAR_DUPLICATE, check_ids, verdict
from r1k.verification.uncontaminated import UNCONTAMINATED
from r1k.work import leave, lock, work_folder

PAIRS = arrow_schema(Pair)
FAMILIES_SOURCE = "families"
_POLL_SECONDS = 0.2
_QUESTIONS = ["pair_id", "verdict", "forward.question", "reverse.question"]
_BATCH = 1_000
_FULL_BYTES = 1 << 20
_DIGITS = re.compile(r"\d+")


class Stopped(Exception):
    """The run was interrupted; `code` is the exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def generate(
    source: str, config: Config, out: Path, work: Path | None = None, ray: bool = False
) -> dict[str, Any]:
    """Invert every row of `source` and write the dataset folder `out`; returns its manifest.

    The source `families` is the problem families of r1k, with the inverter `program`.

    `work` (default: `OUT.work`, beside `out`) keeps the completions: run the same call again after
    an interruption and only what is missing is asked for. With `ray`, the steps run on the Ray
    cluster of `RAY_ADDRESS`, or a local one; `work` must then be on a disk that all nodes share.

    Raises:
        UserError: anything the user can mend, before or during the run.
        Stopped: by SIGINT or SIGTERM.
    """
    started = time.time()
    _check(source, config, ray)
    check_out(out)
    work = work_folder(out, work)
    if config.inverter == "program":
        with lock(work):
            manifest = generate_families(config, out, work)
        leave(work)
        return manifest
    with lock(work):
        origin = _origin(source, config)
        # From here on the very commit that the Hub's branch or tag stands for now.
        pinned = config.source.model_copy(update={"revision": origin["revision"]})
        config = config.model_copy(update={"source": pinned, "llm": _pinned(config.llm)})
        run = work / "run"
        shutil.rmtree(run, ignore_errors=True)
        for folder in ("pairs", "progress", "benchmarks"):
            (run / folder).mkdir(parents=True)
        reserve_fatal(run)
        benchmarks = _benchmarks(config.checks)
        _check_server(config, work / "completions")
        rows, counts = _supervise(
            source, _compared(config, benchmarks, run / "benchmarks"), origin, run, work, ray
        )
        where = {key: value for key, value in origin.items() if key != "source"}
        facts: dict[str, Any] = {
            "source": {"name": origin["source"], "rows": rows, **where},
            "benchmarks": {"checked": benchmarks.sources, "not_checked": benchmarks.unread},
            "prompts": prompts(config),
            "tokens": Counter(),
            "run": _run_facts(started, ray, counts),
        }
        near = find_near(
            _questions(run), config.checks.duplicate_similarity, config.splits.similarity, owners=2
        )
        pairs = _finished(run, near, config, facts["tokens"])
        manifest = write_dataset(out, pairs, config, facts)
        shutil.rmtree(run)
        return manifest


def _benchmarks(checks: ChecksConfig) -> Benchmarks:
    """What the pairs are compared with: what was asked for must be there; else what can be had of
    the paper's, with a line about the rest."""
    if checks.against is not None:
        return read_benchmarks(checks.against, checks.benchmarks)
    if UNCONTAMINATED[0] in checks.required:
        return read_benchmarks(PAPER_BENCHMARKS, checks.benchmarks)
    found = read_paper_benchmarks(checks.benchmarks)
    if found.unread:
        print(
            f"r1k: not checked against {with_reasons(found.unread)}; give files: --checks.against "
            f"{','.join(f'{name}=PATH' for name in found.unread)}, or name others in "
            f"{checks.benchmarks}",
            file=sys.stderr,
        )
    return found


def _compared(config: Config, benchmarks: Benchmarks, folder: Path) -> Config:
    """The config for the steps, which find the very questions that were read here in `folder`:
    they may be on machines without a network, and what is on the Hub may change."""
    against: list[str] = []
    for name, texts in groupby(benchmarks.texts, key=lambda text: text.benchmark):
        path = folder.absolute() / f"{len(against)}.jsonl"
        lines = (json.dumps({"question": text.text}) + "\n" for text in texts)
        path.write_text("".join(lines), encoding="utf-8")
        against.append(f"{name}={path}")
    return config.model_copy(
        update={"checks": config.checks.model_copy(update={"against": against})}
    )


def _run_facts(started: float, ray: bool, counts: Counter[str]) -> dict[str, Any]:
    """What differs from run to run."""
    return {
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
        "seconds": round(time.time() - started, 1),
        "ray": ray,
        "calls": counts["calls"],
        "calls_from_store": counts["stored"],
        "calls_failed": counts["failed"],
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }


def _pinned(llm: LLMConfig) -> LLMConfig:
    """With each model that lies in a folder pinned by what is in it: weights that were trained anew
    at the same path are another model, whose completions are not yet known."""
    if llm.backend != "transformers":
        return llm
    pins = {}
    for role in ("invert", "solve"):
        model: ModelConfig | None = getattr(llm, role)
        if model and not model.revision and Path(model.model).is_dir():
            pins[role] = model.model_copy(update={"revision": folder_hash(Path(model.model))})
    return llm.model_copy(update=pins)


def _check(source: str, config: Config, ray: bool) -> None:
    if (source == FAMILIES_SOURCE) != (config.inverter == "program"):
        raise UserError(
            f"the source {FAMILIES_SOURCE!r} and the inverter program need each other: see"
            f" recipes/generate/families.yaml (a folder of that name is ./{FAMILIES_SOURCE})"
        )
    idle = ("source", "llm", "checks", "splits") if config.inverter == "program" else ("families",)
    for section in idle:
        if getattr(config, section) != getattr(Config(), section):
            raise UserError(
                f"{section}: is not used by the inverter {config.inverter}; remove it from the"
                " config and the command"
            )
    if ray and config.inverter == "program":
        raise UserError("--ray: problem families are made on this machine; leave it out")
    if ray:
        check_ray()
    check_ids(config.checks.required)
    if UNCONTAMINATED[0] in config.checks.required and config.checks.against == []:
        raise UserError("checks.required: uncontaminated needs benchmarks: set checks.against")
    if config.inverter == "llm" and not config.llm.invert:
        raise UserError(
            "inverter llm needs a model: set llm.invert.model (see recipes/generate/openai.yaml)"
        )
    if config.inverter == "mask" and config.llm.invert:
        raise UserError(
            "inverter mask asks no model to invert: remove llm.invert, or set inverter: llm"
        )
    invert, solve = config.llm.invert, config.llm.solve
    if invert and invert.samples > 1 and not invert.temperature:
        raise UserError(
            "llm.invert.samples: at temperature 0 every sample is the same; set"
            " llm.invert.temperature to 0.7, say"
        )
    if config.llm.solve_base_url and invert and solve and invert.model == solve.model:
        raise UserError(
            "llm.solve_base_url: a call goes there by its model's name, but llm.invert and"
            " llm.solve name the same model; serve it under two names"
        )
    if config.splits.validation + config.splits.test >= 1:
        raise UserError(
            "splits: validation and test leave nothing for train; make their sum less than 1"
        )


def _check_server(config: Config, store: Path) -> None:
    """Refuse a server that cannot be reached before anything is started."""
    if config.llm.backend != "openai" or (config.inverter == "mask" and not config.llm.solve):
        return

    async def reach() -> None:
        async with OpenAIBackend(config.llm, Store(store)) as backend:
            await backend.check()

    asyncio.run(reach())


def _origin(source: str, config: Config) -> dict[str, str | None]:
    """Where the rows come from; reads the first row, so that a bad source is refused at once."""
    found = asdict(describe(source, config.source))
    next(read(source, config.source), None)
    return found


def _supervise(
    source: str, config: Config, origin: dict[str, str | None], run: Path, work: Path, ray: bool
) -> tuple[int, Counter[str]]:
    """Run the pipeline in a child and watch it; the number of rows, and the counts of calls."""
    job = {
        "source": source,
        "config": config.model_dump(mode="json"),
        "origin": origin,
        "run": str(run.absolute()),
        "store": str((work / "completions").absolute()),
        "ray": ray,
        "supervisor": os.getpid(),
    }
    (run / "job.json").write_bytes(orjson.dumps(job))
    log = work / "log"
    environment = {
        **os.environ,
        # distilabel's own tables, and nothing of ours, pass through datasets' cache.
        "HF_DATASETS_CACHE": str(run / "datasets"),
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "PYTHONWARNINGS": "ignore",
    }
    stopped: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.append(number)

    handlers = {s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)}
    with (
        log.open("a", encoding="utf-8") as output,
        Progress(run, config.llm.prices) as progress,
    ):
        child = subprocess.Popen(
            [sys.executable, "-m", "r1k.worker", str(run / "job.json")],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )

        def count() -> None:
            progress.total = count_rows(source, config.source)

        threading.Thread(target=count, daemon=True).start()  # reading a large file takes seconds
        try:
            while child.poll() is None:
                time.sleep(_POLL_SECONDS)
                progress.show()
                if stopped:
                    raise Stopped(128 + stopped[0])
                _raise_fatal(run, log)
                if not ray:
                    _raise_lost_step(progress, log)
            _raise_fatal(run, log)
            if child.returncode:
                _raise_full_disk(log)
                last = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
                raise RuntimeError(f"the pipeline ended: {last[:300]}; see {log}")
            progress.show(final=True)
            rows = int((run / "rows").read_text())
            return rows, progress.steps().get("invert", Counter())
        finally:
            _kill_group(child)
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _raise_fatal(run: Path, log: Path) -> None:
    fatal = read_fatal(run)
    if fatal is None:
        return
    if fatal["line"]:
        raise UserError(fatal["line"])
    with log.open("a", encoding="utf-8") as output:
        output.write(fatal["detail"])
    raise RuntimeError(f"{fatal['detail'].strip().splitlines()[-1]}; see {log}")


def _raise_lost_step(progress: Progress, log: Path) -> None:
    """multiprocessing's pool replaces a worker that was killed, but not the work it had."""
    for name, counts in progress.steps().items():
        if counts["pid"] and not counts["ended"] and not psutil.pid_exists(counts["pid"]):
            _raise_full_disk(log)
            raise RuntimeError(
                f"the step {name!r} was killed (out of memory?); the same command carries on;"
                f" see {log}"
            )


def _raise_full_disk(log: Path) -> None:
    """A full disk may end distilabel itself, which then says so in no way that we could catch."""
    if shutil.disk_usage(log.parent).free < _FULL_BYTES:
        raise UserError(
            f"{log.parent}: no space left on this disk; free some, or set --work and -o"
        )


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _shards(run: Path) -> list[Path]:
    return sorted((run / "pairs").glob("*.parquet"))


def _questions(run: Path) -> Iterator[tuple[str, str]]:
    """Forward and reverse question of every pair, with what two duplicates must have in common."""
    for shard in _shards(run):
        for batch in pq.ParquetFile(shard).iter_batches(_BATCH, columns=_QUESTIONS):
            for row in batch.to_pylist():
                # A rejected pair repeats nothing, and nothing repeats it.
                own = row["pair_id"] if row["verdict"] == "rejected" else ""
                for direction in ("forward", "reverse"):
                    text = (row[direction] or {}).get("question") or row["pair_id"]
                    yield text, own or " ".join(sorted(_DIGITS.findall(text)))


def _finished(
    run: Path, near: Near, config: Config, tokens: Counter[str]
) -> Iterator[tuple[Tag, pa.RecordBatch]]:
    """The shards in source order, with the outcome of `near_duplicate` and cut into splits.

    Adds the tokens of all calls to `tokens`.
    """
    seen: Counter[str] = Counter()
    keys: dict[int, str] = {}
    ids: dict[int, str] = {}
    at = 0
    for shard in _shards(run):
        for batch in pq.ParquetFile(shard).iter_batches(_BATCH):
            rows = batch.to_pylist()
            splits: list[Tag] = []
            changed = False
            for row in rows:
                for kind in ("prompt_tokens", "completion_tokens"):
                    tokens[kind] += row["provenance"][kind]
                seen[row["pair_id"]] += 1
                if seen[row["pair_id"]] > 1:
                    row["pair_id"] += f"-{seen[row['pair_id']]}"
                    changed = True
                ids[at] = row["pair_id"]
                first = int(near.first[2 * at])
                if first != 2 * at and row["reverse"]:
                    _mark_duplicate(row, ids[first // 2], float(near.similarity[2 * at]), config)
                    changed = True
                group = int(near.group[at])
                key = keys.setdefault(group, row["pair_id"])
                rejected = row["verdict"] == "rejected"
                splits.append(
                    "rejected"
                    if rejected
                    else split_of(key, config.splits.validation, config.splits.test)
                )
                at += 1
            if changed:
                batch = pa.RecordBatch.from_pylist(rows, schema=PAIRS)
            for name in sorted(set(splits)):
                yield name, batch.filter(pa.array([s == name for s in splits]))


def _mark_duplicate(row: dict[str, Any], of: str, similarity: float, config: Config) -> None:
    near, version = NEAR_DUPLICATE
    checks = [Check(**c) for c in row["checks"] if c["id"] != near]
    checks.append(
        Check(
            id=near,
            version=version,
            outcome="fail",
            required=near in config.checks.required,
            evidence=f"the forward question repeats that of {of} ({similarity:.0%} alike)",
        )
    )
    row["checks"] = [c.model_dump() for c in checks]
    row["verdict"], row["reasons"] = verdict(checks)
