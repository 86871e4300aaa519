"""Run recipes whole, one after the other, and print what came of them as a table.

    python -m benchmarks.recipes recipes/forward.yaml recipes/mixed.yaml recipes/dpo.yaml

Each is run by the command in its first line; its output goes to OUTPUT_DIR.log, and at its end the
time that it took. A recipe whose model is there is not run again: only its row is printed.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml
from transformers.trainer_utils import get_last_checkpoint

from benchmarks.machine import describe

ROOT = Path(__file__).parents[1]
COLUMNS = (
    "recipe",
    "steps",
    "minutes",
    "loss",
    "validation loss",
    "reward accuracy",
    "reward margin",
    "reward of the chosen",
)


def run(recipe: Path) -> float:
    """Run a recipe as its first line says, if it has not been; the minutes that it took."""
    out = ROOT / yaml.safe_load(recipe.read_text(encoding="utf-8"))["output_dir"]
    log = out.with_suffix(".log")
    if (out / "model.safetensors").exists():
        return float(log.read_text(encoding="utf-8").rpartition("minutes: ")[2])
    words = recipe.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ").split()
    words[0] = str(Path(sys.executable).with_name(words[0]))
    out.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as file:
        done = subprocess.run(words, cwd=ROOT, stdout=file, stderr=file, check=False)
        if done.returncode:
            sys.exit(f"{recipe} failed: {log}")
        minutes = (time.monotonic() - started) / 60
        file.write(f"\nminutes: {minutes}\n")
    return minutes


def results(recipe: Path) -> dict[str, Any]:
    """The last of what a run logged: of the training (the mean of its last tenth), and of the
    validation. A reward is beta times what a completion's log-probability has gained."""
    out = ROOT / yaml.safe_load(recipe.read_text(encoding="utf-8"))["output_dir"]
    last = Path(str(get_last_checkpoint(str(out))))
    state = json.loads((last / "trainer_state.json").read_text(encoding="utf-8"))
    losses = [row["loss"] for row in state["log_history"] if "loss" in row]
    tail = losses[-max(1, len(losses) // 10) :]
    evaluated = [row for row in state["log_history"] if "eval_loss" in row]
    end = evaluated[-1] if evaluated else {}
    return {
        "steps": state["global_step"],
        "loss": sum(tail) / len(tail),
        "validation loss": end.get("eval_loss"),
        "reward accuracy": end.get("eval_rewards/accuracies"),
        "reward margin": end.get("eval_rewards/margins"),
        "reward of the chosen": end.get("eval_rewards/chosen"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipes", type=Path, nargs="+", metavar="RECIPE")
    options = parser.parse_args()
    rows = []
    for recipe in options.recipes:
        minutes = run(recipe)
        rows.append({"recipe": f"`{recipe}`", "minutes": minutes, **results(recipe)})
        print(f"{recipe}: {rows[-1]}", file=sys.stderr)
    print(describe("torch", "transformers", "trl"), end="\n\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}")
    for row in rows:
        cells = [row[column] for column in COLUMNS]
        cells[2] = f"{cells[2]:.1f}"
        shown = ["" if c is None else f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells]
        print(f"| {' | '.join(shown)} |")


if __name__ == "__main__":
    main()
