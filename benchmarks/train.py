"""How fast the recipes train: beside TRL's defaults and the settings of s1, on the same rows.

    python -m benchmarks.train cpu
    R1K_DATA=FOLDER python -m benchmarks.train gpu --size 0.5

`cpu`: models/r1k-tiny on the forward view of datasets/r1k, with recipes/forward.yaml. `gpu`: a
Qwen2.5 of random weights, of 0.5 or 1.5 billion, on the traces of paper-sample-100.parquet, with
recipes/qwen2.5-7b-instruct/forward.yaml on one GPU.

Each setting trains in a process of its own, in turns; the figures are medians of the rounds. Tokens
are those of the rows, without padding; the first updates, in which memory is found and kernels are
made, are left out. The loss, of the last updates, says that all learn the same.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.machine import describe

ROOT = Path(__file__).parents[1]
WARM_UP, UPDATES, ROWS = 3, 20, 16  # rows an update, in all settings
_TRL = ["--gradient_accumulation_steps", str(ROWS // 8)]
# s1's train/sft.sh: one row at a time, bf16, activations made again, padded to the longest.
_S1 = [
    "--per_device_train_batch_size", "1", "--gradient_accumulation_steps", str(ROWS),
    "--lr_scheduler_type", "cosine", "--weight_decay", "1e-4", "--adam_beta2", "0.95",
]  # fmt: skip
_FORWARD = ["--config", str(ROOT / "recipes" / "forward.yaml")]
_LARGE = ["--config", str(ROOT / "recipes" / "qwen2.5-7b-instruct" / "forward.yaml")]
_LONG = ["--max_length", "32768"]  # by default most traces are cut
_NAMES = ["--model_name_or_path", "-", "--dataset_name", "-"]  # the trainer is given both
# The flags of each setting, as `trl sft` would have them, and its CPU threads. TRL's command leaves
# threads to accelerate, which takes one.
SETTINGS: dict[str, dict[str, tuple[list[str], int]]] = {
    "cpu": {
        "TRL's defaults": ([*_TRL, "--use_cpu", "true"], 1),
        "TRL's defaults, 2 threads": ([*_TRL, "--use_cpu", "true"], 2),
        "s1's, 2 threads": ([*_S1, "--use_cpu", "true"], 2),
        "forward.yaml": (_FORWARD, 2),
        "forward.yaml --bf16 true": ([*_FORWARD, "--bf16", "true"], 2),
    },
    "gpu": {
        "TRL's defaults": ([*_TRL, *_LONG], 1),
        "s1's": ([*_S1, *_LONG], 1),
        "forward.yaml": ([*_LARGE, "--gradient_accumulation_steps", str(ROWS)], 1),
    },
}
_SHORT = [
    "--max_steps", str(WARM_UP + UPDATES), "--eval_strategy", "no", "--save_strategy", "no",
    "--learning_rate", "1e-4", "--warmup_steps", "0", "--report_to", "none", "--seed", "0",
    "--logging_steps", "1", "--disable_tqdm", "true",
]  # fmt: skip
_PEAK = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "4090": 165e12}  # bf16, dense


def measure(setting: str, device: str, size: str, out: str) -> dict[str, float]:
    """Train once; tokens a second, peak memory in GB, the loss, and on a GPU the share of its
    peak."""
    import torch
    from transformers import TrainerCallback
    from trl.scripts.sft import make_parser
    from trl.trainer.sft_trainer import SFTTrainer

    flags, threads = SETTINGS[device][setting]
    torch.set_num_threads(threads)
    words = [*flags, *_NAMES, *_SHORT, "--output_dir", out]
    args = make_parser().parse_args_and_config(words, return_remaining_strings=True)[1]
    args.include_num_input_tokens_seen = "non_padding"  # as a flag it is yes or no: with padding
    model, rows = _tiny() if device == "cpu" else _real(size)
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
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    found = {
        "rate": rate,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "loss": statistics.mean(losses[-5:]),
    }
    if device == "gpu":
        found["memory"] = torch.cuda.max_memory_allocated() / 1e9
        peak = next((v for k, v in _PEAK.items() if k in torch.cuda.get_device_name()), 0.0)
        trained: Any = trainer.model
        weights = sum(p.numel() for p in trained.parameters())
        found["mfu"] = 6 * weights * rate / peak if peak else float("nan")
    return found


def _tiny() -> tuple[Any, Any]:
    from datasets import load_dataset

    rows = load_dataset(str(ROOT / "datasets" / "r1k"), "forward", split="train")
    return str(ROOT / "models" / "r1k-tiny"), rows


def _real(size: str) -> tuple[Any, Any]:
    """A Qwen2.5 of random weights, and the real traces in the tokens of r1k-tiny."""
    import torch
    from datasets import Dataset, load_dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen2Config

    width, inner, layers, heads = {"0.5": (896, 4864, 24, 14), "1.5": (1536, 8960, 28, 12)}[size]
    config = Qwen2Config(
        vocab_size=151936, tie_word_embeddings=True, hidden_size=width, intermediate_size=inner,
        num_hidden_layers=layers, num_attention_heads=heads, num_key_value_heads=2,
    )  # fmt: skip
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).to("cuda")
    tokenizer: Any = AutoTokenizer.from_pretrained(ROOT / "models" / "r1k-tiny")
    sample = load_dataset(
        "parquet", data_files=f"{os.environ['R1K_DATA']}/paper-sample-100.parquet", split="train"
    )
    # In r1k-tiny's tokens a text is longer than in Qwen's: by letters, 3.5 to one of Qwen's.
    ids = [tokenizer(t)["input_ids"][: min(len(t) * 2 // 7, 32768)] for t in sample["text"]]
    return model, Dataset.from_dict({"input_ids": ids, "labels": ids})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("device", choices=list(SETTINGS))
    parser.add_argument("--size", choices=["0.5", "1.5"], default="0.5", help="billions, on a GPU")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        with tempfile.TemporaryDirectory() as out:
            print(json.dumps(measure(options.one, options.device, options.size, out)))
        return
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in SETTINGS[options.device]}
    for number in range(options.rounds):
        for name, rounds in runs.items():
            words = [options.device, "--size", options.size, "--one", name]
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.train", *words],
                cwd=ROOT, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                sys.exit(done.stderr[-2000:])
            rounds.append(json.loads(done.stdout.splitlines()[-1]))
            rate = rounds[-1]["rate"]
            print(f"round {number + 1}, {name}: {rate:,.0f} tokens/s", file=sys.stderr)
    middle = {
        name: {key: statistics.median(run[key] for run in rounds) for key in rounds[0]}
        for name, rounds in runs.items()
    }
    base = middle["TRL's defaults"]["rate"]
    print(f"{describe('torch', 'transformers', 'trl')}, median of {options.rounds}\n")
    share = " share of the peak |" if options.device == "gpu" else ""
    print(f"| settings | tokens/s | beside TRL's | peak GB | loss |{share}")
    print(f"| --- | --- | --- | --- | --- |{' --- |' if share else ''}")
    for name, found in middle.items():
        mfu = f" {found['mfu']:.1%} |" if share else ""
        print(
            f"| {name} | {found['rate']:,.0f} | {found['rate'] / base:.2f} |"
            f" {found['memory']:.2f} | {found['loss']:.3f} |{mfu}"
        )


if __name__ == "__main__":
    main()
