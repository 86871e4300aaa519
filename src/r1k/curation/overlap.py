"""Shared runs of 13 words: whether one text gives another away."""

import re
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import xxhash

WORDS = 13
_WORD = re.compile(r"[^\W_]+")


def grams(texts: Iterable[str]) -> npt.NDArray[np.uint64]:
    """The 64-bit hashes of all runs of 13 words and numbers, without case; of a text with fewer
    words, of the whole."""
    found: set[int] = set()
    for text in texts:
        words = _WORD.findall(text.casefold())
        for i in range(max(1, len(words) - WORDS + 1)):
            found.add(xxhash.xxh3_64_intdigest(" ".join(words[i : i + WORDS])))
    return np.fromiter(found, np.uint64, len(found))
