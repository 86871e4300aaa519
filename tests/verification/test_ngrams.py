"""Shared runs of words, against building every text's runs and comparing all with all."""

import random
import re

import numpy as np
import pytest

from r1k.verification.ngrams import RULES, Index, Rule

SEPARATORS = (*" " * 90, "  ", "\n", "\t", "\xa0", "\x1f", " $", ", ", "-")
WORDS = r"the sum Of x^2 3 14 ÄPFEL \frac{1}{2} don't _ m+n 二 is".split()


def brute(texts: list[str], others: list[str], rule: Rule) -> dict[tuple[int, int], set[str]]:
    """What every text shares with every other, one pair of sets at a time."""

    def runs(text: str) -> set[str]:
        spaced = rule == RULES["s1"]
        words = text.lower().split() if spaced else re.findall(r"[^\W_]+", text.lower())
        return {" ".join(words[i : i + rule.n]) for i in range(len(words) - rule.n + 1)}

    mine, theirs = [runs(t) for t in texts], [runs(o) for o in others]
    return {
        (i, j): both
        for i, one in enumerate(mine)
        for j, other in enumerate(theirs)
        if (both := one & other)
    }


def made(rng: random.Random, count: int) -> list[str]:
    """Texts of some forty phrases, so that they share long runs by chance."""
    fixed = random.Random("phrases")
    phrases = [[fixed.choice(WORDS) for _ in range(fixed.randrange(3, 9))] for _ in range(40)]
    return [
        "".join(
            word + rng.choice(SEPARATORS)
            for _ in range(rng.randrange(8))
            for word in rng.choice(phrases)
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("name", ["s1", "words-8", "words-13"])
def test_the_same_hits_as_by_brute_force_on_2000_rows(name: str) -> None:
    rng, rule = random.Random(name), RULES[name]
    others = [*made(rng, 80), "", "one two", " ".join(WORDS * 3)]
    texts = made(rng, 1_900)
    for _ in range(100):  # a part of another text among other words
        words = rng.choice(others).split(" ")
        at = rng.randrange(len(words))
        texts.append(" ".join(["before", *words[at : at + rng.randrange(30)], "after"]))
    expected = brute(texts, others, rule)
    hits = Index(others, rule).hits(texts)
    assert {(h.text, h.other): h.shared for h in hits} == {k: len(v) for k, v in expected.items()}
    assert [h[:2] for h in hits] == sorted(expected)
    assert 300 < len(hits) < len(texts) * len(others) / 4
    sizes = {j: len(both) for (i, j), both in brute(others, others, rule).items() if i == j}
    for hit in hits:
        assert hit.score == hit.shared / sizes[hit.other]
        for run in expected[hit.text, hit.other]:
            assert any(run in passage for passage in hit.runs)


def test_a_hash_is_never_taken_for_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """All runs have the same hash, and those alone that are the same words are hits."""
    monkeypatch.setattr("r1k.verification.ngrams._FACTOR", np.uint64(0))
    others = ["a b c d e f g z", "h i j k l m n z"]
    hits = Index(others, RULES["s1"]).hits(["a b c d e f g z", "q q q q q q q z"])
    assert [(h.text, h.other) for h in hits] == [(0, 0)]


def test_what_is_shared_is_told_as_passages() -> None:
    other = "Let a and b be two numbers such that a is odd"
    [hit] = Index([other], RULES["s1"]).hits([f"First. {other.upper()} or so. Then {other}"])
    assert (hit.shared, hit.score) == (5, 1.0)
    assert hit.runs == ["let a and b be two numbers such that a is odd"]


def test_the_rules_differ_in_what_a_word_is() -> None:
    other = "Find the value of $x + 1$, where x = 2 and y = 3."
    retyped = "find the value of x+1 where x=2 and y=3"
    assert not Index([other], RULES["s1"]).hits([retyped])
    assert Index([other], RULES["words-8"]).hits([retyped])
    assert not Index([other], RULES["words-13"]).hits([retyped])
    assert RULES["s1"] == RULES["open-r1"]


def test_nothing_hits_nothing() -> None:
    assert Index([], RULES["s1"]).hits(["a b c d e f g h"]) == []
    assert Index(["a b c d e f g h"], RULES["s1"]).hits([]) == []
    assert Index(["a b c d e f g"], RULES["s1"]).hits(["a b c d e f g", ""]) == []
