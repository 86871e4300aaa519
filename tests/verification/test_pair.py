"""From a row and a draft to the record that is stored."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from r1k.config import Config
from r1k.families import make as make_twins
from r1k.inversion.llm import Attempt, Draft
from r1k.schema import Pair, Problem, Source
from r1k.verification import exact
from r1k.verification.equal import Equality
from r1k.verification.pair import make_pair, pair_id, provenance, unusable

ORIGIN: dict[str, str | None] = {"source": "apples", "split": "train", "revision": "abc"}
PINNED = "f357ff53948dc7c5"
CONFIG = Config.model_validate(
    {
        "inverter": "llm",
        "seed": 3,
        "checks": {"required": ["givens_kept", "round_trip", "near_duplicate"]},
        "llm": {
            "invert": {"model": "inverter", "revision": "r1", "temperature": 0.5},
            "solve": {"model": "solver", "samples": 2},
        },
    }
)


@pytest.fixture(scope="module")
def equal() -> Iterator[Equality]:
    with Equality(2.0) as equality:
        yield equality


def source(**changes: Any) -> Source:
    problem = Problem(
        question="Ana has 4 apples and buys 5 more. How many has she?", answer="9", trace="4 + 5."
    )
    fields = {"row": 7, "id": "a7", "sha256": "0" * 64, "grade": "Yes", "problem": problem}
    return Source.model_validate({**fields, **changes})


def attempt(answer: str | None, trace: str = "9 - 4 = 5", tokens: int = 6) -> Attempt:
    return Attempt(trace, answer, "boxed" if answer else None, "stop", True, tokens)


def draft(*attempts: Attempt, **changes: Any) -> Draft:
    fields = {
        "question": "Ana has 4 apples, buys x more, and has 9. What is x?",
        "given": "5",
        "expected": "5",
        "prompt_tokens": 11,
        "completion_tokens": 13,
    }
    return Draft(**{**fields, **changes}, attempts=list(attempts))


def make(equal: Equality, drafted: Draft, **changes: Any) -> Pair:
    return make_pair(source(**changes), drafted, ORIGIN, CONFIG, equal)


def test_an_accepted_pair(equal: Equality) -> None:
    pair = make(equal, draft(attempt("5.0", "the longer trace"), attempt("5", "short")))
    assert (pair.verdict, pair.reasons, pair.given) == ("accepted", [], "5")
    assert pair.forward == source().problem
    assert pair.reverse
    assert pair.reverse.trace == "short"
    assert (pair.reverse.answer, pair.reverse.answer_from) == ("5", "given")
    assert pair.reverse.reference == "5"
    assert pair.reverse.tokens == 6
    assert pair.checks[-1].id == "near_duplicate"
    assert pair.checks[-1].outcome == "pass"
    assert pair.checks[-1].required


def test_a_right_answer_is_kept_as_the_source_writes_it(equal: Equality) -> None:
    pair = make(equal, draft(attempt("5.0")))
    assert pair.reverse
    assert (pair.reverse.answer, pair.reverse.answer_from) == ("5", "given")


def test_a_wrong_answer_is_kept_with_its_trace(equal: Equality) -> None:
    pair = make(equal, draft(attempt("6", "9 - 3 = 6")))
    assert (pair.verdict, pair.reasons) == ("rejected", ["round_trip"])
    assert pair.reverse
    assert (pair.reverse.answer, pair.reverse.answer_from) == ("6", "boxed")
    assert pair.reverse.trace == "9 - 3 = 6"
    assert pair.reverse.reference == "5"


def test_without_a_solver_a_pair_is_unverified(equal: Equality) -> None:
    pair = make(equal, draft())
    assert (pair.verdict, pair.reasons) == ("unverified", ["round_trip"])
    assert pair.reverse
    assert pair.reverse.trace is None
    assert pair.reverse.answer == "5"
    assert (pair.provenance.samples, pair.provenance.samples_right) == (0, 0)


def test_a_failed_draft(equal: Equality) -> None:
    pair = make(equal, Draft(failure="the model found no inverse: a proof"))
    assert pair.verdict == "rejected"
    assert pair.reasons == ["parsed: the model found no inverse: a proof"]
    assert pair.reverse is None
    assert "near_duplicate" not in [c.id for c in pair.checks]


def test_a_row_that_cannot_be_read() -> None:
    row = source(problem=None, error="no question")
    pair = unusable(row, ORIGIN, CONFIG, "no question")
    assert (pair.verdict, pair.reasons, pair.reverse) == ("rejected", ["no question"], None)
    assert pair.forward.question == ""
    assert pair.provenance.source_row == 7


def test_provenance(equal: Equality) -> None:
    found = make(equal, draft(attempt("5"), attempt("6"))).provenance
    assert (found.source, found.source_split, found.source_revision) == ("apples", "train", "abc")
    assert (found.source_row, found.source_id, found.source_grade) == (7, "a7", "Yes")
    assert (found.inverter, found.model, found.model_revision) == ("llm", "inverter", "r1")
    assert (found.solver, found.seed) == ("solver", 3)
    assert (found.samples, found.samples_right) == (2, 1)
    assert (found.prompt_tokens, found.completion_tokens) == (11, 13)
    sampling = json.loads(found.sampling or "")
    assert sampling["invert"]["temperature"] == 0.5
    assert sampling["solve"]["samples"] == 2
    assert "model" not in sampling["solve"]


def test_mask_names_no_inverting_model() -> None:
    config = CONFIG.model_copy(update={"inverter": "mask"})
    found = provenance(source(), ORIGIN, config)
    assert (found.inverter, found.model, found.solver) == ("mask", None, "solver")
    assert set(json.loads(found.sampling or "")) == {"solve"}
    alone = config.model_copy(update={"llm": config.llm.model_copy(update={"solve": None})})
    assert provenance(source(), ORIGIN, alone).sampling is None


def test_pair_ids_are_those_of_the_published_data() -> None:
    assert pair_id(source()) == PINNED
    assert len(PINNED) == 16


def test_a_pair_id_follows_the_problem_and_not_its_place() -> None:
    problem = source().problem
    assert problem
    assert pair_id(source(row=8, sha256="1" * 64, grade=None)) == pair_id(source())
    others = [
        source(id="a8"),
        source(problem=problem.model_copy(update={"question": "?"})),
        source(problem=problem.model_copy(update={"answer": "8"})),
        source(problem=None, error="no"),
        source(problem=None, error="no", row=8),
    ]
    assert len({pair_id(s) for s in [source(), *others]}) == 6


def test_equal_input_gives_an_equal_record(equal: Equality) -> None:
    one = make(equal, draft(attempt("5"), attempt("6")))
    two = make(equal, draft(attempt("5"), attempt("6")))
    assert one.model_dump_json() == two.model_dump_json()


FAMILY = make_twins("shop", 3, 1)
PROVEN = Config.model_validate(
    {
        "inverter": "llm",
        "llm": {"prompt": "blocks", "invert": {"model": "tiny"}},
        "checks": {"required": ["parsed", "length", *exact.IDS], "math_seconds": 5},
    }
)


def proven(equal: Equality, asked: str, **changes: Any) -> Pair:
    """A pair of a family from a trained inverter's reply."""
    forward, reverse = FAMILY.forward, FAMILY.reverse
    problem = Problem(question=asked, trace=forward.solution.trace, answer=forward.answer)
    fields = {
        "question": reverse.question,
        "trace": reverse.solution.trace,
        "given": reverse.answer,
        "expected": reverse.answer,
    }
    row = Source(row=0, id=None, sha256="0" * 64, problem=problem)
    return make_pair(row, Draft(**{**fields, **changes}), ORIGIN, PROVEN, equal)


def test_a_family_problem_is_proven_and_keeps_the_inverters_trace(equal: Equality) -> None:
    pair = proven(equal, FAMILY.forward.question)
    assert (pair.verdict, pair.reasons) == ("accepted", [])
    assert pair.reverse and pair.reverse.trace == FAMILY.reverse.solution.trace
    assert pair.reverse.answer == FAMILY.reverse.answer
    wrong = proven(equal, FAMILY.forward.question, trace="The sum is 2 + 2 = 5.")
    assert wrong.verdict == "rejected" and "steps_true" in wrong.reasons
    unread = proven(equal, FAMILY.forward.question, question=None, failure="nothing came")
    assert unread.reasons[0] == "parsed: nothing came"


def test_a_problem_of_no_family_cannot_be_proven(equal: Equality) -> None:
    pair = proven(equal, "What is love?")
    assert (pair.verdict, pair.reasons) == ("unverified", list(exact.IDS))


def test_hostile_text_does_not_hold_up_the_proof(equal: Equality) -> None:
    for text in ("What " * 3_000, "1 and " * 3_000, "[1, " * 3_000, "(" * 15_000):
        pair = proven(equal, FAMILY.forward.question, question=text, trace=text)
        assert pair.verdict in ("rejected", "unverified")
