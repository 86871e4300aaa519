"""Near-duplicates: which questions repeat an earlier one, and which must share a split.

MinHash over shingles of three words (rensa, in Rust). Two questions that differ in a number are
alike but are two problems, so a *duplicate* has the same numbers too; a *split* takes both to the
same side all the same, for the one gives the other away.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from r1k.schema import sha256

PERMUTATIONS = 128
# Bands of 4 rows of 16 bits, one 64-bit word: at a similarity of 0.7 a pair is missed once in
# 6,000, at 0.6 once in 90.
_ROWS = 4
_SEED = 1
_TOKEN = re.compile(r"[^\W_]+")
_CHUNK = 1024
_PAIRS = 16_384

Signatures = NDArray[np.uint16]


@dataclass(frozen=True)
class Near:
    """For each question: `first`, the earliest question that it repeats (itself if none), with
    the estimated `similarity` to it; and `group`, the number of its split group."""

    first: NDArray[np.int64]
    similarity: NDArray[np.float64]
    group: NDArray[np.int64]


def find_near(
    questions: Iterable[tuple[str, str]], duplicate: float, together: float, owners: int = 1
) -> Near:
    """Compare questions, given as `(text, key)`; a duplicate must have the same `key` too.

    `owners` questions in a row belong together whatever they say (2: the two problems of a pair);
    `group` then counts owners, `first` and `similarity` count questions. Memory: about 320 bytes
    a question.
    """
    keys: list[int] = []

    def noted() -> Iterable[str]:
        for text, key in questions:
            keys.append(key_hash(key))
            yield text

    found = signatures(noted())
    return link(found, np.array(keys, dtype=np.uint64), duplicate, together, owners)


def key_hash(key: str) -> int:
    """64 bits of the hash of what two duplicates must have in common."""
    return int(sha256(key)[:16], 16)


def link(
    signatures: Signatures,
    keys: NDArray[np.uint64],
    duplicate: float,
    together: float,
    owners: int = 1,
) -> Near:
    """As `find_near`, of questions whose signatures and hashes of keys are known."""
    total = len(signatures)
    first = np.arange(total)
    similarity = np.zeros(total)
    group = np.arange(total // owners)
    for band in range(0, PERMUTATIONS, _ROWS):
        linked: list[NDArray[np.int64]] = []
        for later, earlier in _candidates(signatures[:, band : band + _ROWS]):
            alike = (signatures[later] == signatures[earlier]).mean(axis=1)
            close = alike >= together
            ends = np.stack([group[later[close] // owners], group[earlier[close] // owners]])
            linked.append(np.unique(ends[:, ends[0] != ends[1]], axis=1))
            same = (alike >= duplicate) & (keys[later] == keys[earlier])
            a, b, s = later[same], earlier[same], alike[same]
            better = b < first[a]
            first[a[better]], similarity[a[better]] = b[better], s[better]
        # Joined band by band, so that only links between groups are ever held.
        group = _join(group, np.concatenate(linked, axis=1)) if linked else group
    # Chains of duplicates lead to the earliest of all.
    while not np.array_equal(first, first[first]):
        first = first[first]
    return Near(first, similarity, group)


def _join(group: NDArray[np.int64], links: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give linked groups one number."""
    size = int(group.max(initial=0)) + 1
    graph = coo_matrix((np.ones(links.shape[1], dtype=np.int8), (links[0], links[1])), (size, size))
    _, label = connected_components(graph, directed=False)
    joined: NDArray[np.int64] = label.astype(np.int64)[group]
    return joined


def shingles(text: str) -> list[str]:
    """Runs of three words, without case; of shorter texts the whole."""
    tokens = [t.casefold() for t in _TOKEN.findall(text)]
    if len(tokens) < 3:
        return [" ".join(tokens)]
    return [" ".join(tokens[i : i + 3]) for i in range(len(tokens) - 2)]


def signatures(questions: Iterable[str]) -> Signatures:
    """A row of hashes for each question, of shape (questions, PERMUTATIONS).

    Of each 32-bit MinHash 16 bits are kept: two that differ agree in those once in 65,536.
    """
    blocks: list[Signatures] = []
    texts = iter(questions)
    while chunk := [shingles(text) for text in islice(texts, _CHUNK)]:
        matrix = RMinHash.digest_matrix_from_token_sets(chunk, PERMUTATIONS, _SEED)
        blocks.append(np.array(matrix.to_rows(), dtype=np.uint32).astype(np.uint16))
    return np.concatenate(blocks) if blocks else np.empty((0, PERMUTATIONS), dtype=np.uint16)


def copies(
    mine: Signatures, theirs: Signatures, similarity: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Which questions are at least so similar to which others, by their signatures.

    Returns:
        Numbers of `mine`, numbers of `theirs`, similarities; ordered by the first two.
    """
    found: list[NDArray[np.int64]] = [np.empty((2, 0), np.int64)]
    # Bands of 3: at a similarity of 0.6 a pair is missed once in 28,000.
    for band in range(0, PERMUTATIONS - 2, 3):
        words, others = (
            np.pad(s[:, band : band + 3], ((0, 0), (0, 1))).view(np.uint64).ravel()
            for s in (mine, theirs)
        )
        order = np.argsort(others, kind="stable")
        low = np.searchsorted(others[order], words, "left")
        counts = np.searchsorted(others[order], words, "right") - low
        here = np.repeat(np.arange(len(words)), counts)
        within = np.arange(len(here)) - np.repeat(np.cumsum(counts) - counts, counts)
        found.append(np.stack([here, order[np.repeat(low, counts) + within]]))
    here, there = np.unique(np.concatenate(found, axis=1), axis=1)
    alike = (mine[here] == theirs[there]).mean(axis=1)
    close = alike >= similarity
    return here[close], there[close], alike[close]


def _candidates(
    band: NDArray[np.uint16],
) -> Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs `(later, earlier)` of questions whose band is equal.

    In a bucket each question is paired with the one before it and with the first: linear in the
    size of the bucket, and enough to connect questions that are really alike.
    """
    words = np.ascontiguousarray(band).view(np.uint64).ravel()
    order = np.argsort(words, kind="stable")
    ordered = words[order]
    equal = ordered[1:] == ordered[:-1]
    at = np.flatnonzero(equal)
    if not len(at):
        return
    yield from _in_chunks(order[at + 1], order[at])
    starts = np.flatnonzero(np.concatenate([[True], ~equal]))
    heads = starts[np.searchsorted(starts, at + 1, side="right") - 1]
    far = heads != at
    if far.any():
        yield from _in_chunks(order[at[far] + 1], order[heads[far]])


def _in_chunks(
    later: NDArray[np.int64], earlier: NDArray[np.int64]
) -> Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    for i in range(0, len(later), _PAIRS):
        yield later[i : i + _PAIRS], earlier[i : i + _PAIRS]


def split_of(
    group_key: str, validation: float, test: float
) -> Literal["train", "validation", "test"]:
    """The split of a group, by the hash of its key: adding rows does not move the others."""
    at = int(sha256("split " + group_key)[:13], 16) / 16**13
    if at < test:
        return "test"
    return "validation" if at < test + validation else "train"
