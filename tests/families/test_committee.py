"""Counting choices."""

from itertools import combinations, permutations, product

import pytest

from r1k.families import committee, make
from r1k.families.words import Person

GROUP = ("group", 7, 2, "tall singers", "")
HAT = ("any", 5, 1, "red hats", "")


def facts(*choices):
    return {"name": Person("Ravi"), "occasion": "a wedding", "choices": choices}


def hidden(*choices, answer):
    return facts(*choices) | {"answer": answer}


def test_worked_example():
    known = facts(GROUP, HAT)
    forward = committee.forward(known)
    assert forward.answer == 105
    assert "7 * 6 = 42" in forward.trace and "42 / 2 = 21" in forward.trace
    known["answer"] = 105
    back = committee.reverse(known, "people")
    assert back.answer == 7
    assert "105 / 5 = 21" in back.trace and "21 * 2 = 42" in back.trace
    assert committee.reverse(known, "things").answer == 5


def test_questions_read_as_in_the_example_and_read_back():
    asked = committee.FORWARD[0].fill(facts(GROUP, HAT))
    assert asked == (
        "For a wedding, Ravi has to choose a group of 2 from 7 tall singers, and one of 5 "
        "different red hats. In how many ways can he do so?"
    )
    assert committee.FORWARD[0].read(asked) == facts(GROUP, HAT)


def ways(kind, n, k):
    """By listing all choices; in "apart" the first two refuse, in "mixed" the first k are other."""
    everyone = range(n + k if kind == "mixed" else n)
    if kind in ("one", "any"):
        return n
    if kind in ("group", "set"):
        return len(list(combinations(everyone, k)))
    if kind in ("pick", "digits"):
        return len(list(permutations(everyone, k)))
    if kind == "order":
        return len(list(permutations(everyone)))
    if kind == "code":
        return len(list(product(everyone, repeat=k)))
    if kind == "apart":
        return sum(not {0, 1} <= set(chosen) for chosen in combinations(everyone, k))
    return sum(min(pair) < k for pair in combinations(everyone, 2))


@pytest.mark.parametrize(
    ("kind", "k"),
    [("one", 1), ("any", 1), ("order", 1), ("mixed", 3), ("mixed", 4)]
    + [(kind, k) for kind in ("group", "set", "pick", "digits", "code", "apart") for k in (2, 3)],
)
def test_every_kind_counts_what_a_list_of_all_choices_has(kind, k):
    for n in (4, 5, 6):
        one = facts((kind, n, k, "tall singers", "shy cooks" if kind == "mixed" else "Mia and Leo"))
        assert committee.solve_forward(one) == [ways(kind, n, k)]
        assert committee.forward(one).answer == ways(kind, n, k)


def test_no_number_fits_a_count_that_cannot_come_out():
    unknown = ("group", None, 2, "tall singers", "")
    assert committee.solve_reverse(hidden(unknown, HAT, answer=105), "people") == [7]
    assert committee.solve_reverse(hidden(unknown, HAT, answer=110), "people") == []
    assert committee.solve_reverse(hidden(unknown, HAT, answer=107), "people") == []


def test_the_first_choice_of_its_sort_is_hidden():
    other = ("one", 9, 1, "shy cooks", "")
    known = facts(HAT, GROUP, other)
    assert committee.hide(known, "people")["choices"][1][1] is None
    assert committee.hide(known, "people")["choices"][2] == other
    assert committee.hide(known, "things")["choices"][0][1] is None


def test_no_single_product_is_too_long_for_one_line():
    for seed in range(300):
        left = 1
        for choice in make("committee", 5, seed).facts["choices"]:
            small, large = sorted((left, committee.solve_forward(facts(choice))[0]))
            assert large < 1000 or (small < 10 and large < 10_000)
            left = small * large


def test_picks_are_counted_not_people():
    back = committee.reverse(facts(GROUP, HAT) | {"answer": 105}, "people")
    assert "In 2 orders each, picks of tall singers number n * (n - 1) = 21 * 2 = 42." in back.trace
