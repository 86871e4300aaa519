"""How fast models are scored: lighteval's command beside a loop over transformers, one by one.

    python -m benchmarks.eval [MODEL]

Both score the margins of the 500 pairs of `test` in both directions: 1,000 prompts with three
completions each. The loop takes every tenth prompt, one text after the other. Also the time that
r1k_consistency takes, the answers to the same 1,000 questions. All with all cores. Seconds are
those of whole commands, start included, and (`evaluation`) those that lighteval counts itself.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.machine import describe
from r1k.hub.markdown import table

ROOT = Path(__file__).parents[1]
EVERY = 10
_DIRECTION = "r1k_direction:forward|0,r1k_direction:reverse|0"


def by_lighteval(model: str, tasks: str, settings: str) -> tuple[float, float]:
    """Seconds of the whole command, and of the evaluation in it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        words = [
            str(Path(sys.executable).with_name("lighteval")),
            "accelerate",
            f"model_name={model},{settings},cache_dir={folder}/cache",
            tasks,
            "--custom-tasks",
            "tasks/r1k.py",
            "--output-dir",
            str(out),
            "--save-details",
        ]
        started = time.monotonic()
        subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
        whole = time.monotonic() - started
        (file,) = out.rglob("results_*.json")
        general = json.loads(file.read_bytes())["config_general"]
        return whole, float(general["total_evaluation_time_secondes"])


def one_by_one(model: str) -> tuple[float, int]:
    """Seconds of the loop, and its prompts."""
    rows = list(load_dataset(str(ROOT / "datasets" / "r1k"), "preference", split="test"))
    tokenizer = AutoTokenizer.from_pretrained(ROOT / model)
    network = AutoModelForCausalLM.from_pretrained(ROOT / model, dtype=torch.float32)
    prompts = rows[::EVERY]
    started = time.monotonic()
    for index, row in enumerate(prompts):
        start = tokenizer.apply_chat_template(
            row["prompt"], add_generation_prompt=True, tokenize=False
        )
        before = len(tokenizer(start)["input_ids"])
        other = rows[(index * EVERY + len(rows) // 2) % len(rows)]
        for completion in (row["chosen"], row["rejected"], other["chosen"]):
            ids = torch.tensor([tokenizer(start + completion[0]["content"])["input_ids"]])
            with torch.inference_mode():
                scores = network(ids).logits[0].log_softmax(-1)
            scores[before - 1 : -1].gather(-1, ids[0, before:, None]).mean().item()
    return time.monotonic() - started, len(prompts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", nargs="?", default="models/r1k-tiny")
    model = parser.parse_args().model
    loop, prompts = one_by_one(model)
    rows = [
        ["margins, transformers one by one", prompts, f"{loop:.0f}", "", f"{prompts / loop:.1f}"]
    ]
    for name, tasks, settings in (
        ("margins, lighteval", _DIRECTION, "dtype=float32,batch_size=16"),
        ("margins, lighteval", _DIRECTION, "dtype=bfloat16,batch_size=16"),
        ("answers, lighteval", "r1k_consistency|0", "dtype=float32,batch_size=64"),
    ):
        whole, inside = by_lighteval(model, tasks, settings)
        label = f"{name}, {settings.replace(',', ', ')}"
        rows.append([label, 1000, f"{whole:.0f}", f"{inside:.0f}", f"{1000 / whole:.1f}"])
    print(describe("torch", "transformers", "lighteval"), "\n")
    print(table(["", "prompts", "seconds", "evaluation", "prompts per second"], rows))


if __name__ == "__main__":
    main()
