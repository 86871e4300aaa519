"""Agreement: figures from the literature, and what is said where there is no figure."""

from typing import Any

import numpy as np
import pytest

from r1k.annotation.agreement import VALUES, agreement, alpha, make_agreement
from r1k.annotation.labels import Judged
from r1k.annotation.pseudonyms import Pseudonyms
from r1k.annotation.responses import counting, make_rows
from tests.annotation.people import fetched, said
from tests.pairs import make_pair

# Four coders, twelve units, values 1 to 5, 0 where nothing was said: the reliability data of
# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
CODERS = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
])  # fmt: skip
PUBLISHED = {"nominal": 0.743, "ordinal": 0.815}


def units() -> list[list[Any]]:
    return [[int(value) for value in unit if value] for unit in CODERS.T]


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_alpha_is_that_of_the_published_example(level: Any) -> None:
    found = agreement(units(), (1, 2, 3, 4, 5), level)
    assert round(found["alpha"], 3) == PUBLISHED[level]
    assert found["alpha_low"] < found["alpha"] < found["alpha_high"] <= 1
    assert (found["units"], found["responses"]) == (11, 40)  # one unit was coded once
    assert found == agreement(units(), (1, 2, 3, 4, 5), level)


def test_the_interval_holds_what_it_should() -> None:
    """Of 20 studies of 60 units each, about 95 % have an interval around the true alpha.

    Two coders, each right with probability 0.8 and else at random among three values; what alpha
    would be with endless units follows from how often they agree.
    """
    rng = np.random.default_rng(6)
    right = 0.8
    same = right**2 + (1 - right**2) / 3
    truth = 1 - (1 - same) / (1 - 1 / 3)
    inside = 0
    for _ in range(20):
        gold = rng.integers(3, size=60)
        coders = [np.where(rng.random(60) < right, gold, rng.integers(3, size=60)) for _ in "ab"]
        found = agreement([list(unit) for unit in zip(*coders, strict=True)], (0, 1, 2), "nominal")
        inside += found["alpha_low"] <= truth <= found["alpha_high"]
    assert inside >= 17


def test_percent_agreement_and_confusion() -> None:
    said = [["yes", "yes"], ["yes", "no"], ["no", "yes"], ["no", "unsure", "no"], ["yes"]]
    found = agreement(said, ("yes", "no", "unsure"), "nominal")
    # Meetings of two people: one, one, one, and three of which one agrees.
    assert found["percent_agreement"] == round(2 / 6, 6)
    assert 0 <= found["percent_low"] < 2 / 6 < found["percent_high"] <= 1
    assert found["confusion"] == [
        {"a": "yes", "b": "yes", "count": 1},
        {"a": "yes", "b": "no", "count": 2},
        {"a": "no", "b": "no", "count": 1},
        {"a": "no", "b": "unsure", "count": 2},
    ]


def test_where_alpha_is_undefined_it_is_not_one() -> None:
    found = agreement([["yes", "yes"]] * 5, ("yes", "no"), "nominal")
    assert found["alpha"] is None and found["alpha_note"] == "undefined (all answers equal)"
    assert found["percent_agreement"] == 1 and found["percent_low"] < 0.6  # five say little
    for nothing in ([], [["yes"], ["no"]]):
        found = agreement(nothing, ("yes", "no"), "nominal")
        assert found["alpha_note"] == "undefined (no pair was judged by two people)"
        assert found["percent_agreement"] is None and found["confusion"] == []
    assert alpha(np.array([[2, 0], [2, 0]]), "nominal") is None


def test_a_bootstrap_without_spread_gives_no_interval() -> None:
    found = agreement([["yes", "yes"], ["no", "no"]] * 20, ("yes", "no"), "nominal")
    assert (found["alpha"], found["alpha_low"]) == (1.0, None) and "no interval" in found[
        "interval_note"
    ]
    found = agreement([["yes", "no"]], ("yes", "no"), "nominal")
    assert found["alpha"] == 0 and found["alpha_low"] is None and found["percent_low"] is not None


def judged(i: int, **checks: str) -> Judged:
    pair = make_pair(i)
    assert pair.reverse
    return Judged(
        pair.pair_id, "train", 2, pair.forward.question, "1", pair.reverse.question, "2",
        "accepted", [(name, 1, outcome) for name, outcome in checks.items()],
    )  # fmt: skip


def test_people_against_checks(tmp_path: Any) -> None:
    pairs = [
        judged(i, same_problem="pass" if i < 8 else "fail", round_trip="pass") for i in range(12)
    ]
    responses = []
    for i in range(12):
        faithful = "faithful" if i < 6 else "paraphrase"
        right = "no" if i == 0 else "unsure" if i == 1 else "yes"
        responses += [said(make_pair(i), user, faithful, right) for user in ("ann", "bob")]
    responses.pop()  # one pair without enough people
    responses.append(said(make_pair(11), "cat", status="draft"))
    people = Pseudonyms(tmp_path)
    contents = {r.pair_id: r.content or "" for r in responses}
    rows = make_rows(fetched(responses), people, contents)
    found = make_agreement(pairs, rows, counting(rows))
    trip, same = found["checks"]
    assert (same["check"], same["question"], same["n"]) == ("same_problem", "faithful", 11)
    assert [same[c] for c in ("pass_yes", "pass_no", "fail_yes", "fail_no")] == [6, 2, 0, 3]
    assert same["agreement"] == round(9 / 11, 6)
    assert (round(same["low"], 3), round(same["high"], 3)) == (0.523, 0.949)  # Wilson's, by hand
    assert (trip["question"], trip["n"], trip["pass_yes"], trip["pass_no"]) == (
        "answer_right", 10, 9, 1,
    )  # fmt: skip
    assert list(found["annotators"]) == ["annotator-1", "annotator-2", "annotator-3"]
    assert found["annotators"]["annotator-1"]["faithful"] == {"faithful": 6, "paraphrase": 6}
    third = found["annotators"]["annotator-3"]
    assert (third["draft"], third["counted"], third["faithful"]) == (1, 0, {})
    assert set(found["questions"]) == set(VALUES)
