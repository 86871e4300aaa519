"""Shared runs of 13 words: whether one text gives another away."""

import re

import xxhash

WORDS = 13
_WORD = re.compile(r"[^\W_]+")


def grams(text: str) -> set[int]:
    """The 64-bit hashes of all runs of 13 words and numbers, without case; of a text with fewer
    words, of the whole."""
    words = _WORD.findall(text.casefold())
    if len(words) <= WORDS:
        return {xxhash.xxh3_64_intdigest(" ".join(words))}
    runs = range(len(words) - WORDS + 1)
    return {xxhash.xxh3_64_intdigest(" ".join(words[i : i + WORDS])) for i in runs}
