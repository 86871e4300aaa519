"""What the models in `models/` can do, and how fast.

    pip install torch==2.13.0 && pip install -c constraints.txt -e '.[local]'
    python -m benchmarks.tiny inverter                     # inversions accepted by the exact checks
    python -m benchmarks.tiny base                         # problems solved, by direction
    python -m benchmarks.tiny tuned out/forward            # what fine-tuning on 1,000 pairs adds
    python -m benchmarks.tiny speed                        # inversion in process, and one by one
    python -m benchmarks.tiny served http://127.0.0.1:8000/v1   # a server's inversions, and ours
    python -m benchmarks.tiny data                         # what the training text gives away

Every share is over problems of seeds that nothing else uses, with its 95 % Wilson interval. `data`
needs what `make models` leaves in out/, and `tuned` the models that the recipes leave there.
"""

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import pyarrow.parquet as pq

from benchmarks.machine import describe
from r1k.config import LLMConfig
from r1k.families import FAMILIES, Twins, make, parameters
from r1k.generate_families import Candidate, fingerprints, fingerprints_of_file
from r1k.inversion.blocks import Block, read_block
from r1k.inversion.store import Store
from r1k.inversion.transformers_client import TransformersBackend
from r1k.schema import Message, Request
from r1k.source.answers import final_answer
from r1k.verification.exact import prove_texts
from r1k.views.probe import wilson

ROOT = Path(__file__).parents[1]
HELD_OUT = ("bayes", "clock", "letter_moves", "matrix", "mixture", "remainders")
TRAINED = tuple(name for name in FAMILIES if name not in HELD_OUT)
FIRST_SEED = 10**15  # beyond the seeds of any split of a small config seed
BATCH = 100
MAX_TOKENS = 400  # the longest solution in datasets/r1k has 379


@dataclass
class Share:
    """So many of so many."""

    hits: int = 0
    total: int = 0

    def add(self, hit: bool) -> None:
        self.hits += hit
        self.total += 1

    def __str__(self) -> str:
        share = self.hits / self.total
        low, high = wilson(share, self.total)
        return f"{share:.1%} ({low:.1%}-{high:.1%})"


def complete(
    model: str,
    prompts: Sequence[str],
    temperature: float = 0.0,
    sample: int = 0,
    dtype: Literal["float32", "bfloat16"] = "float32",
) -> list[str]:
    """The model's replies, in process and in batches, as `r1k generate` gets them."""
    requests = [
        Request(
            model=model, revision=None, messages=[Message(role="user", content=prompt)],
            temperature=temperature, top_p=1.0, max_tokens=MAX_TOKENS, seed=sample, sample=sample,
        )
        for prompt in prompts
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        llm = LLMConfig(backend="transformers", batch_size=BATCH, dtype=dtype)
        backend = TransformersBackend(llm, Store(Path(folder)))
        return [completion.text for completion in backend.complete_batch(requests)]


def problems(names: Iterable[str], difficulties: Iterable[int], count: int) -> list[Twins]:
    """`count` pairs of each family and difficulty."""
    return [
        make(name, difficulty, FIRST_SEED + number)
        for name in names
        for difficulty in difficulties
        for number in range(count)
    ]


def whole(pair: Twins) -> Block:
    """The forward problem as the inverter sees it."""
    return Block(pair.forward.question, pair.forward.solution.trace, pair.forward.answer)


def accepted(pair: Twins, reply: str) -> str:
    """Why an inversion is refused; "" if it is accepted."""
    try:
        found = prove_texts(whole(pair), read_block(reply))
    except (ValueError, ArithmeticError, LookupError) as e:
        return str(e) or type(e).__name__
    return "; ".join(f"{check}: {why}" for check, why in (found or {}).items() if why)


def inverter(model: str, difficulties: list[int], count: int, show: int) -> None:
    """Print the share of inversions that the exact checks accept: greedy, and any of 4 samples."""
    print(describe("torch", "transformers"))
    for names, what in ((TRAINED, "families trained on"), (HELD_OUT, "held-out families")):
        pairs = problems(names, difficulties, count)
        prompts = [whole(pair).text() for pair in pairs]
        tries = [complete(model, prompts)]
        tries += [complete(model, prompts, 0.7, sample) for sample in range(1, 4)]
        faults = [[accepted(p, reply) for p, reply in zip(pairs, t, strict=True)] for t in tries]
        greedy = [not fault for fault in faults[0]]
        best = [not all(of) for of in zip(*faults, strict=True)]
        table(what, pairs, {"greedy": greedy, "best of 4 (greedy, and 3 samples at 0.7)": best})
        for i in [i for i, why in enumerate(faults[0]) if why][:show]:
            print(f"\n{pairs[i].family} {pairs[i].difficulty}: {faults[0][i]}")
            print(f"{prompts[i]}\n-> {tries[0][i]}")


def base(model: str, count: int) -> None:
    """Print the share of forward and of reverse problems solved."""
    print(describe("torch", "transformers"))
    for names, what in ((TRAINED, "families trained on"), (HELD_OUT, "held-out families")):
        pairs = problems(names, (1, 2, 3, 4, 5), count)
        hits = {
            side: solved(model, [getattr(pair, side) for pair in pairs])
            for side in ("forward", "reverse")
        }
        table(what, pairs, hits)


def table(title: str, pairs: Sequence[Twins], columns: dict[str, list[bool]]) -> None:
    """Print the share of hits in each column, by family and by difficulty."""
    rows = {f"`{name}`": [p.family == name for p in pairs] for name in FAMILIES}
    rows |= {f"difficulty {d}": [p.difficulty == d for p in pairs] for d in range(1, 6)}
    rows["all"] = [True] * len(pairs)
    seen = trained_on()
    if seen:
        unseen = [(p.family, parameters(p)) not in seen for p in pairs]
        rows["all whose parameters are not in the training text"] = unseen
    print(f"\n| {title} | {' | '.join(columns)} |\n| --- |{' --- |' * len(columns)}")
    for row, chosen in rows.items():
        shares = [Share() for _ in columns]
        for share, hits in zip(shares, columns.values(), strict=True):
            for hit in itertools.compress(hits, chosen):
                share.add(hit)
        if any(chosen):
            print(f"| {row} | {' | '.join(map(str, shares))} |", flush=True)


def trained_on() -> set[tuple[str, str]]:
    """Family and parameters of the problems that the models read; empty where `make models` has
    left no training text."""
    return {
        (row["family"], row["parameters"])
        for name in ("text-read", "text-invert")
        for file in (ROOT / "out" / "models" / name / "pairs").glob("*.parquet")
        for row in pq.read_table(file, columns=["family", "parameters"]).to_pylist()
    }


def tuned(models: Sequence[str]) -> None:
    """Print what the base and models made from it solve of the split `test`."""
    from datasets import load_dataset

    pairs = load_dataset(str(ROOT / "datasets" / "r1k"), "pairs", split="test")
    sides = [
        SimpleNamespace(question=pair[side]["question"], answer=pair[side]["answer"])
        for side in ("forward", "reverse")
        for pair in pairs
    ]
    print(describe("torch", "transformers", "trl"))
    print("\n| model | forward, test | reverse, test |\n| --- | --- | --- |")
    for model in models:
        shares = Share(), Share()
        for i, hit in enumerate(solved(model, sides)):
            shares[i >= len(pairs)].add(hit)
        print(f"| {model} | {shares[0]} | {shares[1]} |", flush=True)


def solved(model: str, sides: Sequence[object]) -> list[bool]:
    """Whether the model's final answer to each problem is right."""
    replies = complete(model, [side.question for side in sides])  # type: ignore[attr-defined]
    found = [final_answer(reply) for reply in replies]
    return [
        answer is not None and answer[0] == side.answer  # type: ignore[attr-defined]
        for answer, side in zip(found, sides, strict=True)
    ]


def speed(model: str, count: int) -> None:
    """Print pairs per second in batches, and one by one with `generate`."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    print(describe("torch", "transformers"))
    pairs = problems(TRAINED, (1,), -(-count // len(TRAINED)))
    prompts = [whole(pair).text() for pair in pairs]
    rates = {}
    dtypes: tuple[Literal["float32", "bfloat16"], ...] = ("float32", "bfloat16")
    for dtype in dtypes:
        complete(model, prompts[:BATCH], dtype=dtype)  # imports and warms up
        started = time.perf_counter()
        complete(model, prompts, dtype=dtype)
        batches = len(prompts) / (time.perf_counter() - started)

        tokenizer: Any = AutoTokenizer.from_pretrained(model)
        loaded: Any = AutoModelForCausalLM.from_pretrained(model, dtype=getattr(torch, dtype))
        few = prompts[:: len(prompts) // 20]
        started = time.perf_counter()
        for prompt in few:
            tokens = tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}],
                add_generation_prompt=True,
                return_tensors="pt",
                return_dict=True,
            )
            loaded.generate(**tokens, max_new_tokens=MAX_TOKENS, max_length=None)
        rates[dtype] = batches, len(few) / (time.perf_counter() - started)
    print("\n| pairs/s | " + " | ".join(rates) + " |\n| --- | --- | --- |")
    rows = {
        f"batches of {BATCH} (`r1k generate`)": [f"{ours:.1f}" for ours, _ in rates.values()],
        "one by one (`generate`)": [f"{theirs:.2f}" for _, theirs in rates.values()],
        "times as fast": [f"{ours / theirs:.1f}" for ours, theirs in rates.values()],
    }
    for title, cells in rows.items():
        print(f"| {title} | {' | '.join(cells)} |")


def served(base_url: str, count: int) -> None:
    """Print how many of a server's inversions are those of this process, to the letter."""
    print(describe("torch", "transformers"))
    with tempfile.TemporaryDirectory() as folder:
        found = []
        server = ["--llm.backend", "openai", "--llm.base_url", base_url]
        greedy = ["--llm.invert.samples", "1", "--llm.invert.temperature", "0"]
        for out, options in (("here", greedy), ("served", [*greedy, *server])):
            embedded(Path(folder) / out, ["--source.limit", str(count), *options])
            files = [*Path(folder, out).glob("pairs/*"), *Path(folder, out).glob("rejected/*")]
            rows = [row for file in files for row in pq.read_table(file).to_pylist()]
            found.append({row["provenance"]["source_row"]: row["reverse"] for row in rows})
    same = Share()
    for key, reverse in found[0].items():
        same.add(reverse == found[1].get(key))
    print(f"the same: {same} of {len(found[0])}")


def embedded(out: Path, options: Sequence[str]) -> None:
    """Run the recipe of `make demo` over the problems that `make demo` made."""
    subprocess.run(_command(out, options), cwd=ROOT, check=True, capture_output=True)


def _command(out: Path, options: Sequence[str]) -> list[str]:
    return [
        sys.executable, "-m", "r1k.cli", "generate", "out/problems", "-o", str(out),
        "--config", "recipes/generate/embedded.yaml", *options,
    ]  # fmt: skip


def data() -> None:
    """Print what the models' training text shares with the problems that they are tried on."""
    parts = [
        fingerprints_of_file(file)
        for name in ("text-read", "text-invert")
        for file in sorted((ROOT / "out" / "models" / name / "pairs").glob("*.parquet"))
    ]
    seen, words = (np.unique(np.concatenate(of)) for of in zip(*parts, strict=True))
    folders = (ROOT / "datasets" / "r1k", ROOT / "out" / "problems")
    others = {
        folder.relative_to(ROOT).as_posix(): [
            fingerprints_of_file(file) for file in sorted((folder / "pairs").glob("*.parquet"))
        ]
        for folder in folders
    }
    tried = [Candidate(n, 1, FIRST_SEED + k) for n in TRAINED for k in range(20)]
    others["benchmarks.tiny inverter"] = [fingerprints(tried)]
    print(f"{len(np.concatenate([p for p, _ in parts]))} training pairs, {len(words)} runs of 13\n")
    print("| | pairs | of them with parameters in training | runs of 13 words in training |")
    print("| --- | --- | --- | --- |")
    for title, found in others.items():
        parameters, runs = (np.concatenate(of) for of in zip(*found, strict=True))
        print(
            f"| {title} | {len(parameters)} | {np.isin(parameters, seen).sum()} "
            f"| {np.isin(runs, words).sum()} of {len(runs)} |"
        )


def first_row() -> None:
    """Print the seconds from the command to the first inverted row, and to the dataset of it."""
    with tempfile.TemporaryDirectory() as folder:
        out, started = Path(folder) / "out", time.perf_counter()
        run = subprocess.Popen(
            _command(out, ["--source.limit", "1"]),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not any(out.with_name("out.work").glob("run/pairs/*.parquet")):
            if run.poll() is not None:
                raise RuntimeError(f"r1k generate ended with {run.returncode}")
            time.sleep(0.05)
        print(f"from the command to the first row: {time.perf_counter() - started:.1f} s")
        run.wait()
        print(f"and to the dataset: {time.perf_counter() - started:.1f} s")


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("data")
    command = commands.add_parser("served")
    command.add_argument("base_url")
    command.add_argument("--count", type=int, default=100)
    command = commands.add_parser("tuned")
    command.add_argument("models", nargs="+", metavar="MODEL")
    for name in ("inverter", "base", "speed"):
        command = commands.add_parser(name)
        folder = "models/r1k-tiny" + ("" if name == "base" else "-inverter")
        command.add_argument("--model", default=str(ROOT / folder))
        command.add_argument(
            "--count", type=int, default={"inverter": 20, "base": 10}.get(name, 400)
        )
        if name == "inverter":
            command.add_argument("--difficulties", type=int, nargs="+", default=[1])
            command.add_argument("--show", type=int, default=0, help="print so many failures")
    options = parser.parse_args()
    if options.command == "inverter":
        inverter(options.model, options.difficulties, options.count, options.show)
    elif options.command == "base":
        base(options.model, options.count)
    elif options.command == "data":
        data()
    elif options.command == "served":
        served(options.base_url, options.count)
    elif options.command == "tuned":
        tuned(["models/r1k-tiny", *options.models])
    else:
        speed(options.model, options.count)
        first_row()


if __name__ == "__main__":
    main()
