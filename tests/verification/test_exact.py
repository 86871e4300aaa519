"""The proof of a pair fails where anything in it is wrong."""

import pytest

from r1k.families import FAMILIES, Made, Twins, make
from r1k.inversion.blocks import Block
from r1k.verification.exact import IDS, as_checks, prove, prove_texts


@pytest.fixture
def pair() -> Twins:
    return make("shop", 3, 1)


def change(pair: Twins, direction: str, **changes: str) -> Twins:
    side: Made = getattr(pair, direction)
    if "trace" in changes:
        changes["solution"] = side.solution._replace(trace=changes.pop("trace"))  # type: ignore[assignment]
    return pair._replace(**{direction: side._replace(**changes)})


def failed(pair: Twins) -> set[str]:
    return {check for check, wrong in prove(pair).items() if wrong}


def test_a_right_pair_passes_all_checks(pair: Twins) -> None:
    assert prove(pair) == dict.fromkeys(IDS, "")
    assert {check.outcome for check in as_checks(prove(pair))} == {"pass"}


def test_a_wrong_answer(pair: Twins) -> None:
    assert failed(change(pair, "forward", answer="1")) == {"forward_exact"}
    assert failed(change(pair, "reverse", answer="1")) == {"reverse_exact"}


def test_a_question_that_cannot_be_read_back(pair: Twins) -> None:
    garbled = change(pair, "reverse", question=pair.reverse.question + " Hurry!")
    assert failed(garbled) == {"reverse_exact", "inverse_exact"}


def test_a_reverse_question_about_other_numbers(pair: Twins) -> None:
    other = make("shop", 3, 2)
    assert other.hidden == pair.hidden
    assert "inverse_exact" in failed(pair._replace(reverse=other.reverse))


def test_a_question_that_states_its_answer(pair: Twins) -> None:
    told = change(pair, "forward", answer=str(pair.facts["start"]))
    assert "answers_hidden" in failed(told)


def test_a_false_step(pair: Twins) -> None:
    trace = pair.reverse.solution.trace + "\nIndeed 2 + 2 = 5."
    assert failed(change(pair, "reverse", trace=trace)) == {"steps_true"}


def test_a_reverse_trace_that_quotes_the_forward_trace(pair: Twins) -> None:
    line = pair.forward.solution.trace.split("\n")[1]
    trace = f"{pair.reverse.solution.trace}\n{line}"
    assert failed(change(pair, "reverse", trace=trace)) == {"own_trace"}


@pytest.mark.parametrize(
    "trace",
    ["the purse is empty.", "The purse is empty", "The **purse** is empty.", "The purse.\n\nThe.",
     "- The purse is empty.", "The `purse` is empty.", "The  purse is empty.", "Empty is it."],
)  # fmt: skip
def test_layout_that_would_tell_the_direction(pair: Twins, trace: str) -> None:
    assert failed(change(pair, "forward", trace=trace)) == {"plain_layout"}


def test_without_a_trace_the_questions_are_proven_all_the_same(pair: Twins) -> None:
    assert failed(change(pair, "reverse", trace="")) == {"plain_layout"}


def test_failures_become_checks_with_evidence(pair: Twins) -> None:
    checks = as_checks(prove(change(pair, "forward", answer="1")))
    (check,) = [check for check in checks if check.outcome == "fail"]
    assert check.id == "forward_exact"
    assert "not '1'" in check.evidence
    assert check.required


def blocks(pair: Twins) -> tuple[Block, Block]:
    forward, reverse = (
        Block(side.question, side.solution.trace, side.answer)
        for side in (pair.forward, pair.reverse)
    )
    return forward, reverse


@pytest.mark.parametrize("name", FAMILIES)
def test_texts_alone_are_proven_as_the_pair_is(name: str) -> None:
    for seed in range(20):
        assert prove_texts(*blocks(make(name, 1 + seed % 5, seed))) == dict.fromkeys(IDS, "")


def test_texts_in_which_something_is_wrong(pair: Twins) -> None:
    forward, reverse = blocks(pair)
    other = blocks(make("shop", 3, 2))[1]
    for wrong, expected in (
        (reverse._replace(answer="1"), {"reverse_exact"}),
        (reverse._replace(question="How much is it?"), {"reverse_exact", "inverse_exact"}),
        (other, {"inverse_exact"}),
        (reverse._replace(trace=reverse.trace + "\nIndeed 2 + 2 = 5."), {"steps_true"}),
    ):
        found = prove_texts(forward, wrong)
        assert found and {check for check, why in found.items() if why} == expected


@pytest.mark.parametrize("name", FAMILIES)
def test_an_unreadable_question_is_refused_in_every_family(name: str) -> None:
    for seed in range(10):
        forward, reverse = blocks(make(name, 1 + seed % 5, seed))
        found = prove_texts(forward, reverse._replace(question="Which number is it?"))
        assert found and found["reverse_exact"] and found["inverse_exact"]


@pytest.mark.parametrize("name", FAMILIES)
def test_the_reverse_problem_of_another_pair_is_refused_in_every_family(name: str) -> None:
    for seed in range(40):
        forward = blocks(make(name, 1 + seed % 5, seed))[0]
        other = blocks(make(name, 1 + (seed // 5) % 5, seed + 40))[1]
        found = prove_texts(forward, other)
        assert found and found["inverse_exact"]


def test_a_question_that_the_solver_was_not_made_for_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(facts: object, hidden: str) -> list[int]:
        raise TypeError("unsupported operand: two givens are missing")

    texts = blocks(make("shop", 3, 1))
    monkeypatch.setattr(FAMILIES["shop"], "solve_reverse", fail)
    found = prove_texts(*texts)
    assert found and "solved as []" in found["reverse_exact"]


def test_any_of_several_like_givens_may_be_hidden() -> None:
    forward = Block(
        "These are Yusuf's marks: 84, 58, 27 and 57. What is the mean of all of them?",
        "The numbers are added one by one, 84 + 58 = 142, 142 + 27 = 169, 169 + 57 = 226.\n"
        "There are 4 numbers, so the mean is 226 / 4 = 56.5.",
        "56.5",
    )
    question = "Given {}, all marks that Yusuf has written down have the mean 56.5. Work out x."
    trace = "The 4 numbers must add up to 4 * 56.5 = 226.\nTaking the other numbers away, {}."
    right = (
        ("84, x, 27 and 57", "226 - 84 = 142, 142 - 27 = 115, 115 - 57 = 58, so x = 58", "58"),
        ("84, 58, x and 57", "226 - 84 = 142, 142 - 58 = 84, 84 - 57 = 27, so x = 27", "27"),
    )
    for numbers, sums, answer in right:
        reverse = Block(question.format(numbers), trace.format(sums), answer)
        assert not any((prove_texts(forward, reverse) or {"": "not read"}).values())
    numbers, sums, _ = right[1]
    for wrong, check in (
        (Block(question.format(numbers), trace.format(sums), "58"), "reverse_exact"),
        (Block(question.format("84, 59, x and 57"), trace.format(sums), "26"), "inverse_exact"),
        (Block(question.format("84, x and 57"), trace.format(sums), "27"), "inverse_exact"),
        (Block(question.format(numbers), trace.format("so x = 28"), "27"), "steps_true"),
    ):
        found = prove_texts(forward, wrong)
        assert found and found[check]


def test_a_question_that_an_assertion_of_the_solver_fails_on_is_refused() -> None:
    pair = make("list_program", 1, 1)
    question = (
        "A program by Chloe is given the numbers [27, 9, 29]. It is to put the first last, then "
        "add k to each. It prints [15, 35, 33]. Work out the number k."
    )
    found = prove_texts(blocks(pair)[0], Block(question, "The list is at its end.", "6"))
    assert found and found["reverse_exact"]


def test_a_question_with_other_names_and_a_given_of_another_kind_is_refused() -> None:
    forward = Block(
        "Work out f(10) for Jamal and Tomas, who know that f'(x) = -36x and f(0) = 36.",
        "The growth from 0 to 10 follows -18x^2, since -36 / 2 = -18.",
        "-1764",
    )
    question = (
        "Jamal asks Jamal for k, where f'(x) = -36x and f(0) = k, and where -1764 is f(10). "
        "What should Jamal say?"
    )
    trace = "The value of f at 10 is -1764.\nUndo the growth: k = -1764 - (-1800) = 36."
    found = prove_texts(forward, Block(question, trace, "36"))
    assert found and {check for check, why in found.items() if why} == {"inverse_exact"}


def test_a_problem_of_no_family_is_not_proven() -> None:
    found = prove_texts(Block("What is love?", "", "5"), Block("What is 5?", "", "love"))
    assert found is None
    checks = as_checks(found, required=["steps_true"])
    assert {check.outcome for check in checks} == {"not_run"}
    assert [check.id for check in checks if check.required] == ["steps_true"]
    assert checks[0].evidence == "no problem family asks the forward question"
