"""Words whose letters are moved."""

import re
from itertools import pairwise, permutations

import pytest

from r1k.families import DIFFICULTIES, letter_moves, make
from r1k.families.words import Person

MEI, OMAR, ZOE = Person("Mei"), Person("Omar"), Person("Zoe")
FACTS = {
    "name": Person("Ravi"),
    "word": "tiger",
    "moves": ((OMAR, "left", 2, 0), (MEI, "swap", 0, 4), (ZOE, "reverse", 0, 0)),
}
WHOLE = FACTS | {"answer": "gtrei"}


def _parts(line: str) -> list[str]:
    """The words in lower case of a line of a trace."""
    return re.findall(r"\b[a-z]+\b", line)


def test_worked_example() -> None:
    solution = letter_moves.forward(FACTS)
    assert solution.answer == "gtrei"  # tiger, gerti, iertg, gtrei
    assert solution.trace.split("\n") == [
        "The word at the start is tiger.",
        "Omar moves ti of tiger to the end, which gives gerti.",
        "Mei swaps g and i in gerti, which gives iertg.",
        "Zoe reverses iertg, which gives gtrei.",
    ]
    back = letter_moves.reverse(WHOLE, "word")
    assert back.answer == "tiger"
    assert "Undo Omar: ti at the end of gerti goes to the front, so tiger." in back.trace
    count = letter_moves.reverse(WHOLE, "count")
    assert (count.answer, count.values) == (2, {"n": 2})
    assert "From tiger to gerti Omar takes ti to the end, so n = 2." in count.trace


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_every_word_on_the_way_is_right(difficulty: int) -> None:
    for seed in range(60):
        pair = make("letter_moves", difficulty, seed)
        word, moves = pair.facts["word"], pair.facts["moves"]
        states = [
            letter_moves.solve_forward({"word": word, "moves": moves[:many]})[0]
            for many in range(len(moves) + 1)
        ]
        first, *lines = pair.forward.solution.trace.split("\n")
        assert _parts(first)[-1] == word
        for before, after, line in zip(states[:-1], states[1:], lines, strict=True):
            assert before in _parts(line)
            assert _parts(line)[-1] == after
        first, *lines = pair.reverse.solution.trace.split("\n")
        assert _parts(first)[-1] == states[-1]
        if pair.hidden == "word":
            for before, after, line in zip(states[-2::-1], states[:0:-1], lines, strict=True):
                assert after in _parts(line)
                assert _parts(line)[-1] == before
        else:
            at = letter_moves._first_side(moves)
            undone = [(states[i + 1], states[i]) for i in range(len(moves) - 1, at, -1)]
            done = [(states[i + 1], states[i]) for i in range(at)]
            for (after, before), line in zip(undone + done, lines[:-1], strict=True):
                assert {before, after} <= set(_parts(line))
            assert {states[at], states[at + 1]} <= set(_parts(lines[-1]))


def test_solvers_agree_with_trying_every_order_of_the_letters() -> None:
    for seed in range(40):
        pair = make("letter_moves", 2, seed)
        end, moves = pair.facts["answer"], pair.facts["moves"]
        tried = {"".join(letters) for letters in permutations(end)}
        fitting = [
            word
            for word in tried
            if letter_moves.solve_forward({"word": word, "moves": moves}) == [end]
        ]
        assert letter_moves.solve_reverse({"answer": end, "moves": moves}, "word") == fitting


def test_a_word_that_repeats_itself_leaves_the_count_open() -> None:
    asked = {"word": "papa", "answer": "apap", "moves": ((OMAR, "left", None, 0),)}
    assert letter_moves.solve_reverse(asked, "count") == [1, 3]
    assert letter_moves.solve_reverse(asked | {"answer": "pppp"}, "count") == []


def test_moves_as_they_stand_in_a_question() -> None:
    moves = (
        (MEI, "left", 1, 0),
        (OMAR, "right", None, 0),
        (ZOE, "turn last", 3, 0),
        (MEI, "swap", 1, 7),
    )
    text = letter_moves.SLOTS["moves"].text(moves)
    assert text == (
        "Mei moves the first letter to the end, then Omar moves the last n letters to the front, "
        "then Zoe reverses the last three letters, then Mei swaps the second and eighth letters"
    )
    assert letter_moves.SLOTS["moves"].read(text) == moves


def test_only_the_first_move_from_side_to_side_is_hidden() -> None:
    moves = ((ZOE, "reverse", 0, 0), (OMAR, "right", 2, 0), (MEI, "left", 3, 0))
    hidden = letter_moves.hide(WHOLE | {"moves": moves}, "count")["moves"]
    assert hidden == (moves[0], (OMAR, "right", None, 0), moves[2])


def test_each_move_changes_the_word() -> None:
    for seed in range(100):
        facts = make("letter_moves", 3, seed).facts
        words = [
            letter_moves.solve_forward(facts | {"moves": facts["moves"][:many]})[0]
            for many in range(4)
        ]
        assert all(a != b for a, b in pairwise(words))
