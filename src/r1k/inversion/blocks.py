"""A whole problem as one text, and back: what a trained inverter reads and writes.

    Problem: Ana has 5 pens and buys 3. How many has she?

    Solution: At first 5.
    Then 5 + 3 = 8.

    Answer: 8

The `inversion` view has forward problems so as prompts, and their reverse problems so as
completions; a model that was trained on it inverts with `llm.prompt: blocks`.
"""

from typing import NamedTuple

_QUESTION, _TRACE, _ANSWER = "Problem: ", "\n\nSolution: ", "\n\nAnswer: "


class Block(NamedTuple):
    """A problem's texts; an empty trace is left out."""

    question: str
    trace: str
    answer: str

    def text(self) -> str:
        """The block."""
        solution = _TRACE + self.trace if self.trace else ""
        return f"{_QUESTION}{self.question}{solution}{_ANSWER}{self.answer}"


def read_block(text: str) -> Block:
    """The inverse of `Block.text`.

    Raises:
        ValueError: something is missing; the text is a reason.
    """
    text = text.strip()
    if not text.startswith(_QUESTION):
        raise ValueError(f"the reply does not open with {_QUESTION.strip()!r}")
    question, found, answer = text.removeprefix(_QUESTION).rpartition(_ANSWER)
    if not found:
        raise ValueError(f"the reply has no {_ANSWER.strip()!r}")
    question, _, trace = question.partition(_TRACE)
    block = Block(question.strip(), trace.strip(), answer.strip())
    if not block.question or not block.answer:
        raise ValueError("the question or the answer of the reply is empty")
    return block
