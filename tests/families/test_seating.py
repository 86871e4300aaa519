"""seating: clues about places, compared with trying all permutations or placings."""

from itertools import permutations
from typing import Any

import pytest

from r1k.families import make, seating
from r1k.families.words import PEOPLE

ADAM, BEN, MIA, ZOE = PEOPLE[1], PEOPLE[3], PEOPLE[0], PEOPLE[2]
CLUES = (("front", BEN, "", 5), ("behind", MIA, BEN, 4))
FACTS = {"total": 20, "clues": CLUES, "asked": ("back", MIA, "")}


def by_permutations(facts: dict[str, Any], people: list[str]) -> set[int]:
    """The answers of all ways to put people into the places 1 to `total`."""
    found = set()
    for places in permutations(range(1, facts["total"] + 1), len(people)):
        place = dict(zip(people, places, strict=True))
        if all(holds(clue, place, facts["total"]) for clue in facts["clues"]):
            found.add(facts["total"] + 1 - place[facts["asked"][1]])
    return found


def holds(clue: tuple[str, str, str, int], place: dict[str, int], total: int) -> bool:
    kind, x, y, n = clue
    line = ["" for _ in range(total)]
    for person, p in place.items():
        line[p - 1] = person
    at = line.index(x)
    match kind:
        case "front":
            return at == n - 1
        case "back":
            return line[::-1].index(x) == n - 1
        case "behind":
            return line[at - n] == y if at >= n else False
        case "ahead":
            return at + n < total and line[at + n] == y
        case "between":
            low, high = sorted((at, line.index(y)))
            return len(line[low + 1 : high]) == n
    return at == line[::-1].index(y)


def test_worked_example_forward() -> None:
    solution = seating.forward(FACTS)
    assert solution.answer == 12
    assert "5 + 4 = 9" in solution.trace and "20 + 1 - 9 = 12" in solution.trace


def test_worked_example_reverse() -> None:
    step = seating.reverse(FACTS | {"answer": 12}, "step")
    assert step.answer == 4
    assert "20 + 1 - 12 = 9" in step.trace and "k = 9 - 5 = 4" in step.trace
    place = seating.reverse(FACTS | {"answer": 12}, "place")
    assert place.answer == 5
    assert "9 - 4 = 5" in place.trace


def test_solver_agrees_with_all_permutations() -> None:
    people: list[str] = [ADAM, BEN, MIA, ZOE]
    clues = (
        ("mirror", ADAM, BEN, 0),
        ("between", MIA, BEN, 3),
        ("back", MIA, "", 2),
        ("ahead", ZOE, ADAM, 1),
    )
    facts = {"total": 8, "clues": clues, "asked": ("back", ZOE, "")}
    assert set(seating.solve_forward(facts)) == by_permutations(facts, people) == {4}


def test_solver_sees_that_a_place_is_not_unique() -> None:
    facts = FACTS | {"clues": (CLUES[0], ("between", MIA, BEN, 2))}
    assert seating.solve_forward(facts) == [13, 19]
    unknown = (("front", BEN, "", None), ("between", MIA, BEN, 2))
    back = FACTS | {"clues": unknown, "answer": 10}
    assert seating.solve_reverse(back, "place") == [8, 14]


def test_solver_sees_that_no_place_fits() -> None:
    assert seating.solve_forward(FACTS | {"clues": (CLUES[0], ("ahead", MIA, BEN, 5))}) == []
    back = FACTS | {"clues": (CLUES[0], ("ahead", MIA, BEN, None)), "answer": 12}
    assert seating.solve_reverse(back, "step") == []


def test_people_between_leave_one_direction() -> None:
    clues = (("front", BEN, "", 3), ("between", MIA, BEN, 11))
    solution = seating.forward(FACTS | {"clues": clues})
    assert "3 + 12 = 15 is in the line, 3 - 12 = -9 is not" in solution.trace
    assert solution.answer == 6


@pytest.mark.parametrize(
    ("end", "asked", "answer"),
    [
        ("front", "front", 9), ("front", "back", 12), ("front", "ahead", 8),
        ("front", "behind", 11), ("back", "back", 1), ("back", "front", 20),
        ("back", "ahead", 19), ("back", "behind", 0),
    ],
)  # fmt: skip
def test_what_is_asked_counts_from_its_own_end(end: str, asked: str, answer: int) -> None:
    facts = FACTS | {"clues": ((end, BEN, "", 5), CLUES[1]), "asked": (asked, MIA, "")}
    assert seating.forward(facts).answer == answer
    assert seating.solve_forward(facts) == [answer]
    assert seating.reverse(facts | {"answer": answer}, "step").answer == 4
    assert seating.reverse(facts | {"answer": answer}, "place").answer == 5


def test_a_gap_is_used_from_its_known_side() -> None:
    clues = (*CLUES, ("behind", ZOE, BEN, 11))
    facts = FACTS | {"clues": clues, "asked": ("gap", ZOE, MIA)}
    assert seating.forward(facts).answer == 7 == seating.solve_forward(facts)[0]
    trace = seating.reverse(facts | {"answer": 7}, "step").trace
    assert trace.index("5 + 11 = 16") < trace.index("16 - 7 = 9") < trace.index("k = 9 - 5 = 4")


def test_everybody_has_a_place_of_their_own() -> None:
    for seed in range(50):
        facts = make("seating", 5, seed).facts
        placings = list(seating._placings(facts["clues"], facts["total"]))
        assert len(placings) == 1 and len(set(placings[0].values())) == 6
