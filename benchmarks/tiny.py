"""What the models in `models/` can do, and how fast.

    pip install torch==2.13.0 && pip install -c constraints.txt -e '.[local]'
    python -m benchmarks.tiny inverter                     # inversions accepted by the exact checks
    python -m benchmarks.tiny base                         # problems solved, by direction
    python -m benchmarks.tiny speed                        # inversion in process, and one by one

Every figure is over problems of seeds that nothing else uses, with 95 % Wilson intervals.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import describe
from r1k.config import LLMConfig
from r1k.families import FAMILIES, Twins, make
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
MAX_TOKENS = 640


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
    model: str, prompts: Sequence[str], temperature: float = 0.0, sample: int = 0
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
        llm = LLMConfig(backend="transformers", batch_size=BATCH)
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
        print(f"\n| {what} | greedy | best of 4 (greedy, and 3 samples at 0.7) |")
        print("| --- | --- | --- |")
        rows = [(f"`{name}`", [p.family == name for p in pairs]) for name in names]
        rows += [(f"difficulty {d}", [p.difficulty == d for p in pairs]) for d in difficulties]
        rows.append(("all", [True] * len(pairs)))
        for title, chosen in rows:
            one, best = Share(), Share()
            for i in (i for i, yes in enumerate(chosen) if yes):
                one.add(not faults[0][i])
                best.add(not all(of[i] for of in faults))
            print(f"| {title} | {one} | {best} |", flush=True)
        for i in [i for i, why in enumerate(faults[0]) if why][:show]:
            print(f"\n{pairs[i].family} {pairs[i].difficulty}: {faults[0][i]}")
            print(f"{prompts[i]}\n-> {tries[0][i]}")


def base(model: str, count: int) -> None:
    """Print the share of forward and of reverse problems solved."""
    print(describe("torch", "transformers"))
    difficulties = (1, 2, 3, 4, 5)
    for names, what in ((TRAINED, "families trained on"), (HELD_OUT, "held-out families")):
        pairs = problems(names, difficulties, count)
        hits = {
            side: solved(model, [getattr(pair, side) for pair in pairs])
            for side in ("forward", "reverse")
        }
        print(f"\n| {what} | forward | reverse |\n| --- | --- | --- |")
        rows = [(f"`{name}`", [p.family == name for p in pairs]) for name in names]
        rows += [(f"difficulty {d}", [p.difficulty == d for p in pairs]) for d in difficulties]
        rows.append(("all", [True] * len(pairs)))
        for title, chosen in rows:
            shares = {side: Share() for side in hits}
            for side, of in hits.items():
                for hit, yes in zip(of, chosen, strict=True):
                    if yes:
                        shares[side].add(hit)
            print(f"| {title} | {shares['forward']} | {shares['reverse']} |", flush=True)


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
    pairs = problems(TRAINED, (1, 2, 3), -(-count // (3 * len(TRAINED))))
    prompts = [whole(pair).text() for pair in pairs]
    complete(model, prompts[:BATCH])  # imports and warms up
    started = time.perf_counter()
    complete(model, prompts)
    ours = len(prompts) / (time.perf_counter() - started)

    tokenizer: Any = AutoTokenizer.from_pretrained(model)
    loaded: Any = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
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
    theirs = len(few) / (time.perf_counter() - started)
    print(f"\n| | pairs/s |\n| --- | --- |\n| batches of {BATCH} (`r1k generate`) | {ours:.1f} |")
    print(f"| one by one (`generate`) | {theirs:.2f} |\n| times as fast | {ours / theirs:.1f} |")


def first_row() -> None:
    """Print the seconds from the command to the first inverted row."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run(
            [
                sys.executable, "-m", "r1k.cli", "generate", "out/problems", "-o", f"{folder}/out",
                "--config", "recipes/generate/embedded.yaml", "--source.limit", "1",
            ],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        print(f"one row, from the command to the dataset: {time.perf_counter() - started:.1f} s")


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("inverter", "base", "speed"):
        command = commands.add_parser(name)
        folder = "models/r1k-tiny" + ("" if name == "base" else "-inverter")
        command.add_argument("--model", default=str(ROOT / folder))
        command.add_argument(
            "--count", type=int, default={"inverter": 20, "base": 10}.get(name, 400)
        )
        if name == "inverter":
            command.add_argument("--difficulties", type=int, nargs="+", default=[1, 2, 3])
            command.add_argument("--show", type=int, default=0, help="print so many failures")
    options = parser.parse_args()
    if options.command == "inverter":
        inverter(options.model, options.difficulties, options.count, options.show)
    elif options.command == "base":
        base(options.model, options.count)
    else:
        speed(options.model, options.count)
        first_row()


if __name__ == "__main__":
    main()
