"""How fast the recipes train: beside TRL's defaults and the settings of s1, on the same rows.

    python -m benchmarks.train cpu
    R1K_DATA=FOLDER python -m benchmarks.train gpu --size 0.5

`cpu`: models/r1k-tiny on the forward view of datasets/r1k, with the settings of
recipes/forward.yaml. `gpu`: a Qwen2.5 of random weights, of 0.5 or 1.5 billion, on the traces of
paper-sample-100.parquet, with the settings of recipes/qwen2.5-7b-instruct/forward.yaml on one GPU.

Each setting trains in a process of its own, in turns; the figures are medians of the rounds. Tokens
are those of the rows, without padding; the first updates, in which memory is found and kernels are
made, are left out. The loss says that all three learn the same.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from r1k.recipes import read_recipe

ROOT = Path(__file__).parents[1]
SETTINGS = ("recipe", "trl", "s1")
WARM_UP, UPDATES, ROWS = 3, 20, 16  # rows an update, in all settings
# s1's train/sft.sh: one row at a time, bf16, gradient checkpointing, padded to the longest.
S1 = {
    "per_device_train_batch_size": 1, "gradient_accumulation_steps": ROWS, "bf16": True,
    "activation_checkpointing": True, "lr_scheduler_type": "cosine", "weight_decay": 1e-4,
    "adam_beta2": 0.95, "max_length": 32768,
}  # fmt: skip
TRL = {"per_device_train_batch_size": 8, "gradient_accumulation_steps": ROWS // 8}
_PEAK = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "4090": 165e12}  # bf16, dense


def measure(setting: str, device: str, size: str, out: Path) -> dict[str, float]:
    """Train once; tokens a second, peak memory in GB, the loss, and on a GPU the share of its
    peak."""
    import psutil
    import torch
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

    model, rows, path = (_tiny if device == "cpu" else _real)(size)
    if setting == "recipe":
        args = read_recipe(
            path, ["--gradient_accumulation_steps", "1", "--max_steps", "1"]
        ).training
        if device == "gpu":
            args = read_recipe(
                path, ["--use_cpu", "false", "--gradient_accumulation_steps", str(ROWS)]
            ).training
    else:
        args = SFTConfig(
            output_dir=str(out), **(TRL if setting == "trl" else S1), use_cpu=device == "cpu"
        )
        args.max_length = args.max_length if device == "cpu" else 32768  # or most is cut
    changed = {
        "output_dir": str(out), "max_steps": WARM_UP + UPDATES, "eval_strategy": "no",
        "save_strategy": "no", "learning_rate": 1e-4, "warmup_steps": 0, "report_to": [],
        "include_num_input_tokens_seen": "non_padding", "logging_steps": 1, "disable_tqdm": True,
        "seed": 0,
    }  # fmt: skip
    for key, value in changed.items():
        setattr(args, key, value)
    marks: list[tuple[float, int]] = []

    class Clock(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if device == "gpu":
                torch.cuda.synchronize()
            marks.append((time.perf_counter(), int(state.num_input_tokens_seen)))

    trainer = SFTTrainer(model, args=args, train_dataset=rows, callbacks=[Clock()])
    trainer.train()
    (start, before), (end, after) = marks[WARM_UP - 1], marks[-1]
    rate = (after - before) / (end - start)
    found = {
        "rate": rate,
        "memory": psutil.Process().memory_full_info().uss / 1e9,
        "loss": trainer.state.log_history[-2]["loss"],
    }
    if device == "gpu":
        found["memory"] = torch.cuda.max_memory_allocated() / 1e9
        peak = next((v for k, v in _PEAK.items() if k in torch.cuda.get_device_name()), 0.0)
        weights = sum(p.numel() for p in trainer.model.parameters())
        found["mfu"] = 6 * weights * rate / peak if peak else float("nan")
    return found


def _tiny(size: str) -> tuple[Any, Any, Path]:
    from datasets import load_dataset

    rows = load_dataset(str(ROOT / "datasets" / "r1k"), "forward", split="train")
    return str(ROOT / "models" / "r1k-tiny"), rows, ROOT / "recipes" / "forward.yaml"


def _real(size: str) -> tuple[Any, Any, Path]:
    """A Qwen2.5 of random weights, and the real traces in the tokens of r1k-tiny."""
    import torch
    from datasets import Dataset, load_dataset
    from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

    shape = {
        "0.5": {"hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
                "num_attention_heads": 14, "num_key_value_heads": 2},
        "1.5": {"hidden_size": 1536, "intermediate_size": 8960, "num_hidden_layers": 28,
                "num_attention_heads": 12, "num_key_value_heads": 2},
    }[size]  # fmt: skip
    torch.manual_seed(0)
    config = Qwen2Config(vocab_size=151936, tie_word_embeddings=True, **shape)
    model = Qwen2ForCausalLM(config).to("cuda")
    tokenizer = AutoTokenizer.from_pretrained(ROOT / "models" / "r1k-tiny")
    sample = load_dataset(
        "parquet", data_files=f"{os.environ['R1K_DATA']}/paper-sample-100.parquet"
    )
    texts = [row["text"] for row in sample["train"]]
    # In r1k-tiny's tokens a text is longer than in Qwen's: by letters, 3.5 to one of Qwen's.
    ids = [tokenizer(t)["input_ids"][: min(len(t) * 2 // 7, 32768)] for t in texts]
    rows = Dataset.from_dict({"input_ids": ids, "labels": ids})
    return model, rows, ROOT / "recipes" / "qwen2.5-7b-instruct" / "forward.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("device", choices=["cpu", "gpu"])
    parser.add_argument("--size", choices=["0.5", "1.5"], default="0.5", help="billions, on a GPU")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=SETTINGS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        with tempfile.TemporaryDirectory() as out:
            found = measure(options.one, options.device, options.size, Path(out))
        print(json.dumps(found))
        return
    runs: dict[str, list[dict[str, float]]] = {setting: [] for setting in SETTINGS}
    for number in range(options.rounds):
        for setting in SETTINGS:
            words = [options.device, "--size", options.size, "--one", setting]
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.train", *words],
                cwd=ROOT, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                sys.exit(done.stderr[-2000:])
            runs[setting].append(json.loads(done.stdout.splitlines()[-1]))
            rate = runs[setting][-1]["rate"]
            print(f"round {number + 1}, {setting}: {rate:,.0f} tokens/s", file=sys.stderr)
    print(describe("torch", "transformers", "trl"))
    middle = {
        setting: {key: statistics.median(run[key] for run in found) for key in found[0]}
        for setting, found in runs.items()
    }
    for setting, found in middle.items():
        mfu = f"  {found['mfu']:5.1%} of the peak" if "mfu" in found else ""
        print(
            f"{setting:8} {found['rate']:9,.0f} tokens/s  {found['rate'] / middle['trl']['rate']:5.2f}"
            f" x trl  {found['memory']:6.2f} GB  loss {found['loss']:.3f}{mfu}"
        )


if __name__ == "__main__":
    main()
