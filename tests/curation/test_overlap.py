"""Runs of 13 words."""

from r1k.curation.overlap import grams

WORDS = [f"w{i}" for i in range(30)]


def shared(a: str, b: str) -> bool:
    return bool(set(grams([a]).tolist()) & set(grams([b]).tolist()))


def test_thirteen_words_in_a_row_are_found_and_twelve_are_not() -> None:
    text = " ".join(WORDS)
    assert shared(text, "x " * 20 + " ".join(WORDS[5:18]) + " y" * 20)
    assert not shared(text, "x " * 20 + " ".join(WORDS[5:17]) + " y" * 20)


def test_case_and_punctuation_do_not_matter() -> None:
    text = " ".join(WORDS)
    assert shared(text, "; ".join(word.upper() for word in WORDS[:13]) + "!")


def test_a_short_text_counts_as_a_whole() -> None:
    assert shared("Three short words.", "three, short words")
    assert not shared("Three short words.", "three short words more")


def test_a_text_has_as_many_runs_as_places() -> None:
    assert len(grams([" ".join(WORDS)])) == 30 - 13 + 1
    assert len(grams([])) == 0
