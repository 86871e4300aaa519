"""The models that ship with r1k: their tokenizer and first weights, and the folders in `models/`.

    python -m r1k.tiny start out/models/text-read out/models/text-invert -o out/models/start
    python -m r1k.tiny steps out/models/text-read out/models/text-steps -o out/models/steps
    python -m r1k.tiny train recipes/models/pretrained.yaml
    python -m r1k.tiny finish out/models/r1k-tiny -o models/r1k-tiny

A real, small transformers model and tokenizer, made from the families' text alone (`make models`
does all of it). Digits are tokens of their own, so that sums are learned and not remembered.

Training is transformers' own trainer: on a CPU, `trl sft` takes twice as long for the same loss,
because it works out the entropy of every token, in fp32. The optimizer is torch's Muon: after the
same 300 updates (1.3 million tokens) the loss was 1.15 with it and 2.13 with AdamW.
"""

import argparse
import os
import random
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from r1k.inversion.blocks import Block

# Qwen3's shape, which vLLM and TRL know. Every head has its own keys and values: after 2 million
# tokens the loss was 0.61 so, and 0.79 with one head of keys and values for all.
SHAPE: dict[str, Any] = {
    "hidden_size": 256,
    "num_hidden_layers": 6,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "head_dim": 64,
    "intermediate_size": 768,
    "max_position_embeddings": 1024,
    "tie_word_embeddings": True,
}
VOCABULARY = 2048
SEED = 0
_STEPS, _PASSES = 10, 2  # sums to a row, and how often each sum is asked
# A sum with its result: numbers alone, and nothing before or after it that belongs to it.
_NUMBER = r"(?:-?\d+|\(-\d+\))"
_STEP = re.compile(
    rf"(?<![\w^*/+.(=-])(?<![-+*/] ){_NUMBER}(?: (?:[-+*/]|mod) {_NUMBER})+ = -?\d+"
    r"(?![\w/^]|\.\d| [-+*/=])"
)
_PAIRS = 8_000  # of each dataset, that the tokenizer is made from
_PAD, _START, _END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
_TAGS = ("<think>", "</think>")
_WORDS = r"[^\S\n]?\d|[^\S\n]?\p{L}+|[^\S\n]?[^\s\p{L}\d]+|\n+|\s+"
# The markers tell TRL which tokens are the assistant's.
_TEMPLATE = """\
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' }}
{%- if message.role == 'assistant' %}
{%- generation %}
{{- message.content + '<|im_end|>' }}
{%- endgeneration %}
{%- else %}
{{- message.content + '<|im_end|>' }}
{%- endif %}
{{- '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
{{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""


def start(datasets: list[Path], out: Path) -> None:
    """Write a tokenizer made from the pairs of these dataset folders, and untrained weights."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    tokenizer = make_tokenizer(text for folder in datasets for text in _texts(folder))
    tokenizer.save_pretrained(out)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **SHAPE,
    )
    torch.manual_seed(SEED)
    Qwen3ForCausalLM(config).save_pretrained(out)


def make_tokenizer(texts: Iterator[str], size: int = VOCABULARY) -> Any:
    """A byte-level BPE tokenizer with single digits and a chat template."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer: Any = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size - len(_TAGS),
        special_tokens=[_PAD, _START, _END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    # Not special: who skips special tokens must still be able to tell the trace from the answer.
    tokenizer.add_tokens([AddedToken(tag, normalized=False) for tag in _TAGS])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=_PAD,
        eos_token=_END,
        chat_template=_TEMPLATE,
        model_max_length=SHAPE["max_position_embeddings"],
    )


def _texts(folder: Path) -> Iterator[str]:
    """The messages of the first pairs of a dataset folder, in the views that are trained on."""
    for view in ("mixed", "inversion"):
        first = min((folder / view).glob("train-*.parquet"))
        batch = next(pq.ParquetFile(first).iter_batches(_PAIRS, columns=["prompt", "completion"]))
        for row in batch.to_pylist():
            yield row["prompt"][0]["content"]
            yield row["completion"][0]["content"]


def steps(datasets: list[Path], out: Path) -> None:
    """Write the sums in the traces of these dataset folders as a dataset: each sum twice, ten to a
    row. In a trace few tokens are results; here all that is learned is, so that a model learns to
    compute in less time."""
    found = {
        match.group()
        for folder in datasets
        for file in sorted((folder / "pairs").glob("train-*.parquet"))
        for pair in pq.read_table(file, columns=["forward", "reverse"]).to_pylist()
        for side in pair.values()
        for match in _STEP.finditer(side["trace"])
    }
    rng, ordered = random.Random(SEED), sorted(found)
    shuffled = [sum_ for _ in range(_PASSES) for sum_ in rng.sample(ordered, len(ordered))]
    rows = [shuffled[first : first + _STEPS] for first in range(0, len(shuffled), _STEPS)]
    out.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"sums": rows}), out / "train-0.parquet")


# A text in pieces, and whether a model learns to write them.
_Pieces = list[tuple[str, bool]]


def _chat(row: dict[str, Any]) -> Iterator[_Pieces]:
    """A conversation; what the assistant says is learned."""
    ((asked,), (said,)) = row["prompt"], row["completion"]
    yield [
        (f"{_START}user\n{asked['content']}{_END}\n{_START}assistant\n", False),
        (f"{said['content']}{_END}", True),
    ]


def _documents(row: dict[str, Any]) -> Iterator[_Pieces]:
    """The two problems of a pair, each by itself; how it is solved is learned."""
    for side in (row["forward"], row["reverse"]):
        text = Block(side["question"], side["trace"], side["answer"]).text()
        before, question, solution = text.partition(side["question"])
        yield [(before + question, False), (solution + _END, True)]


def _sums(row: dict[str, Any]) -> Iterator[_Pieces]:
    """Sums, a line for each; the results are learned."""
    pieces = []
    for line in row["sums"]:
        asked, equals, result = line.partition(" = ")
        pieces += [(asked + equals[:-1], False), (f" {result}\n", True)]
    yield [*pieces, (_END, False)]


def train(recipe: Path) -> None:
    """Train as a recipe says: the keys model, data, pad_to_multiple_of and compile, and those of
    TrainingArguments (learning_rate, weight_decay and adam_beta1/2 for both optimizers).

    `data` lists what is shuffled together: a `dataset`, its `view` (`pairs` are read as documents,
    a problem to each; other views are conversations; `sums` is what `steps` wrote) and how many
    rows of it (`limit`; else all).

    Carries on from the last checkpoint, if there is one. The loss is that of solutions, answers
    and completions: after 250 updates of the inverter theirs was 0.374 so, and 0.393 with the loss
    of all tokens.
    """
    from datasets import concatenate_datasets, load_dataset
    from transformers import (
        AutoModelForCausalLM,
        AutoTokenizer,
        DataCollatorForSeq2Seq,
        Trainer,
        TrainingArguments,
    )
    from transformers.trainer_utils import get_last_checkpoint

    keys = yaml.safe_load(recipe.read_text(encoding="utf-8"))
    own = ("model", "data", "pad_to_multiple_of", "compile")
    model, data, width, compiled = (keys.pop(key) for key in own)
    tokenizer: Any = AutoTokenizer.from_pretrained(model)

    def tokens(batch: dict[str, list[Any]], kind: Any) -> dict[str, list[list[int]]]:
        found: dict[str, list[list[int]]] = {"input_ids": [], "labels": []}
        for values in zip(*batch.values(), strict=True):
            for pieces in kind(dict(zip(batch, values, strict=True))):
                encoded = tokenizer([text for text, _ in pieces])["input_ids"]
                labels = [
                    ids if learned else [-100] * len(ids)
                    for ids, (_, learned) in zip(encoded, pieces, strict=True)
                ]
                found["input_ids"].append(list(chain.from_iterable(encoded)))
                found["labels"].append(list(chain.from_iterable(labels)))
        return found

    parts = []
    for part in data:
        view = part["view"]
        loaded = load_dataset(part["dataset"], None if view == "sums" else view, split="train")
        if "limit" in part:
            loaded = loaded.shuffle(seed=keys["seed"]).select(range(part["limit"]))
        parts.append(
            loaded.map(
                tokens,
                batched=True,
                fn_kwargs={"kind": {"pairs": _documents, "sums": _sums}.get(view, _chat)},
                remove_columns=loaded.column_names,
                num_proc=os.cpu_count(),
            )
        )
    rows = concatenate_datasets(parts)
    # At these sizes plain attention is a fifth faster than the CPU's fused kernel.
    model = AutoModelForCausalLM.from_pretrained(model, attn_implementation="eager")
    if compiled:
        model.compile(dynamic=True)
    arguments = TrainingArguments(**keys)
    trainer = Trainer(
        model,
        arguments,
        data_collator=DataCollatorForSeq2Seq(tokenizer, pad_to_multiple_of=width),
        train_dataset=rows,
        processing_class=tokenizer,
        optimizers=(_optimizer(model, arguments), None),
    )
    out = Path(keys["output_dir"])
    last = get_last_checkpoint(out) if out.is_dir() else None
    trainer.train(resume_from_checkpoint=last)
    trainer.save_model()


def _optimizer(model: Any, arguments: Any) -> Any:
    """Muon for the matrices between embedding and norms, AdamW for those, as one optimizer."""
    import torch

    class MuonAndAdamW(torch.optim.Optimizer):
        """torch's Muon takes matrices alone, and the trainer takes one optimizer."""

        def __init__(self, parameters: Iterable[tuple[str, torch.nn.Parameter]]) -> None:
            matrices: list[torch.nn.Parameter] = []
            others: list[torch.nn.Parameter] = []
            for name, parameter in parameters:
                inner = parameter.ndim == 2 and "embed" not in name
                (matrices if inner else others).append(parameter)
            super().__init__([{"params": matrices}, {"params": others}], {})
            lr, betas = arguments.learning_rate, (arguments.adam_beta1, arguments.adam_beta2)
            self.parts = (
                torch.optim.Muon(
                    matrices,
                    lr=lr,
                    weight_decay=arguments.weight_decay,
                    adjust_lr_fn="match_rms_adamw",
                ),
                torch.optim.AdamW(others, lr=lr, betas=betas, weight_decay=0.0, fused=True),
            )
            self.param_groups = [group for part in self.parts for group in part.param_groups]
            self._share()

        def _share(self) -> None:
            for part, group in zip(self.parts, self.param_groups, strict=True):
                part.state, part.param_groups = self.state, [group]

        def __setstate__(self, state: dict[str, Any]) -> None:
            super().__setstate__(state)
            self._share()

        def step(self, closure: Any = None) -> None:  # type: ignore[override]
            for part in self.parts:
                part.step()  # type: ignore[no-untyped-call]

    return MuonAndAdamW(model.named_parameters())


def finish(trained: Path, out: Path) -> None:
    """Write a trained model as it is shipped: bf16 weights, tokenizer, greedy generation; the card
    that is there stays."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    model: Any = AutoModelForCausalLM.from_pretrained(trained, dtype=torch.bfloat16)
    tokenizer = AutoTokenizer.from_pretrained(trained)
    model.generation_config = GenerationConfig(
        do_sample=False,
        max_length=SHAPE["max_position_embeddings"],
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("start", "steps"):
        command = commands.add_parser(name)
        command.add_argument("datasets", type=Path, nargs="+", help="dataset folders")
        command.add_argument("-o", "--out", type=Path, required=True)
    command = commands.add_parser("train")
    command.add_argument("recipe", type=Path)
    command = commands.add_parser("finish")
    command.add_argument("trained", type=Path, help="the folder of the trained model")
    command.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "start":
        start(options.datasets, options.out)
    elif options.command == "steps":
        steps(options.datasets, options.out)
    elif options.command == "train":
        train(options.recipe)
    else:
        finish(options.trained, options.out)


if __name__ == "__main__":
    main()
