"""The proof of a pair fails where anything in it is wrong."""

import pytest

from r1k.families import Made, Twins, make
from r1k.verification.exact import IDS, as_checks, prove


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


def test_failures_become_checks_with_evidence(pair: Twins) -> None:
    checks = as_checks(prove(change(pair, "forward", answer="1")))
    (check,) = [check for check in checks if check.outcome == "fail"]
    assert check.id == "forward_exact"
    assert "not '1'" in check.evidence
    assert check.required
