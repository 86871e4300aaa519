"""`r1k dynamics` beside the way the paper's procedure is written: how fast, how much memory.

    python -m benchmarks.dynamics              # 2 CPU cores: about 15 minutes
    python -m benchmarks.dynamics --pairs 5

The paper's own 50 pairs at full length (5,000 to 20,000 tokens a completion): each prompt with its
chosen and its rejected completion, by a model with random weights, a vocabulary of 150,000 and
little else, so that the output layer weighs as much as it can. Twice in one process: by
`r1k.evaluation.likelihood`, and one sequence at a time with a Python loop over its tokens, one
log-softmax each, all logits held at once. Both must agree to 1e-4. A third table has the cost of
one sequence by its length.
"""

import argparse
import resource
import time
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import torch
from transformers import AutoTokenizer, Qwen3Config, Qwen3ForCausalLM

from benchmarks.data import real
from benchmarks.machine import describe
from r1k.evaluation.likelihood import Scorer, Tokens

VOCABULARY, TOKENIZER = 150_000, "models/r1k-tiny"


def sequences(pairs: int) -> list[Tokens]:
    """The chosen and the rejected completion of each row of the sample's first pairs.

    The ids are those of the tokenizer that ships, spread over the whole vocabulary."""
    tokenizer = AutoTokenizer.from_pretrained(TOKENIZER)
    rows = pq.read_table(real("paper-sample-100.parquet")).to_pylist()
    found = []
    for row in rows[: 2 * pairs]:
        for column in ("text", "worse-text"):
            before, mark, after = row[column].partition("<|im_start|>assistant\n")
            start, rest = (
                tokenizer(part, add_special_tokens=False)["input_ids"]
                for part in (before + mark, after)
            )
            ids = [(7919 * one) % VOCABULARY for one in start + rest]
            found.append(Tokens(ids, len(start)))
    return found


def slowly(model: Any, tokens: Tokens) -> float:
    """The mean log-probability of a completion, token after token."""
    with torch.inference_mode():
        logits = model(torch.tensor([tokens.ids], device=model.device)).logits[0]
        found = []
        for i in range(tokens.start, len(tokens.ids)):
            found.append(torch.log_softmax(logits[i - 1], dim=-1)[tokens.ids[i]].item())
    return sum(found) / len(found)


def peak() -> float:
    """The highest memory of this process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pairs", type=int, default=50)
    pairs = parser.parse_args().pairs
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(describe("torch", "transformers"), device, flush=True)
    torch.manual_seed(0)
    # On a GPU a model of half a billion parameters; on a CPU hardly more than the output layer.
    size = 896 if device == "cuda" else 64
    config = Qwen3Config(
        vocab_size=VOCABULARY, hidden_size=size, intermediate_size=4 * size,
        num_hidden_layers=24 if device == "cuda" else 1, num_attention_heads=size // 64,
        num_key_value_heads=max(1, size // 448), head_dim=64, max_position_embeddings=65_536,
    )  # fmt: skip
    model: Any = Qwen3ForCausalLM(config)
    model.to(device)
    scorer = Scorer(model)
    found = sequences(pairs)
    scored = sum(len(one.ids) - one.start for one in found)
    print(
        f"{len(found)} completions, {scored:,} tokens, the longest sequence "
        f"{max(len(one.ids) for one in found):,}; {sum(p.numel() for p in model.parameters()):,} "
        "parameters"
    )
    started = time.perf_counter()
    ours = {i: float(np.mean(one.logprob, dtype=float)) for i, one in scorer.score(found)}
    seconds, memory = time.perf_counter() - started, peak()
    print(f"  r1k      {seconds:8.1f} s  {scored / seconds:10,.0f} tokens/s  {memory:5.1f} GB")
    started = time.perf_counter()
    theirs = [slowly(model, one) for one in found]
    slow = time.perf_counter() - started
    print(f"  slowly   {slow:8.1f} s  {scored / slow:10,.0f} tokens/s  {peak():5.1f} GB")
    worst = max(abs(ours[i] - other) for i, other in enumerate(theirs))
    print(f"  ratio    {slow / seconds:8.1f}    largest difference {worst:.1e}")
    print("one sequence by its length")
    for length in (2_500, 5_000, 10_000, 20_000):
        one = Tokens(torch.randint(0, VOCABULARY, (length,)).tolist(), 1)
        started = time.perf_counter()
        next(scorer.score([one]))
        print(
            f"  {length:>6,} tokens  {1e6 * (time.perf_counter() - started) / length:6.0f} us each"
        )


if __name__ == "__main__":
    main()
