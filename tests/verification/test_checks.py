"""Each check on small pairs written by hand; all of them on real pairs, good and spoiled."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gsm8k_backward import FILE, Row, acceptances, judge, load, masked, rejections
from r1k.config import ChecksConfig
from r1k.errors import UserError
from r1k.inversion.llm import Attempt, Draft
from r1k.inversion.mask import NoInverse, mask
from r1k.schema import Check, Problem
from r1k.verification.checks import (
    CHECKS,
    IDS,
    Subject,
    check_ids,
    is_complete,
    is_rounded,
    run_checks,
    verdict,
)
from r1k.verification.equal import Equality

GSM8K = Path(__file__).parents[2].parent / "shared" / "data" / FILE
FORWARD = "Ana buys 4 bags of apples. Each bag holds 6 apples, and 5 apples rot. How many are good?"
REVERSE = (
    "Ana buys 4 bags of apples. Each bag holds the same number of apples, 5 apples rot, and 19 are "
    "good. How many apples does each bag hold?"
)


@pytest.fixture(scope="module")
def equal() -> Iterator[Equality]:
    with Equality(2.0) as equality:
        yield equality


def attempt(answer: str | None = "6", **changes: Any) -> Attempt:
    fields: dict[str, Any] = {
        "trace": "19 and 5 are 24.",
        "answer": answer,
        "answer_from": "boxed",
        "finish_reason": "stop",
        "tags_closed": True,
        "tokens": 8,
        "error": None,
    }
    return Attempt(**{**fields, **changes})


def subject(equal: Equality, **changes: Any) -> Subject:
    """A faithful pair about apples, with what a test changes of it."""
    given = changes.get("given", changes.get("expected", "6"))
    return Subject(
        forward=Problem(
            question=changes.get("forward", FORWARD),
            trace=changes.get("trace"),
            answer=changes.get("answer", "19"),
            option=changes.get("option"),
            reference=changes.get("reference"),
        ),
        grade=changes.get("grade"),
        draft=Draft(
            question=changes.get("reverse", REVERSE),
            given=given,
            expected=changes.get("expected", "6"),
            failure=changes.get("failure"),
            attempts=changes.get("attempts", []),
        ),
        bounds=changes.get("bounds", ChecksConfig()),
        equal=equal,
    )


def outcomes(equal: Equality, **changes: Any) -> dict[str, Check]:
    return {check.id: check for check in run_checks(subject(equal, **changes))}


def test_a_faithful_pair_passes_all(equal: Equality) -> None:
    checks = outcomes(equal, attempts=[attempt()])
    assert list(checks) == [check_id for check_id, _, _ in CHECKS]
    assert {check.outcome for check in checks.values()} == {"pass"}


def test_without_a_solver_two_checks_are_not_run(equal: Equality) -> None:
    checks = outcomes(equal)
    unrun = [check.id for check in checks.values() if check.outcome == "not_run"]
    assert unrun == ["complete", "round_trip"]
    assert checks["round_trip"].evidence == "no solver"


CASES: list[tuple[str, str, str, dict[str, Any]]] = [
    # check, outcome, part of the evidence, what is changed
    ("parsed", "fail", "no JSON", {"failure": "the reply holds no JSON object"}),
    ("parsed", "fail", "question", {"reverse": ""}),
    ("parsed", "fail", "given, expected", {"given": "", "expected": ""}),
    ("complete", "pass", "1 of 2", {"attempts": [attempt(), attempt(None)]}),
    ("complete", "fail", "no final answer (2)", {"attempts": [attempt(None)] * 2}),
    ("complete", "fail", "cut at max_tokens", {"attempts": [attempt(finish_reason="length")]}),
    ("complete", "fail", "think tag left open", {"attempts": [attempt(tags_closed=False)]}),
    ("complete", "not_run", "timed out (1)", {"attempts": [attempt(None, error="timed out")]}),
    ("length", "fail", "question", {"bounds": ChecksConfig(max_question_chars=100)}),
    ("length", "fail", "trace 16 > 5", {
        "bounds": ChecksConfig(max_trace_chars=5), "attempts": [attempt()]}),
    ("length", "fail", "forward trace", {"trace": "x" * 400_001}),
    ("length", "fail", "forward answer", {"answer": "9" * 2_001}),
    ("length", "pass", "", {"trace": "x" * 400_000}),
    ("language", "fail", "question", {"reverse": REVERSE + " 请问每袋有多少苹果?"}),
    ("language", "fail", "trace", {"attempts": [attempt(trace="苹果一共有二十四个")]}),
    ("language", "pass", "", {"reverse": REVERSE + " Let $α ≤ ℏ$ be Ångström."}),
    ("language", "pass", "", {"forward": "安娜买了4袋", "reverse": "安娜买了苹果, 19"}),
    ("not_paraphrase", "fail", "its answer is the forward answer", {"expected": "19"}),
    ("not_paraphrase", "fail", "its answer is the forward answer", {
        "expected": "20", "reference": "20"}),
    ("not_paraphrase", "fail", "no given is hidden", {"reverse": FORWARD}),
    ("not_paraphrase", "pass", "", {"reverse": FORWARD.replace("6", "X") + " It is 19."}),
    ("forward_answer_given", "fail", "not stated", {"reverse": REVERSE.replace("19", "some")}),
    ("forward_answer_given", "pass", "stated", {"answer": "nineteen"}),
    ("forward_answer_given", "pass", "stated", {"answer": "19 apples"}),
    ("forward_answer_given", "pass", "'19' is stated", {"answer": "18", "reference": "19"}),
    ("forward_answer_given", "pass", "stated", {"answer": "B", "option": "19"}),
    ("forward_answer_given", "fail", "not stated", {"answer": "B"}),
    # The answer has the value of a given: it must stand there beside it.
    ("forward_answer_given", "fail", "not stated", {
        "forward": FORWARD.replace("5 apples", "19 apples"),
        "reverse": REVERSE.replace("5 apples", "19 apples").replace(", and 19 are", ", and some"),
    }),
    ("forward_answer_given", "pass", "", {
        "answer": r"\frac{1}{2}x", "reverse": r"Ana has $y = \frac12 x$ apples."}),
    ("forward_answer_given", "pass", "", {"answer": "red", "reverse": "The apples are Red."}),
    ("forward_answer_given", "fail", "", {"answer": "red", "reverse": "Ana has hundreds."}),
    ("answer_is_given", "pass", "1 times", {}),
    ("answer_is_given", "fail", "does not stand", {"expected": "7"}),
    ("answer_is_given", "pass", "", {"expected": "six"}),
    ("answer_is_given", "pass", "", {"expected": "Ana"}),
    ("answer_is_given", "fail", "", {"expected": "ANA"}),
    ("answer_is_given", "pass", "", {"expected": "apples"}),
    ("answer_is_given", "fail", "", {"expected": "pears"}),
    ("answer_hidden", "fail", "stands 1 times, 0 allowed", {"reverse": REVERSE + " Hint: 6."}),
    ("answer_hidden", "fail", "", {"reverse": REVERSE + " Not 6.0 but less."}),
    ("answer_hidden", "fail", "", {"expected": "Ana"}),
    # What stood there twice may stand there once; what equals the forward answer once more.
    ("answer_hidden", "pass", "", {
        "forward": FORWARD.replace("5", "6"), "reverse": REVERSE.replace("5 apples", "6 apples"),
    }),
    ("answer_hidden", "pass", "", {"answer": "6", "reverse": REVERSE.replace("19", "6")}),
    ("givens_kept", "pass", "2 kept", {}),
    ("givens_kept", "fail", "lost: 4", {"reverse": REVERSE.replace("4 bags", "some bags")}),
    ("givens_kept", "fail", "lost: 4, 5", {"reverse": "19 apples are good. How many were there?"}),
    ("givens_kept", "fail", "lost: 1/2", {
        "forward": "Half of the 6 apples of Ana are good. How many are good?", "answer": "3",
        "reverse": "Some of the x apples of Ana are good. How many are good? It is 3."}),
    ("same_problem", "fail", "content words", {
        "reverse": "A tank holds 4 litres and leaks 5 drops. 19 fish swim. How deep is that?"}),
    ("same_problem", "pass", "the forward answer", {
        "forward": "Great dosh (9)", "answer": "goatherds", "expected": "great dosh",
        "reverse": "Which clue leads to GOATHERDS?"}),
    ("answers_equal", "pass", "", {"given": "6.0"}),
    ("answers_equal", "pass", "", {"given": "six"}),
    ("answers_equal", "pass", "the only number", {"given": "Each bag holds 6 apples"}),
    ("answers_equal", "fail", "'6' and '5': different", {"given": "5"}),
    ("answers_equal", "fail", "", {"given": "between 5 and 6"}),
    ("round_trip", "pass", "1 of 1 samples return '6'", {"attempts": [attempt()]}),
    ("round_trip", "pass", "1 of 2", {"attempts": [attempt(), attempt("7")]}),
    ("round_trip", "fail", "others: '7' (2), 'no answer' (1)", {
        "attempts": [attempt(), attempt("7"), attempt("7"), attempt(None)]}),
    ("round_trip", "fail", "1 of 2", {
        "attempts": [attempt(), attempt("7")], "bounds": ChecksConfig(min_agreement=0.6)}),
    ("round_trip", "fail", "0 of 1", {"attempts": [attempt(finish_reason="length")]}),
    ("round_trip", "not_run", "timed out (2)", {
        "attempts": [attempt(None, error="timed out")] * 2}),
    ("forward_verified", "pass", "own reference", {}),
    ("forward_verified", "pass", "equals the reference", {"reference": "19.0"}),
    ("forward_verified", "pass", "equals the reference", {
        "answer": "B", "option": "19", "reference": "19"}),
    ("forward_verified", "fail", "'19' against the reference '20': different", {"reference": "20"}),
    ("forward_verified", "pass", "graded right", {"reference": "20", "grade": "Yes"}),
    ("forward_verified", "fail", "grades it 'no'", {"grade": "No"}),
    ("forward_verified", "pass", "grades it 'yes'", {"grade": " yes "}),
]  # fmt: skip


@pytest.mark.parametrize(("check_id", "outcome", "evidence", "changes"), CASES)
def test_checks(
    equal: Equality, check_id: str, outcome: str, evidence: str, changes: dict[str, Any]
) -> None:
    check = outcomes(equal, **changes)[check_id]
    assert check.outcome == outcome, check.evidence
    assert evidence in check.evidence
    assert len(check.evidence) < 300


def test_every_check_is_seen_to_pass_and_to_fail() -> None:
    for check_id, _, _ in CHECKS:
        assert any(case[:2] == (check_id, "fail") for case in CASES), check_id


@pytest.mark.parametrize(
    ("value", "text", "rounded", "expected"),
    [
        ("257247878", "257,000,000", "257000000", True),
        ("257247878", "258,000,000", "258000000", False),
        ("3.14159", "3.14", "3.14", True),
        ("3.14159", "3.1", "3.1", False),  # two digits say too little
        ("3.14", "3.14", "3.14", False),  # equal, not rounded
        ("0.0012345", "0.00123", "0.00123", True),
        ("257", "some", "300", False),
        ("1e400", "1.00", "1", False),
    ],
)
def test_is_rounded(value: str, text: str, rounded: str, expected: bool) -> None:
    exact = Fraction(10) ** 400 if value == "1e400" else Fraction(value)
    assert is_rounded(exact, text, Fraction(rounded)) is expected


def test_after_a_failure_the_rest_is_not_run(equal: Equality) -> None:
    checks = outcomes(equal, failure="no reply", reverse=None, attempts=[attempt()])
    ran = {c.id for c in checks.values() if c.outcome != "not_run"}
    assert ran == {"parsed", "length", "forward_verified"}
    assert checks["round_trip"].evidence == "after parsed failed"
    checks = outcomes(equal, reverse="x" * 30_000)
    assert checks["givens_kept"].evidence == "after length failed"


def test_a_long_hostile_question_is_refused_before_it_is_read(equal: Equality) -> None:
    checks = outcomes(equal, reverse="\n1 " * 1_000_000)
    assert checks["length"].outcome == "fail"
    assert checks["answer_hidden"].outcome == "not_run"


def test_the_kept_sample(equal: Equality) -> None:
    short, long = attempt(trace="short"), attempt("6.0", trace="longer trace")
    wrong, cut = attempt("7", trace="x"), attempt(finish_reason="length", trace="")
    assert subject(equal, attempts=[cut, wrong, long, short]).kept() == short
    assert subject(equal, attempts=[cut, wrong]).kept() == wrong
    assert subject(equal, attempts=[cut]).kept() is None
    assert not is_complete(cut)


def check(check_id: str, outcome: str, required: bool = True) -> Check:
    return Check.model_validate(
        {
            "id": check_id,
            "version": 1,
            "outcome": outcome,
            "required": required,
            "evidence": "because",
        }
    )


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ([], ("accepted", [])),
        ([check("length", "pass"), check("language", "fail", False)], ("accepted", [])),
        ([check("length", "pass"), check("round_trip", "not_run", False)], ("accepted", [])),
        ([check("round_trip", "not_run"), check("language", "pass")],
         ("unverified", ["round_trip"])),
        ([check("round_trip", "not_run"), check("language", "fail")], ("rejected", ["language"])),
        ([check("length", "fail"), check("language", "fail")],
         ("rejected", ["length", "language"])),
        ([check("parsed", "fail"), check("complete", "not_run")],
         ("rejected", ["parsed: because"])),
    ],
)  # fmt: skip
def test_verdict(checks: list[Check], expected: tuple[str, list[str]]) -> None:
    assert verdict(checks) == expected


def test_required_checks(equal: Equality) -> None:
    bounds = ChecksConfig(required=["round_trip"])
    checks = outcomes(equal, bounds=bounds)
    assert [c.id for c in checks.values() if c.required] == ["parsed", "round_trip"]
    assert verdict(list(checks.values())) == ("unverified", ["round_trip"])
    checks = outcomes(equal, bounds=bounds, attempts=[attempt()])
    assert verdict(list(checks.values())) == ("accepted", [])
    checks = outcomes(equal, bounds=bounds, attempts=[attempt("7")])
    assert verdict(list(checks.values())) == ("rejected", ["round_trip"])


def test_unknown_check_ids_are_refused() -> None:
    check_ids(list(IDS))
    with pytest.raises(UserError, match="no check 'roundtrip'; there are parsed, complete"):
        check_ids(["parsed", "roundtrip"])


# Real pairs


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    if not GSM8K.exists():
        pytest.skip(f"{GSM8K} is absent: real pairs, not part of this project")
    return load(GSM8K)


def test_real_pairs_are_accepted(rows: list[Row], equal: Equality) -> None:
    known = [row for row in rows if row.found != "inferred"]
    assert len(known) > 500
    assert len(rejections(known, equal)) < 0.02 * len(known)


def test_spoiled_pairs_are_rejected(rows: list[Row], equal: Equality) -> None:
    known = [row for row in rows if row.found != "inferred"]
    found = acceptances(known, equal)
    assert len(found) == 8
    for kind, (accepted, total) in found.items():
        assert total > 500, kind
        assert accepted < 0.02 * total, kind


def test_most_real_questions_can_be_masked(rows: list[Row]) -> None:
    counts = masked(rows)
    assert counts["made"] > 0.9 * counts.total()


def test_what_mask_makes_passes_the_checks(rows: list[Row], equal: Equality) -> None:
    failed = total = 0
    for row in rows[:300]:
        try:
            made = mask(Problem(question=row.forward, answer=row.forward_answer), 0)
        except NoInverse:
            continue
        total += 1
        pair = Row(row.forward, row.forward_answer, made.question, made.answer)
        failed += judge(pair, equal)[0] != "accepted"
    assert failed < 0.02 * total
