"""One stage of an experiment: TRL's own command, from where it was interrupted.

    python -m r1k.experiment.train out/experiment/seed-0/mixed/mixed.yaml

A checkpoint is gone on from only if the recipe and the weights that it began with are the same, and
it was written whole; else the stage starts afresh.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import yaml

from r1k.evaluation.weights import weights_hash
from r1k.schema import sha256


def main(recipe: Path) -> None:
    """Become `trl`, with the arguments that this stage needs."""
    text = recipe.read_text(encoding="utf-8")
    keys = yaml.safe_load(text)
    folder, model = Path(keys["output_dir"]), keys["model_name_or_path"]
    start = weights_hash(Path(model)) if Path(model).is_dir() else model
    begun = json.dumps({"recipe": sha256(text.encode()), "model": start})
    file = folder / "begun.json"
    if not file.exists() or file.read_text(encoding="utf-8") != begun:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        file.write_text(begun, encoding="utf-8")
    words = ["trl", text.split()[2], "--config", str(recipe)]
    last = _last_checkpoint(folder)
    if last is not None:
        words += ["--resume_from_checkpoint", str(last)]
    os.execvp(words[0], words)


def _last_checkpoint(folder: Path) -> Path | None:
    """The last one that can be gone on from. The trainer writes its state at the end; a recipe
    with save_only_model has none to go on from."""
    found = [p for p in folder.glob("checkpoint-*") if (p / "trainer_state.json").exists()]
    whole = [p for p in found if (p / "scheduler.pt").exists() or (p / "latest").exists()]
    return max(whole, key=lambda p: int(p.name.split("-")[-1]), default=None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
