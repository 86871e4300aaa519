"""list_program: each step and its undoing, and the solver of linear equations."""

from itertools import pairwise

import pytest

from r1k.families import list_program, make
from r1k.families.base import Draw
from r1k.families.words import PEOPLE

STEPS = (("add", 3), ("reverse", 0))
FACTS = {"name": PEOPLE[0], "input": (4, 1, 3), "steps": STEPS}


def test_worked_example_forward() -> None:
    solution = list_program.forward(FACTS)
    assert solution.answer == (6, 4, 7)
    assert "4 + 3 = 7, 1 + 3 = 4, 3 + 3 = 6, which gives [7, 4, 6]" in solution.trace


def test_worked_example_reverse() -> None:
    solution = list_program.reverse(FACTS | {"answer": (6, 4, 7)}, "input")
    assert solution.answer == (4, 1, 3)
    lines = solution.trace.split("\n")
    assert "[6, 4, 7]" in lines[0] and "[7, 4, 6]" in lines[1] and lines[-1].endswith("[4, 1, 3].")


def test_hidden_amount_is_found_from_the_end() -> None:
    solution = list_program.reverse(FACTS | {"answer": (6, 4, 7)}, "amount")
    assert solution.answer == 3
    assert "k = 7 - 4 = 3" in solution.trace
    assert solution.trace.index("[7, 4, 6]") < solution.trace.index("k =")


@pytest.mark.parametrize(
    "step, after",
    [
        (("add", 5), [7, 4, 14]),
        (("take", 5), [-3, -6, 4]),
        (("times", 3), [6, -3, 27]),
        (("from", 5), [3, 6, -4]),
        (("ladder", 5), [7, 5, 16]),
        (("sums", 0), [2, 1, 10]),
        (("reverse", 0), [9, -1, 2]),
        (("swap", 0), [9, -1, 2]),
        (("left", 0), [-1, 9, 2]),
        (("right", 0), [9, 2, -1]),
        (("front", 5), [5, 2, -1, 9]),
        (("end", 5), [2, -1, 9, 5]),
        (("cut front", 2), [-1, 9]),
        (("cut end", 9), [2, -1]),
    ],
)
def test_every_step_and_its_undoing(step: tuple[str, int], after: list[int]) -> None:
    facts = {"name": PEOPLE[0], "input": (2, -1, 9), "steps": (step,)}
    assert list_program.forward(facts).answer == tuple(after)
    assert list_program.solve_forward(facts) == [tuple(after)]
    back = {"name": PEOPLE[0], "steps": (step,), "answer": tuple(after)}
    assert list_program.solve_reverse(back, "input") == [(2, -1, 9)]
    asked = list_program.SLOTS["steps"]
    assert asked.read(asked.text((step,))) == (step,)


def test_solver_sees_that_a_list_is_not_unique() -> None:
    steps = (("times", 0), ("add", 1))
    back = {"name": PEOPLE[0], "steps": steps, "answer": (1, 1)}
    assert len(list_program.solve_reverse(back, "input")) > 1


def test_solver_sees_that_no_list_fits() -> None:
    halves = {"name": PEOPLE[0], "steps": (("times", 2),), "answer": (4, 5)}
    assert list_program.solve_reverse(halves, "input") == []
    crossed = FACTS | {"steps": (("cut end", 9),)}
    assert list_program.solve_forward(crossed) == []
    uneven = FACTS | {"steps": (("add", None),), "answer": (7, 4, 9)}
    assert list_program.solve_reverse(uneven, "amount") == []


def test_steps_without_a_number_stand_apart() -> None:
    for seed in range(200):
        kinds = [kind for kind, _ in make("list_program", 5, seed).facts["steps"]]
        plain = [i for i, kind in enumerate(kinds) if "#" not in list_program._KINDS[kind][0]]
        assert len(kinds) == 6 and all(b - a > 1 for a, b in pairwise(plain))


def test_hidden_amount_belongs_to_the_first_step() -> None:
    for difficulty in (1, 2, 3, 4, 5):
        facts = list_program.draw(Draw(f"test {difficulty}"), difficulty, "amount")
        assert facts and facts["steps"][0][0] in ("add", "take", "times", "from")
        assert list_program.hide(facts, "amount")["steps"][0][1] is None


def test_no_step_tells_the_hidden_amount() -> None:
    # "multiply each by k, then cross out the 39 in front" would tell that 39 is a product of k.
    hidden, told = (
        {kind for seed in range(300) for kind in _drawn(hidden, seed)}
        for hidden in ("amount", "input")
    )
    assert told - hidden == {"cut front", "cut end"} and not hidden - told


def _drawn(hidden: str, seed: int) -> list[str]:
    facts = list_program.draw(Draw(f"test {seed}"), 5, hidden)
    return [kind for kind, _ in facts["steps"]] if facts else []
