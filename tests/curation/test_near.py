"""Near-duplicates and split groups, against counting shingles one by one."""

import random
from collections.abc import Iterable

import numpy as np
import pytest

from r1k.curation import near
from r1k.curation.near import find_near, shingles, split_of
from r1k.source.givens import numbers

WORDS = [a + b for a in ("ba", "ke", "lo", "mi", "nu", "ra") for b in ("n", "st", "l", "rk", "m")]
COWS = (
    "A farmer has 17 cows and 23 pigs on a field behind the old barn. Every cow gives 4 litres of "
    "milk a day, and the farmer sells all of it on the market. How many litres does he sell?"
)


def keyed(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Questions with the key that the pipeline gives them: their numbers."""
    return [(t, " ".join(str(n.value) for n in numbers(t))) for t in texts]


def find(*texts: str, owners: int = 1) -> near.Near:
    return find_near(keyed(texts), duplicate=0.8, together=0.7, owners=owners)


def jaccard(a: str, b: str) -> float:
    x, y = set(shingles(a)), set(shingles(b))
    return len(x & y) / len(x | y)


def test_copies_of_others_as_by_comparing_all_with_all() -> None:
    rng = random.Random(5)
    others = [" ".join(rng.choices(WORDS, k=30)) for _ in range(60)]
    texts = []
    for _ in range(2_000):
        words = rng.choice(others).split()
        for _ in range(rng.randrange(8)):
            words[rng.randrange(30)] = rng.choice(WORDS)
        texts.append(" ".join(words))
    mine, theirs = near.signatures(texts), near.signatures(others)
    alike = (mine[:, None, :] == theirs[None, :, :]).mean(axis=2)
    here, there, similarity = near.copies(mine, theirs, 0.6)
    expected = np.argwhere(alike >= 0.6)
    assert np.array_equal(np.stack([here, there], axis=1), expected)
    assert np.array_equal(similarity, alike[here, there])
    assert 500 < len(here) < 1_900


def partition(group: np.ndarray, names: list[int]) -> set[frozenset[int]]:
    found: dict[int, set[int]] = {}
    for number, name in zip(group.tolist(), names, strict=True):
        found.setdefault(number, set()).add(name)
    return {frozenset(members) for members in found.values()}


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """300 texts: 60 of 60 words, and four edits of each, from light to heavy."""
    rng = random.Random(3)
    made = []
    for _ in range(60):
        words = rng.choices(WORDS, k=60)
        made.append(" ".join(words))
        for edits in (1, 2, 6, 30):
            changed = list(words)
            for at in rng.sample(range(60), edits):
                changed[at] = rng.choice(WORDS)
            made.append(" ".join(changed))
    rng.shuffle(made)
    return made


def test_exact_duplicates() -> None:
    found = find("What is a cow?", COWS, "What is a pig?", COWS, COWS.upper() + "!")
    assert found.first.tolist() == [0, 1, 2, 1, 1]
    assert found.similarity.tolist() == [0, 0, 0, 1, 1]
    assert found.group[1] == found.group[3] == found.group[4]
    assert len(set(found.group.tolist())) == 3


def test_near_duplicates_lead_to_the_earliest() -> None:
    second = COWS.replace("farmer sells", "farmer then sells")
    third = second.replace("on the market", "at the market")
    found = find(COWS, "What is a cow?", second, third)
    assert found.first.tolist() == [0, 1, 0, 0]
    assert found.similarity[2] == pytest.approx(jaccard(COWS, second), abs=0.12)


def test_another_number_makes_another_problem_in_the_same_split() -> None:
    other = COWS.replace("23", "29")
    assert jaccard(COWS, other) > 0.8
    found = find(COWS, other, "What is a cow?")
    assert found.first.tolist() == [0, 1, 2]
    assert found.group[0] == found.group[1] != found.group[2]


def test_the_two_questions_of_a_pair_belong_together() -> None:
    reverse = "How many litres does one cow give, if all of them together give 68 litres a day?"
    pairs = [COWS, reverse, "What is a cow?", "What is a pig?", "Why do cows moo?", reverse]
    found = find(*pairs, owners=2)
    assert found.first.tolist() == [0, 1, 2, 3, 4, 1]
    assert found.group.tolist() == [0, 1, 0]  # the third pair shares its second question


@pytest.mark.parametrize("questions", [[], ["one"], ["", ""], ["a b", "A  b"], ["?", "!"]])
def test_small_sets(questions: list[str]) -> None:
    found = find(*questions)
    assert len(found.first) == len(found.similarity) == len(found.group) == len(questions)
    assert set(found.first.tolist()) <= {0}
    assert set(found.group.tolist()) <= {0}


def test_against_brute_force(texts: list[str]) -> None:
    found = find_near([(t, "") for t in texts], duplicate=0.8, together=0.7)
    exact = np.array([[jaccard(a, b) for b in texts] for a in texts])
    alike = {(i, j) for i, j in np.argwhere(exact > 0.85).tolist() if i > j}
    assert len(alike) > 60
    # Each later one is a duplicate, though perhaps of another one, earlier still.
    missed = [(i, j) for i, j in alike if found.first[i] == i]
    assert not missed
    assert all(found.group[i] == found.group[j] for i, j in np.argwhere(exact > 0.8).tolist())
    # The estimate is off by 0.04 or so (128 hashes), and a chain may lead further than one step.
    for i, first in enumerate(found.first.tolist()):
        assert i == first or exact[i, first] > 0.5
    for members in partition(found.group, list(range(len(texts)))):
        for i in members:
            assert len(members) == 1 or max(exact[i, j] for j in members if j != i) > 0.5
    assert found.similarity[found.first == np.arange(300)].tolist() == [0] * len(set(found.first))


@pytest.mark.parametrize(("chunk", "pairs"), [(1, 1), (7, 3), (299, 50), (300, 10_000)])
def test_chunks_change_nothing(
    texts: list[str], monkeypatch: pytest.MonkeyPatch, chunk: int, pairs: int
) -> None:
    whole = find(*texts)
    monkeypatch.setattr(near, "_CHUNK", chunk)
    monkeypatch.setattr(near, "_PAIRS", pairs)
    again = find(*texts)
    assert np.array_equal(whole.first, again.first)
    assert np.array_equal(whole.similarity, again.similarity)
    assert np.array_equal(whole.group, again.group)


def test_order_does_not_change_what_is_exactly_equal(texts: list[str]) -> None:
    rng = random.Random(4)
    doubled = texts[:100] * 2
    order = list(range(200))
    rng.shuffle(order)
    found = find(*(doubled[i] for i in order))
    for at, i in enumerate(order):
        twin = order.index((i + 100) % 200)
        assert found.first[at] == found.first[twin]
        assert found.group[at] == found.group[twin]


def test_a_large_bucket_of_equal_questions() -> None:
    found = find(*[COWS] * 5_000)
    assert not found.first.any()
    assert not found.group.any()


def test_shingles() -> None:
    assert shingles("A farmer has 17 cows.") == ["a farmer has", "farmer has 17", "has 17 cows"]
    assert shingles("Why?") == ["why"]
    assert shingles("") == [""]
    assert shingles("x_1 + y") == ["x 1 y"]


def test_splits_keep_their_shares_and_do_not_move() -> None:
    keys = [f"key {i}" for i in range(20_000)]
    splits = {key: split_of(key, validation=0.1, test=0.2) for key in keys}
    shares = {s: sum(v == s for v in splits.values()) / len(keys) for s in set(splits.values())}
    assert shares["test"] == pytest.approx(0.2, abs=0.015)
    assert shares["validation"] == pytest.approx(0.1, abs=0.015)
    assert split_of("key 1", 0, 0) == "train"
    assert split_of("key 1", 0, 0.999999) == "test"
    # A larger validation share takes from the training rows, and leaves the test rows alone.
    wider = {key: split_of(key, validation=0.3, test=0.2) for key in keys}
    assert all(wider[k] == s for k, s in splits.items() if s != "train")
