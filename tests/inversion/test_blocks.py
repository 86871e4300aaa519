"""Whole problems as one text."""

import pytest

from r1k.inversion.blocks import Block, read_block


@pytest.mark.parametrize(
    "block",
    [
        Block("How many?", "At first 5.\nThen 8.", "8"),
        Block("How many?", "", "8"),
        Block("Two\n\nparagraphs?", "One.\n\nAnswer: not yet.", "x = 8"),
    ],
)
def test_there_and_back(block: Block) -> None:
    assert read_block(block.text()) == block


def test_how_it_looks() -> None:
    assert Block("Q?", "T.", "A").text() == "Problem: Q?\n\nSolution: T.\n\nAnswer: A"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "does not open with 'Problem:'"),
        ("Here it is. Problem: Q?\n\nAnswer: 3", "does not open with 'Problem:'"),
        ("Problem: Q?\n\nSolution: T.", "has no 'Answer:'"),
        ("Problem: \n\nSolution: T.\n\nAnswer: 3", "is empty"),
        ("Problem: Q?\n\nSolution: T.\n\nAnswer: ", "has no 'Answer:'"),
    ],
)
def test_what_is_missing_is_named(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_block(text)
