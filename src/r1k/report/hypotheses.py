"""The paper's claims, and r1k's own, put to the runs.

A hypothesis has parts, each an estimate and the bounds between which the claim says that it lies.
A part holds if its whole 95 % interval does, does not hold if the whole interval lies outside, and
is undecided at this size if the interval has a bound within, or if fewer than 3 seeds were run. A
hypothesis holds if all parts that decide do, and does not hold if one of them does not.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from r1k.report.estimate import Estimate, align, estimate
from r1k.report.read import Runs, start_of

HOLDS, NOT, UNDECIDED, MISSING = (
    "holds", "does not hold", "undecided at this size", "not measured"
)  # fmt: skip
MIN_SEEDS = 3
DIRECTIONS = ("forward", "reverse")
SHARE, POINTS, SLACK = 0.9, 0.01, 0.01  # of the margin; of accuracy; in nats a token
_OTHERS = ("base", "forward", "reverse")


class Part(NamedTuple):
    """One figure of a hypothesis. `unit` is "points" (of per cent), "nats" or "%"."""

    what: str
    unit: str
    found: Estimate | None
    low: float = -np.inf
    high: float = np.inf
    decides: bool = True

    @property
    def verdict(self) -> str:
        """Whether it lies between `low` and `high`."""
        if self.found is None:
            return MISSING
        if self.found.seeds < MIN_SEEDS or not np.isfinite(self.found.low):
            return UNDECIDED
        if self.low < self.found.low and self.found.high < self.high:
            return HOLDS
        return NOT if self.found.high < self.low or self.found.low > self.high else UNDECIDED

    @property
    def bounds(self) -> str:
        """What the claim says of it, in words."""
        scale = 1 if self.unit == "nats" else 100
        unit = " %" if self.unit == "%" else f" {self.unit}"
        low, high = (f"{scale * bound:g}{unit}" for bound in (self.low, self.high))
        if np.isfinite(self.low) and np.isfinite(self.high):
            words = f"{low} to {high}"
        else:
            words = f"above {low}" if np.isfinite(self.low) else f"below {high}"
        return words if self.decides else f"{words}; not counted"


class Hypothesis(NamedTuple):
    """A claim, whose it is, and what the runs say."""

    claim: str
    whose: str
    run: str  # the run that is tested
    parts: list[Part]

    @property
    def seeds(self) -> int:
        """The fewest behind any of its figures; 0 where none is known."""
        return min((part.found.seeds for part in self.parts if part.found), default=0)

    @property
    def pairs(self) -> int:
        """The fewest behind any of its figures."""
        return min((part.found.pairs for part in self.parts if part.found), default=0)

    @property
    def verdict(self) -> str:
        """Of all parts that decide."""
        found = {part.verdict for part in self.parts if part.decides}
        for verdict in (NOT, MISSING, UNDECIDED):
            if verdict in found:
                return verdict
        return HOLDS


class _Series(NamedTuple):
    measure: str
    run: str
    direction: str


def examine(runs: Runs) -> list[Hypothesis]:
    """Every claim that concerns these runs, in the order of the page."""
    tests = _Tests(runs)
    names = runs.names()
    seconds = [name for name in names if start_of(name) and start_of(name) not in _OTHERS]
    found = [tests.reverse_beats_forward(), tests.mixing_narrows()]
    found += [tests.recovers_a_part("mixed-dpo"), tests.lowers_without_raising("mixed-dpo")]
    firsts = [n for n in names if not start_of(n) and n not in (*_OTHERS, "mixed")]
    found += [tests.both_at_once(name) for name in firsts + seconds]
    return found


def series(runs: Runs, measure: str, run: str, direction: str) -> pl.DataFrame:
    """`seed`, `pair_id` and `value` of a run at its end: `right`, or a column of likelihoods."""
    answers = runs.answers.filter(pl.col("name") == run)
    table = answers if measure == "right" else runs.end(run)
    own = table.filter(pl.col("direction") == direction)
    return own.select("seed", "pair_id", pl.col(measure).alias("value"))


class _Tests:
    def __init__(self, runs: Runs):
        self.runs = runs

    def _figure(
        self,
        wanted: list[_Series],
        statistic: Callable[[np.ndarray], np.ndarray],
        share: bool = False,
    ) -> Estimate | None:
        cells = align([series(self.runs, *one) for one in wanted])
        return None if cells is None else estimate(cells, statistic, share)

    def _change(self, measure: str, run: str, to: str, direction: str) -> Estimate | None:
        pair = [_Series(measure, run, direction), _Series(measure, to, direction)]
        return self._figure(pair, lambda m: m[0] - m[1], share=measure == "right")

    def reverse_beats_forward(self) -> Hypothesis:
        pairs = [_Series("right", run, d) for d in DIRECTIONS for run in ("reverse", "forward")]
        both = self._figure(pairs, lambda m: (m[0] - m[1] + m[2] - m[3]) / 2, share=True)
        parts = [Part("accuracy, mean of both directions", "points", both, low=0)]
        for direction in DIRECTIONS:
            each = self._change("right", "reverse", "forward", direction)
            what = f"accuracy on {direction} problems"
            parts.append(Part(what, "points", each, low=0, decides=False))
        claim = "Trained on reverse problems, a model gives more right answers than on forward ones"
        return Hypothesis(claim, "the paper", "reverse", parts)

    def mixing_narrows(self) -> Hypothesis:
        parts = [
            Part(
                f"margin on {d} problems: mixed less {d} only", "nats",
                self._change("margin", "mixed", d, d), high=0,
            )
            for d in DIRECTIONS
        ]  # fmt: skip
        claim = (
            "A model trained on both, mixed, tells the directions apart less than each specialist"
        )
        return Hypothesis(claim, "the paper", "mixed", parts)

    def recovers_a_part(self, run: str) -> Hypothesis:
        before = start_of(run) or ""
        parts = []
        for d in DIRECTIONS:
            wanted = [_Series("margin", name, d) for name in (run, before, d)]
            found = self._figure(wanted, lambda m: (m[0] - m[1]) / (m[2] - m[1]))
            # A share of nothing: where the stage before had lost no margin.
            lost = self._change("margin", d, before, d)
            if found and lost and not lost.low > 0:
                found = found._replace(low=np.nan, high=np.nan)
            what = f"share of the lost margin won back, {d} problems"
            parts.append(Part(what, "%", found, low=0, high=1))
        claim = "DPO after mixed wins back a part of the lost margin, not all of it"
        return Hypothesis(claim, "the paper", run, parts)

    def lowers_without_raising(self, run: str) -> Hypothesis:
        before = start_of(run) or ""
        parts = []
        for d in DIRECTIONS:
            down = self._change("rejected", run, before, d)
            up = self._change("chosen", run, before, d)
            parts.append(Part(f"change of y−, {d} problems", "nats", down, high=0))
            parts.append(Part(f"change of y+, {d} problems", "nats", up, high=SLACK))
        claim = "DPO after mixed makes the other solution less likely, the own one no likelier"
        return Hypothesis(claim, "the paper", run, parts)

    def both_at_once(self, run: str) -> Hypothesis:
        parts = list(self._both_at_once(run))
        claim = f"The recipe {run} gives both directions at once, as good as each specialist"
        return Hypothesis(claim, "r1k", run, parts)

    def _both_at_once(self, run: str) -> Iterator[Part]:
        for d in DIRECTIONS:
            wanted = [_Series("margin", run, d), _Series("margin", d, d)]
            share = self._figure(wanted, lambda m: m[0] / m[1])
            level = self._figure(wanted[1:], lambda m: m[0])
            if share and level and not level.low > 0:
                share = share._replace(low=np.nan, high=np.nan)
            yield Part(f"share of the specialist's margin, {d} problems", "%", share, low=SHARE)
        for d in DIRECTIONS:
            found = self._change("right", run, d, d)
            yield Part(f"accuracy less the specialist's, {d} problems", "points", found, -POINTS)
        for d in DIRECTIONS:
            found = self._change("irrelevant", run, "mixed", d)
            what = f"irrelevant less mixed, {d} problems"
            yield Part(what, "nats", found, high=SLACK)
