"""Generation in process, with a tiny random Qwen3."""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from r1k.config import LLMConfig
from r1k.errors import UserError
from r1k.inversion.store import Store
from r1k.inversion.transformers_client import TransformersBackend
from r1k.schema import Completion, Message, Request
from tests.models import CONTEXT, TEMPLATE, WORDS, make_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # on so small a model they only wait for one another
    folder = make_model(tmp_path_factory.mktemp("tiny-qwen", numbered=False))
    here = Path.cwd()
    os.chdir(folder.parent)
    # By a name that is the same on every machine: a model's name is part of the seed of a sample.
    yield Path(folder.name)
    os.chdir(here)
    torch.set_num_threads(threads)


def ask(model: Path, number: int, **changes: Any) -> Request:
    rng = random.Random(number)
    text = " ".join(rng.choices(WORDS, k=rng.randint(2, 30)))
    request = Request(
        model=str(model),
        revision=None,
        messages=[Message(role="user", content=f"{number}: {text}")],
        temperature=0.0,
        top_p=1.0,
        max_tokens=24,
        seed=0,
        sample=0,
    )
    return request.model_copy(update=changes)


def complete(folder: Path, requests: list[Request], **llm: Any) -> list[Completion]:
    settings = {"backend": "transformers", "batch_size": 4} | llm
    with Store(folder) as store:
        backend = TransformersBackend(LLMConfig.model_validate(settings), store)
        return backend.complete_batch(requests)


def sampled(model: Path, count: int) -> list[Request]:
    return [ask(model, n, temperature=1.0, top_p=0.95, max_tokens=32) for n in range(count)]


def test_greedy_is_the_most_likely_token_each_time(model: Path, tmp_path: Path) -> None:
    """Against one forward pass a token, without batch, padding or cache."""
    requests = [ask(model, n) for n in range(6)]
    answers = complete(tmp_path, requests)
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    network = transformers.AutoModelForCausalLM.from_pretrained(model).eval()
    for request, answer in zip(requests, answers, strict=True):
        prompt = (
            f"<|im_start|>user\n{request.messages[0].content}<|im_end|>\n<|im_start|>assistant\n"
        )
        tokens = tokenizer(prompt)["input_ids"]
        assert answer.prompt_tokens == len(tokens)
        new: list[int] = []
        while len(new) < 24 and 2 not in new:
            with torch.no_grad():
                new.append(int(network(torch.tensor([tokens + new])).logits[0, -1].argmax()))
        assert answer.text == tokenizer.decode(new, skip_special_tokens=True)
        assert answer.completion_tokens == len(new)
        assert answer.finish_reason == ("stop" if 2 in new else "length")


def test_sampling_twice_gives_the_same_bytes_in_the_order_asked(
    model: Path, tmp_path: Path
) -> None:
    requests = sampled(model, 20)
    first = complete(tmp_path / "a", requests)
    assert {a.finish_reason for a in first} == {"stop", "length"}
    assert len({a.text for a in first}) > 15
    shuffled = random.Random(1).sample(requests, k=20)
    again = complete(tmp_path / "b", shuffled)
    assert [again[shuffled.index(r)] for r in requests] == first


def test_samples_differ_and_equal_requests_do_not(model: Path, tmp_path: Path) -> None:
    one = ask(model, 1, temperature=1.0)
    answers = complete(tmp_path, [one, one, one.model_copy(update={"sample": 1})])
    assert answers[0] == answers[1] != answers[2]


@pytest.mark.parametrize("kept", [1, 6, 13, 19])
def test_a_run_that_was_cut_short_ends_with_the_same_bytes(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    requests = sampled(model, 20)
    whole = complete(tmp_path / "whole", requests)
    # Some completions of any batch are there: batches are generated again as they were.
    with Store(tmp_path / "part") as store:
        for entry in random.Random(kept).sample(list(zip(requests, whole, strict=True)), k=kept):
            store.put(*entry)
    assert complete(tmp_path / "part", requests) == whole
    # The process is interrupted after some batches.
    generate = TransformersBackend._generate
    batches = 0

    def interrupted(self: TransformersBackend, batch: list[Any]) -> Any:
        nonlocal batches
        batches += 1
        if batches > kept // 5:
            raise KeyboardInterrupt
        return generate(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(TransformersBackend, "_generate", interrupted)
        with pytest.raises(KeyboardInterrupt):
            complete(tmp_path / "cut", requests)
    assert complete(tmp_path / "cut", requests) == whole


def test_a_finished_run_needs_no_model(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [ask(model, n) for n in range(5)]
    whole = complete(tmp_path, requests)
    monkeypatch.setattr(transformers, "AutoModelForCausalLM", None)
    assert complete(tmp_path, requests) == whole


def test_requests_of_other_sampling_are_not_mixed(model: Path, tmp_path: Path) -> None:
    requests = [ask(model, 1), ask(model, 1, max_tokens=3), ask(model, 1, temperature=1.0)]
    answers = complete(tmp_path, requests)
    assert answers[1].completion_tokens <= 3
    assert answers[0].text.startswith(answers[1].text)


def test_prompts_too_long_for_the_context(model: Path, tmp_path: Path) -> None:
    def of(words: int) -> Request:
        content = " ".join(["apples"] * words)
        return ask(model, 0, messages=[Message(role="user", content=content)], max_tokens=300)

    too_long, tight = complete(tmp_path, [of(400), of(100)])
    assert too_long.error is not None
    assert too_long.error.endswith(
        "tokens, which leaves no room for an answer in the model's context"
    )
    assert tight.error is None
    assert tight.prompt_tokens + tight.completion_tokens <= CONTEXT


def test_half_a_surrogate_pair_is_an_error_of_its_row(model: Path, tmp_path: Path) -> None:
    bad = ask(model, 1, messages=[Message(role="user", content="\ud800")])
    answers = complete(tmp_path, [bad, ask(model, 1)])
    assert answers[0].error is not None and answers[1].error is None


def test_models_that_cannot_be_used(model: Path, tmp_path: Path) -> None:
    def error(folder: Path, **llm: Any) -> str:
        with pytest.raises(UserError) as caught:
            complete(tmp_path / "store", [ask(folder, 1)], **llm)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "is not a folder here" in error(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert "cannot be loaded from this folder" in error(tmp_path / "empty")
    assert "--llm.device nonsense" in error(model, device="nonsense")
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    tokenizer.chat_template = None
    network = transformers.AutoModelForCausalLM.from_pretrained(model)
    for part in (tokenizer, network):
        part.save_pretrained(tmp_path / "mute")
    assert "has no chat template" in error(tmp_path / "mute")
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(tmp_path / "mute")
    (tmp_path / "mute" / "model.safetensors").write_text(
        "version https://git-lfs.github.com/spec/v1"
    )
    assert "cannot be loaded from this folder" in error(tmp_path / "mute")


@pytest.mark.parametrize("package", ["torch", "transformers"])
def test_it_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError, match=r"pip install 'r1k\[local\]'"):
        complete(tmp_path, [])
