"""Completions read from a file."""

import json
from pathlib import Path

import pytest

from r1k.config import LLMConfig
from r1k.errors import UserError
from r1k.inversion.recorded_client import RecordedBackend
from r1k.schema import Message, Request


def ask(prompt: str, sample: int = 0) -> Request:
    return Request(
        model="m",
        revision=None,
        messages=[Message(role="user", content=prompt)],
        temperature=0.0,
        top_p=1.0,
        max_tokens=8,
        seed=0,
        sample=sample,
    )


def recorded(tmp_path: Path, *lines: str) -> RecordedBackend:
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(line + "\n" for line in lines))
    return RecordedBackend(LLMConfig(recorded=path), tmp_path / "missing.jsonl")


def test_lines_of_one_prompt_are_its_samples_in_order(tmp_path: Path) -> None:
    rows = [{"prompt": "a", "text": "1", "reasoning": "r"}, {"prompt": "a", "text": "2"}]
    backend = recorded(tmp_path, *map(json.dumps, rows))
    second, first = backend.complete_batch([ask("a", 1), ask("a", 0)])
    assert (first.text, first.reasoning, first.finish_reason) == ("1", "r", "stop")
    assert (second.text, second.reasoning) == ("2", None)
    assert not (tmp_path / "missing.jsonl").exists()


def test_what_is_not_recorded_is_an_error_of_its_row_and_is_listed(tmp_path: Path) -> None:
    backend = recorded(tmp_path, json.dumps({"prompt": "a", "text": "1"}))
    one, two, three = backend.complete_batch([ask("b"), ask("a"), ask("a", 1)])
    assert one.error and three.error and not two.error
    missing = [json.loads(x) for x in (tmp_path / "missing.jsonl").read_text().splitlines()]
    assert missing == [{"prompt": "b", "sample": 0}, {"prompt": "a", "sample": 1}]
    # A new run starts a new list.
    recorded(tmp_path, json.dumps({"prompt": "a", "text": "1"}))
    assert not (tmp_path / "missing.jsonl").exists()


@pytest.mark.parametrize(
    "line", ["", "text", "[]", '{"prompt": "a"}', '{"text": "a"}', '{"prompt": [], "text": "a"}']
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    good = json.dumps({"prompt": "a", "text": "1"})
    with pytest.raises(UserError, match=r"answers\.jsonl, line 2: not"):
        recorded(tmp_path, good, line, good)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"llm\.recorded"):
        RecordedBackend(LLMConfig(), tmp_path / "missing.jsonl")
    with pytest.raises(UserError, match=r"none\.jsonl: cannot be read"):
        RecordedBackend(LLMConfig(recorded=tmp_path / "none.jsonl"), tmp_path / "missing.jsonl")
