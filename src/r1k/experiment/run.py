"""`r1k experiment`: plan the runs, and let Snakemake do what is missing or has changed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
from huggingface_hub import hf_hub_download

from r1k.errors import UserError
from r1k.experiment.plan import ExperimentConfig, Run, make_plan
from r1k.machine import machine
from r1k.offline import prefer_cache
from r1k.progress import Ticker, clock
from r1k.work import lock

SNAKEFILE = Path(__file__).with_name("Snakefile")
PACKAGES = ("torch", "transformers", "trl", "accelerate", "datasets", "lighteval", "r1k")
_STEPS = re.compile(r"^(\d+) of (\d+) steps ", re.MULTILINE)
_FAILED = re.compile(r"^Error in rule (\w+):.*?^ {4}log: (\S+)", re.MULTILINE | re.DOTALL)


def experiment(config: ExperimentConfig, extra: Sequence[str]) -> None:
    """Train, measure and score every run that is not done yet.

    `extra` goes to Snakemake: `--executor slurm --jobs 8`, `--dry-run`.

    Raises:
        UserError: a recipe that cannot be used, a model that is not there, a step that failed,
            another run in the folder.
    """
    if find_spec("snakemake") is None:
        raise UserError("r1k experiment needs: pip install -c constraints.txt -e '.[experiment]'")
    runs = make_plan(config)
    if not _is_dry(extra):
        _look_for(config.model)
    with lock(config.out, "--out") as held:
        plan = _write(config, runs)
        code = _snakemake(config, plan, runs, extra, held.fileno())
    if code:
        raise UserError(_why(config.out / "snakemake.log"))


def _is_dry(extra: Sequence[str]) -> bool:
    return "--dry-run" in extra or "-n" in extra


def _look_for(model: str) -> None:
    """Before the data is made and a step starts that needs it."""
    name, _, revision = model.partition("@")
    if Path(name).is_dir():
        if not (Path(name) / "config.json").exists():
            raise UserError(f"model: {name}: no config.json in this folder; name a model's folder")
        return
    prefer_cache()
    try:
        hf_hub_download(name, "config.json", revision=revision or None)
    except (OSError, ValueError) as e:
        why = str(e).strip().splitlines()[0]
        raise UserError(
            f"model: {name}: no folder here, and cannot be had from the Hub: {why}"
        ) from None


def _write(config: ExperimentConfig, runs: list[Run]) -> Path:
    """The plan, the recipes, and what the experiment is made on. A file that would be the same is
    left alone: its time is what Snakemake goes by."""
    for run in runs:
        for stage in run.stages:
            _put(Path(stage.recipe), stage.text)
    for seed in config.seeds:
        base = config.out / f"seed-{seed}" / "base"
        if not base.is_symlink():
            base.symlink_to(Path("..") / "base")
    words = ["--data", config.data, "--split", config.dynamics.split]
    words += ["--dtype", config.dynamics.dtype]
    words += ["--pairs", str(config.dynamics.pairs)] if config.dynamics.pairs else []
    plan: dict[str, Any] = {
        "out": str(config.out),
        "model": config.model,
        "asked_model": config.model.replace("@", ",revision="),
        "data": config.data,
        "generate": str(config.generate) if config.generate else None,
        "sources": _sources(config),
        "threads": config.threads,
        "dynamics": " ".join(words),
        **config.scores.model_dump(mode="json"),
        "runs": [
            run._asdict() | {"stages": [{"folder": s.folder, "after": s.after} for s in run.stages]}
            for run in runs
        ],
    }
    file = config.out / "plan.json"
    _put(file, json.dumps(plan, indent=1))
    return file


def _sources(config: ExperimentConfig) -> list[str]:
    """The files that everything is done again for if they change: the weights that all starts
    from, and the data. What is on the Hub is known by its name."""
    weights = sorted(Path(config.model).glob("*.safetensors"))
    made = config.out / "data.done"
    manifest = Path(config.data) / "manifest.json"
    data = [made] if config.generate else [manifest] if manifest.exists() else []
    return [str(path) for path in [*weights, *data]]


def _put(file: Path, text: str) -> None:
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _snakemake(
    config: ExperimentConfig, plan: Path, runs: list[Run], extra: Sequence[str], held: int
) -> int:
    words = [
        sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE), "--config",
        f"plan={plan}", "--rerun-incomplete", "--keep-going", "--nolock", "--nocolor",
    ]  # fmt: skip
    if not {"--cores", "-c", "--jobs", "-j"} & set(extra):
        words += ["--cores", str(config.jobs * config.threads)]
    words += extra
    environment = os.environ | {
        # The commands of this environment, whether it is activated or not.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "R1K_DATASET": config.data,
        # lighteval's start asks the network for a price list otherwise, three times.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "R1K_MAX_TOKENS": str(config.scores.max_tokens),
    }
    if _is_dry(extra):
        return subprocess.run(words, env=environment, check=False).returncode
    markers = _markers(config, runs)
    log = config.out / "snakemake.log"
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as said, Ticker() as ticker:
        # It holds the lock, too: if this process is killed, Snakemake goes on without it.
        process = subprocess.Popen(
            words, env=environment, stdout=said, stderr=said, pass_fds=[held]
        )
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            while process.poll() is None:
                ticker.tick(_line(markers, log, time.monotonic() - started))
                time.sleep(1)
        except BaseException:
            # What the jobs leave half done is done again.
            for child in psutil.Process(process.pid).children(recursive=True):
                child.terminate()
            process.terminate()
            process.wait()
            raise
        finally:
            _record(config, time.monotonic() - started)
        ticker.tick(_line(markers, log, time.monotonic() - started), final=True)
    return process.returncode


def _markers(config: ExperimentConfig, runs: list[Run]) -> dict[str, list[Path]]:
    """The file that each step leaves when it is done, by what it does."""
    return {
        "trained": [Path(f"{stage.folder}.trained") for run in runs for stage in run.stages],
        "measured": [Path(run.folder) / "dynamics.done" for run in runs],
        "scored": [Path(run.folder) / "scores.done" for run in runs],
    }


def _line(markers: dict[str, list[Path]], log: Path, elapsed: float) -> str:
    """What there is of the whole plan; and the steps of this command, which may be fewer."""
    parts = [
        f"{sum(file.exists() for file in files)}/{len(files)} {what}"
        for what, files in markers.items()
    ]
    steps = _STEPS.findall(log.read_text(encoding="utf-8", errors="replace"))
    if not steps:
        return " | ".join([*parts, clock(elapsed)])
    done, total = map(int, steps[-1])
    left = clock((total - done) / done * elapsed)
    rate = f"{60 * done / elapsed:.1f} steps/min"
    return " | ".join([*parts, f"{done}/{total} steps", rate, f"{left} left"])


def _record(config: ExperimentConfig, seconds: float) -> None:
    """What the report says of how the runs were made."""
    file = config.out / "machine.json"
    known = json.loads(file.read_bytes()) if file.exists() else {}
    minutes = known.get("minutes of work", 0.0) + seconds / 60
    facts = machine() | {name: version(name) for name in PACKAGES}
    facts |= {"jobs side by side": config.jobs, "threads of each": config.threads}
    _put(file, json.dumps(facts | {"minutes of work": round(minutes, 1)}, indent=1))


def _why(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    failed = sorted({f"{rule}: {file}" for rule, file in _FAILED.findall(text)})
    where = "; ".join(failed[:5]) or str(log)
    return f"not all steps ended well; see {where}; mend it and run the same command again"
