"""Claims put to runs whose effects are known: each verdict where it belongs."""

from pathlib import Path

import pytest

from r1k.report.hypotheses import HOLDS, MISSING, NOT, UNDECIDED, Hypothesis, examine
from r1k.report.read import read_runs
from tests.report.runs import EFFECTS, Effect, make_runs

# The other way round throughout: mixing widens, DPO lowers the own solution alone, or nothing.
AGAINST = {
    "forward": EFFECTS["forward"]._replace(right=(0.9, 0.9)),
    "reverse": EFFECTS["reverse"]._replace(right=(0.3, 0.3)),
    "mixed": Effect((-0.2, -0.2), (-3.0, -3.0), -3.5, (0.5, 0.5)),
    "tagged": EFFECTS["tagged"]._replace(irrelevant=-2.0),
    "mixed-dpo": Effect((-0.1, -0.1), (-2.9, -2.9), -3.5, (0.5, 0.5)),
}
# So little that these runs cannot tell.
LITTLE = {
    "forward": EFFECTS["forward"]._replace(right=(0.5, 0.5)),
    "reverse": EFFECTS["reverse"]._replace(right=(0.5, 0.5)),
    "mixed": EFFECTS["mixed"],
    "tagged": EFFECTS["tagged"]._replace(right=(0.5, 0.5)),
    "mixed-dpo": EFFECTS["mixed"],
}


def verdicts(folder: Path, effects: dict[str, Effect], seeds: int = 3) -> dict[str, Hypothesis]:
    runs = read_runs(make_runs(folder, effects, seeds=seeds, pairs=80, checkpoints=1))
    names = ("beats", "narrows", "recovers", "lowers", "tagged")
    return dict(zip(names, examine(runs), strict=False))


def test_what_holds(tmp_path: Path) -> None:
    effects = EFFECTS | {"tagged": EFFECTS["tagged"]._replace(right=(0.9, 0.95))}
    found = verdicts(tmp_path, effects)
    assert {name: h.verdict for name, h in found.items()} == dict.fromkeys(found, HOLDS)
    share = found["recovers"].parts[0].found
    truth = (0.5 - 0.08) / (1.4 - 0.08)
    assert share and share.low < truth < share.high and (share.seeds, share.pairs) == (3, 80)
    gain = found["beats"].parts[0].found
    assert gain and gain.low < 0.2 < gain.high
    # By direction the forward specialist is better at its own: that is shown, and decides nothing.
    own = found["beats"].parts[1]
    assert own.verdict != HOLDS and not own.decides


def test_what_does_not(tmp_path: Path) -> None:
    found = verdicts(tmp_path, AGAINST)
    expected = dict.fromkeys(found, NOT) | {"recovers": UNDECIDED}  # no margin was lost
    assert {name: h.verdict for name, h in found.items()} == expected
    assert [p.verdict for p in found["tagged"].parts][-1] == NOT


def test_what_these_runs_cannot_tell(tmp_path: Path) -> None:
    found = verdicts(tmp_path, LITTLE)
    assert found["beats"].verdict == UNDECIDED
    assert found["tagged"].verdict == UNDECIDED
    assert found["narrows"].verdict == HOLDS


def test_fewer_than_three_seeds_decide_nothing(tmp_path: Path) -> None:
    found = verdicts(tmp_path, EFFECTS, seeds=2)
    assert {h.verdict for h in found.values()} == {UNDECIDED}
    assert found["narrows"].parts[0].found is not None


def test_what_was_not_run_is_said(tmp_path: Path) -> None:
    effects = {name: EFFECTS[name] for name in ("forward", "mixed")}
    found = verdicts(tmp_path, effects)
    assert {h.verdict for h in found.values()} == {MISSING}
    assert [p.verdict for p in found["narrows"].parts] == [HOLDS, MISSING]


@pytest.mark.parametrize(
    ("low", "high", "unit", "words"),
    [
        (0.9, float("inf"), "%", "above 90 %"),
        (-0.01, float("inf"), "points", "above -1 points"),
        (float("-inf"), 0.01, "nats", "below 0.01 nats"),
        (0, 1, "%", "0 % to 100 %"),
    ],
)
def test_bounds_in_words(low: float, high: float, unit: str, words: str) -> None:
    from r1k.report.hypotheses import Part

    assert Part("x", unit, None, low, high).bounds == words
