"""Ciphers."""

import re
import string
from itertools import product

import pytest

from r1k.families import DIFFICULTIES, cipher, make
from r1k.families.words import Person

FACTS = {
    "name": Person("Mei"),
    "friend": Person("Omar"),
    "word": "cat",
    "rule": (("forward", 5),),
}
A_TO_Z = string.ascii_lowercase


def _encode(word: str, rule: tuple[tuple[str, object], ...]) -> str:
    """By residues: the letters as 0 to 25."""
    numbers = [A_TO_Z.index(letter) for letter in word]
    for kind, value in rule:
        for i, number in enumerate(numbers):
            if kind == "mirror":
                numbers[i] = 25 - number
            elif kind == "key":
                numbers[i] = number + A_TO_Z.index(str(value)[i % len(str(value))]) + 1
            else:
                numbers[i] = number + int(str(value)) * (1 if kind == "forward" else -1)
    return "".join(A_TO_Z[number % 26] for number in numbers)


def test_worked_example() -> None:
    solution = cipher.forward(FACTS)
    assert solution.answer == "hfy"
    assert solution.trace.split("\n")[1:3] == [
        "C is 3, 3 + 5 = 8, so h.",
        "A is 1, 1 + 5 = 6, so f.",
    ]
    whole = FACTS | {"answer": "hfy"}
    back = cipher.reverse(whole, "word")
    assert back.answer == "cat"
    assert "H is 8, 8 - 5 = 3, from c." in back.trace
    shift = cipher.reverse(whole, "shift")
    assert (shift.answer, shift.values) == (5, {"n": 5})
    assert "C (3) to H (8) is 8 - 3 = 5 places.\n" in shift.trace


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_codes_agree_with_residues(difficulty: int) -> None:
    for seed in range(50):
        pair = make("cipher", difficulty, seed)
        facts = pair.facts
        code = _encode(facts["word"], facts["rule"])
        assert pair.forward.answer == code
        assert cipher.solve_forward(facts) == [code]
        assert cipher.solve_reverse({"answer": code, "rule": facts["rule"]}, "word") == [
            facts["word"]
        ]


def test_the_alphabet_has_no_end() -> None:
    assert cipher.forward(FACTS | {"word": "zoo"}).answer == "ett"
    assert "Z is 26, 26 + 5 - 26 = 5, so e." in cipher.forward(FACTS | {"word": "zoo"}).trace
    back = cipher.forward(FACTS | {"word": "ear", "rule": (("back", 5),)})
    assert back.answer == "zvm"
    assert "E is 5, 5 - 5 + 26 = 26, so z." in back.trace


def test_the_order_of_mirror_and_shift_matters() -> None:
    mirror, shift = ("mirror", "a"), ("forward", 3)
    assert cipher.forward(FACTS | {"rule": (mirror, shift)}).answer == "acj"
    assert cipher.forward(FACTS | {"rule": (shift, mirror)}).answer == "uwd"


def test_a_key_starts_again() -> None:
    facts = FACTS | {"word": "aaaaa", "rule": (("key", "ace"), ("back", 1))}
    assert cipher.forward(facts).answer == "aceac"


def test_solver_finds_every_shift_that_fits() -> None:
    asked = FACTS | {"answer": "hfy", "rule": (("forward", None),)}
    assert cipher.solve_reverse(asked, "shift") == [5]
    assert cipher.solve_reverse(asked | {"answer": "hfz"}, "shift") == []
    assert cipher.solve_reverse(asked | {"word": "", "answer": ""}, "shift") == list(range(1, 26))


def test_the_shift_is_found_wherever_it_stands_in_the_rule() -> None:
    others = (("mirror", "q"), ("key", "owl"))
    for place, kind in product(range(3), ("forward", "back")):
        rule = (*others[:place], (kind, 7), *others[place:])
        facts = FACTS | {"word": "giraffe", "rule": rule}
        facts["answer"] = _encode("giraffe", rule)
        assert cipher.reverse(facts, "shift").answer == 7
        assert cipher.solve_reverse(cipher.hide(facts, "shift"), "shift") == [7]


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_n_is_the_number_alone(difficulty: int) -> None:
    """No letter n stands by itself where n is the number; seed 130 had the key "nest"."""
    for seed in range(400):
        pair = make("cipher", difficulty, seed)
        if pair.hidden == "shift":
            # Once in the rule, and once where it is asked for.
            assert len(re.findall(r"\bn\b", pair.reverse.question)) == 2
            assert re.findall(r".*\bn\b.*", pair.reverse.solution.trace) == [
                f"Both letters give n = {pair.reverse.answer}."
            ]


def test_words_that_read_as_placeholders_are_not_coded() -> None:
    used = {word for own in cipher._WORDS.values() for word in own} | set(cipher._KEYS)
    assert not used & {"key", "word", "letter"}


def test_words_are_plain_and_listed_once() -> None:
    words = [word for own in cipher.WORDS.values() for word in own]
    assert len(words) == len(set(words)) > 900
    assert all(set(word) <= set(A_TO_Z) for word in words)
    assert all(len(own) >= 100 for own in cipher.WORDS.values())
