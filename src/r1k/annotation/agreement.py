"""How far people agree: with each other, and with each machine check.

Krippendorff's alpha is 1 where all agree and 0 where they agree as often as by chance. Its interval
comes from drawing whole pairs again (percentile bootstrap, 95 %, fixed seed). Only responses that
count are looked at (see `r1k.annotation.responses.counting`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any, Literal

import krippendorff
import numpy as np
import numpy.typing as npt
from scipy import stats

from r1k.annotation.labels import ANSWER_RIGHT, FAITHFUL, Judged, majority
from r1k.annotation.responses import number
from r1k.evaluation.results import interval
from r1k.schema import ResponseRow

RESAMPLES, SEED = 999, 0
Level = Literal["nominal", "ordinal"]
VALUES: dict[str, tuple[Any, ...]] = {
    "faithful": FAITHFUL,
    "answer_right": ANSWER_RIGHT,
    "quality": (1, 2, 3, 4, 5),
}
# Checks of the reverse answer are held against what people say of it, all others against whether
# they find the pair a faithful inverse.
ANSWER_CHECKS = frozenset({"answers_equal", "round_trip", "reverse_exact"})


def make_agreement(
    pairs: Iterable[Judged],
    rows: list[ResponseRow],
    counting: Mapping[str, list[ResponseRow]],
) -> dict[str, Any]:
    """Everything that `agreement.json` holds.

    Args:
        pairs: those that people were asked about and the dataset still has.
        rows: all responses; counted by annotator and status.
        counting: the responses that count, by pair.

    Returns:
        `questions` (`agreement`), `annotators` (`per_annotator`), `checks` (`against_checks`).
    """
    units = {
        name: [
            [getattr(row, name) for row in said if getattr(row, name) is not None]
            for _, said in sorted(counting.items())
        ]
        for name in VALUES
    }
    return {
        "questions": {
            name: agreement(units[name], values, "ordinal" if name == "quality" else "nominal")
            for name, values in VALUES.items()
        },
        "annotators": per_annotator(rows, counting),
        "checks": against_checks(pairs, counting),
    }


def agreement(units: list[list[Any]], values: tuple[Any, ...], level: Level) -> dict[str, Any]:
    """How far people agree in the answers to one question.

    Args:
        units: of each pair the answers of its people; pairs with fewer than two do not count.
        values: all answers that there are, in order.
        level: nominal or ordinal: is 1 against 2 as bad as 1 against 5?

    Returns:
        `alpha` with `alpha_low` and `alpha_high`, `percent_agreement` (of all pairs of people who
        judged the same pair, the share who gave the same answer) with its interval, and
        `confusion`: how often two people gave which two answers. Where a figure is None,
        `alpha_note` or `interval_note` says why.
    """
    units = [unit for unit in units if len(unit) > 1]
    counts = np.array([[unit.count(v) for v in values] for unit in units], np.int64)
    counts = counts.reshape(len(units), len(values))
    meetings = [list(combinations(sorted(unit, key=values.index), 2)) for unit in units]
    confusion = Counter(meeting for met in meetings for meeting in met)
    found: dict[str, Any] = {
        "level": level,
        "units": len(units),
        "responses": int(counts.sum()),
        **_alpha_interval(counts, level),
        "percent_agreement": None,
        "percent_low": None,
        "percent_high": None,
        "confusion": [
            {"a": a, "b": b, "count": confusion[a, b]}
            for i, a in enumerate(values)
            for b in values[i:]
            if confusion[a, b]
        ],
    }
    if units:
        same = np.array([sum(a == b for a, b in met) for met in meetings], np.float64)
        mean, low, high = interval(same, np.array([len(met) for met in meetings], np.float64))
        found |= {
            "percent_agreement": _rounded(mean),
            "percent_low": _rounded(low),
            "percent_high": _rounded(high),
        }
    return found


def alpha(counts: npt.NDArray[np.int64], level: Level) -> float | None:
    """Krippendorff's alpha; None where it is undefined: no two answers to anything, or all equal.

    Args:
        counts: shape (pairs, values): how many people gave this pair that answer.
    """
    counts = counts[counts.sum(axis=1) > 1]
    if (counts.sum(axis=0) > 0).sum() < 2:
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement=level))


def _alpha_interval(counts: npt.NDArray[np.int64], level: Level) -> dict[str, Any]:
    value = alpha(counts, level)
    found = {"alpha": _rounded(value), "alpha_low": None, "alpha_high": None}
    if value is None:
        why = "all answers equal" if len(counts) else "no pair was judged by two people"
        return found | {"alpha_note": f"undefined ({why})"}
    rng = np.random.default_rng(SEED)
    drawn = [
        alpha(counts[rng.integers(len(counts), size=len(counts))], level) for _ in range(RESAMPLES)
    ]
    known = [a for a in drawn if a is not None]
    if len(known) < 0.95 * RESAMPLES or min(known) == max(known):
        note = "no interval (too few pairs, or too few answers that differ)"
        return found | {"interval_note": note}
    low, high = np.percentile(known, [2.5, 97.5])
    return found | {"alpha_low": _rounded(low), "alpha_high": _rounded(high)}


def per_annotator(
    rows: list[ResponseRow], counting: Mapping[str, list[ResponseRow]]
) -> dict[str, dict[str, Any]]:
    """By annotator: responses by status, how many count, and the answers in those that do."""
    people = sorted({row.annotator for row in rows}, key=number)
    found: dict[str, dict[str, Any]] = {}
    for person in people:
        statuses = Counter(row.status for row in rows if row.annotator == person)
        said = [row for part in counting.values() for row in part if row.annotator == person]
        answers = {
            name: {str(v): n for v in values if (n := sum(getattr(r, name) == v for r in said))}
            for name, values in VALUES.items()
        }
        by_status = {s: statuses[s] for s in ("submitted", "discarded", "draft")}
        found[person] = by_status | {"counted": len(said)} | answers
    return found


def against_checks(
    pairs: Iterable[Judged], counting: Mapping[str, list[ResponseRow]]
) -> list[dict[str, Any]]:
    """For each check, how often it says what most people say.

    A check that passed says yes, one that failed no; one that was not run says nothing. People say
    yes or no where as many as the overlap judged the pair and more than half are of one mind.

    Returns:
        For each check and version the `question` it is held against, the four counts
        `pass_yes`, `pass_no`, `fail_yes`, `fail_no` (the check, then the people), their sum `n`,
        and the `agreement` with its 95 % interval (Wilson).
    """
    table: Counter[tuple[str, int, str]] = Counter()
    for pair in pairs:
        said = counting.get(pair.pair_id, [])
        if len(said) < max(pair.overlap, 1):
            continue
        people = {
            "faithful": majority([r.faithful for r in said if r.faithful], "faithful"),
            "answer_right": _right([r.answer_right for r in said if r.answer_right]),
        }
        for name, version, outcome in pair.checks:
            opinion = people[_question(name)]
            if opinion is not None and outcome != "not_run":
                table[name, version, f"{outcome}_{'yes' if opinion else 'no'}"] += 1
    found = []
    for name, version in sorted({key[:2] for key in table}):
        cells = {
            cell: table[name, version, cell]
            for cell in ("pass_yes", "pass_no", "fail_yes", "fail_no")
        }
        n, agreed = sum(cells.values()), cells["pass_yes"] + cells["fail_no"]
        bounds = stats.binomtest(agreed, n).proportion_ci(0.95, method="wilson")
        found.append(
            {"check": name, "version": version, "question": _question(name), **cells, "n": n}
            | {
                "agreement": _rounded(agreed / n),
                "low": _rounded(bounds.low),
                "high": _rounded(bounds.high),
            }
        )
    return found


def _right(said: list[str]) -> bool | None:
    """Whether more than half say yes, or more than half no; those who are unsure say neither."""
    yes, no = majority(said, "yes"), majority(said, "no")
    return True if yes else False if no else None


def _question(check: str) -> str:
    return "answer_right" if check in ANSWER_CHECKS else "faithful"


def _rounded(value: float | None) -> float | None:
    """Six digits, so that the last bits of an arithmetic unit change no file."""
    return None if value is None or np.isnan(value) else round(float(value), 6)
