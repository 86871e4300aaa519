"""Runs of n words that two texts share: which questions repeat a part of a benchmark's.

Words are split and hashed by polars, on all cores; runs of them are joined to those of the
benchmark by NumPy, so that a text costs the same whatever the size of the benchmark. A run whose
hash is found is compared word by word before it counts.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_SEED = 1
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
# Texts whose words are in memory at once.
_CHUNK = 2_000


@dataclass(frozen=True)
class Rule:
    """When two texts overlap: `n` words in a row are the same, letters without case.

    A word is what `pattern` (in the syntax of Rust) finds in the text.
    """

    n: int
    pattern: str


# What Python's `str.split()` splits at: all of `\s`, and the four separators of ASCII.
_SPACED = r"[^\s\x1c-\x1f]+"
_ALPHANUMERIC = r"[\p{L}\p{N}]+"
RULES = {
    # As published by s1 and by open-r1, which are the same: lower case, split at white space
    # (punctuation and LaTeX stay part of a word), any one shared run of 8 is a hit, and a text of
    # fewer words hits nothing.
    "s1": Rule(8, _SPACED),
    "open-r1": Rule(8, _SPACED),
    # Letters and digits alone, so that $x=2$ and x = 2 are the same words.
    "words-8": Rule(8, _ALPHANUMERIC),
    "words-13": Rule(13, _ALPHANUMERIC),
}


class Hit(NamedTuple):
    """Text number `text` shares `shared` different runs with the index's text `other`.

    `score` is the share of the other text's runs that are shared (1: the whole of it is there).
    `runs` are the shared passages as words, overlapping runs of n joined, in the order of the text.
    """

    text: int
    other: int
    shared: int
    score: float
    runs: list[str]


@dataclass(frozen=True)
class _Words:
    """The words of several texts, all in a row; `starts`: where each text begins, and the end."""

    words: pl.Series
    starts: Ints

    @classmethod
    def of(cls, texts: Sequence[str] | pl.Series, pattern: str) -> "_Words":
        found = pl.Series(texts, dtype=pl.String).str.to_lowercase().str.extract_all(pattern)
        lengths = found.list.len().fill_null(0).to_numpy().astype(np.int64)
        words = found.explode().drop_nulls()
        return cls(words, np.concatenate([[0], np.cumsum(lengths)]))

    @cached_property
    def text(self) -> Ints:
        """The text of each word."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def runs(self, n: int) -> tuple[Hashes, Ints]:
        """The hash of every run of n words within a text, and the place of its first word."""
        size = len(self.words) - n + 1
        if size <= 0:
            return np.empty(0, np.uint64), np.empty(0, np.int64)
        word = self.words.hash(_SEED).to_numpy()
        total = np.zeros(size, np.uint64)
        for k in range(n):
            total *= _FACTOR
            total += word[k : k + size]
        at = np.flatnonzero(self.text[:size] == self.text[n - 1 :])
        return total[at], at


class Index:
    """The runs of a set of texts, to find those that other texts share with them."""

    def __init__(self, texts: Sequence[str], rule: Rule) -> None:
        self._rule = rule
        self._words = _Words.of(texts, rule.pattern)
        hashes, at = self._words.runs(rule.n)
        # Of a run that a text has twice, the first; then all runs by their hash.
        _, first = np.unique(np.stack([hashes, self._words.text[at].astype(np.uint64)]), axis=1,
                             return_index=True)  # fmt: skip
        order = first[np.argsort(hashes[first], kind="stable")]
        self._hashes, self._at = hashes[order], at[order]
        self._sizes = np.bincount(self._words.text[self._at], minlength=len(texts))
        # Most runs of other texts are nowhere here: one look at a small table tells.
        bits = max(16, int(len(order) * 32).bit_length())
        self._shift = np.uint64(64 - bits)
        self._seen = np.zeros(1 << bits, bool)
        self._seen[self._slot(self._hashes)] = True

    def _slot(self, hashes: Hashes) -> Ints:
        return ((hashes * _FACTOR) >> self._shift).astype(np.int64)

    def hits(self, texts: Sequence[str] | pl.Series) -> list[Hit]:
        """All hits of `texts`, ordered by text and other."""
        starts = range(0, len(texts), _CHUNK)
        if len(starts) <= 1:
            return self._hits(texts, 0)
        # polars and NumPy let go of Python's lock; a map keeps the order.
        with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
            parts = pool.map(lambda start: self._hits(texts[start : start + _CHUNK], start), starts)
            return [hit for part in parts for hit in part]

    def _hits(self, texts: Sequence[str] | pl.Series, offset: int) -> list[Hit]:
        mine, theirs, n = _Words.of(texts, self._rule.pattern), self._words, self._rule.n
        hashes, at = mine.runs(n)
        near = self._seen[self._slot(hashes)]
        hashes, at = hashes[near], at[near]
        low = np.searchsorted(self._hashes, hashes, "left")
        counts = np.searchsorted(self._hashes, hashes, "right") - low
        # One line for every place here and every place there that have the same hash.
        here = np.repeat(at, counts)
        there = self._at[np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(len(here))]
        for k in range(n):
            same = (mine.words.gather(here + k) == theirs.words.gather(there + k)).to_numpy()
            here, there = here[same], there[same]
        order = np.lexsort((here, theirs.text[there], mine.text[here]))
        here, there = here[order], there[order]
        pairs = zip(mine.text[here].tolist(), theirs.text[there].tolist(),
                    here.tolist(), there.tolist(), strict=True)  # fmt: skip
        found = []
        for (text, other), places in groupby(pairs, key=lambda p: p[:2]):
            mine_at, theirs_at = zip(*(p[2:] for p in places), strict=True)
            shared = len(set(theirs_at))  # each the first of its kind in the other text
            found.append(
                Hit(
                    offset + text,
                    other,
                    shared,
                    shared / int(self._sizes[other]),
                    _passages(mine.words, list(mine_at), n),
                )
            )
        return found


def _passages(words: pl.Series, places: list[int], n: int) -> list[str]:
    """The words at these places and the n - 1 after each; what overlaps or touches is joined."""
    ends: list[list[int]] = []
    for place in places:
        if ends and place <= ends[-1][1]:
            ends[-1][1] = place + n
        else:
            ends.append([place, place + n])
    passages = (" ".join(words.slice(start, stop - start)) for start, stop in ends)
    return list(dict.fromkeys(passages))
