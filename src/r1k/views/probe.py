"""The layout probe: can the direction, or the preferred completion, be told from layout alone?

A classifier sees how a completion is laid out (how it opens and ends, its blank lines, headings,
markers, lists, boxes), not what it says and not how long it is. On data made by one template it
scores 50 %; on the paper's format it scores 100 %, and so may a model that learns the layout
instead of the direction.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.ensemble import RandomForestClassifier

from r1k.views.table import File, read_groups

FOLDS = 5
MIN_PAIRS = 20
MAX_PAIRS = 2_000
OPENINGS = 16

_OPEN_TAGS = re.compile(r"\A(?:\s|<\|?/?[a-z_]{1,20}\|?>(?:think\n|answer\n)?)+")
_FINAL = re.compile(r"(?im)^[*# ]{0,6}(?:(?:the )?(?:final )?answer\b|\W{0,6}boxed)")
# Counts in the trace for each of its lines, or its 100 characters: rates, so never a length.
_PER_LINE = {
    "blank": r"\n[ \t]*\n",
    "blank_run": r"\n[ \t]*\n[ \t]*\n",
    "heading": r"(?m)^[ \t]*#{1,6} ",
    "rule": r"(?m)^[ \t]*(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*$",
    "bullet": r"(?m)^[ \t]*[-*•] ",
    "number": r"(?m)^[ \t]*\d{1,3}[.)] ",
    "indent": r"(?m)^[ \t]+\S",
    "trailing": r"[ \t]\n",
    "carriage": r"\r",
    "fence": r"```",
    "table": r"(?m)^[ \t]*\|",
    "colon_end": r":[ \t]*\n",
    "stop_end": r"\.[ \t]*\n",
}
_PER_CHAR = {"bold": r"\*\*", "dollar": r"\$", "paren": r"\\[()]", "bracket": r"\\[\[\]]"}
_PRESENT = {
    "think": r"</?think>",
    "control": r"<\|",
    "marker": r"(?i)answer:",
    "bold_marker": r"(?i)\*\*(?:final )?answer",
    "line_marker": r"(?im)^[ \t*#]*(?:final )?answer\b",
    "opens_marker": r"(?i)\A\W*(?:final )?answer",
    "box": r"\\boxed",
    "boxes": r"(?s)\\boxed.*\\boxed",
    "ends_newline": r"\n\Z",
    "ends_stop": r"\.\s*\Z",
    "ends_brace": r"\}\s*\Z",
    "ends_control": r"\|>\s*\Z",
    "ends_dollar": r"[$\])]\s*\Z",
    "opens_upper": r"\A\W*[A-Z]",
    "opens_tag": r"\A\s*<",
    "opens_space": r"\A\s",
}
_COMPILED = {
    name: re.compile(pattern) for name, pattern in (_PER_LINE | _PER_CHAR | _PRESENT).items()
}


@dataclass(frozen=True)
class Score:
    """Of `rows` texts in `pairs` pairs, the share told right, with its 95 % interval.

    The interval is Wilson's for the number of pairs: the rows of a pair are not independent. All
    three are None where there are fewer than MIN_PAIRS pairs.
    """

    accuracy: float | None
    low: float | None
    high: float | None
    rows: int
    pairs: int


def probe(texts: Sequence[str], labels: Sequence[int], groups: Sequence[str], seed: int) -> Score:
    """Tell labels from layout, cross-validated over five folds of whole pairs.

    Args:
        texts: completions. labels: 0 or 1 for each; every group must hold as many of each.
        groups: the pair of each. seed: of the folds and of the classifier.

    Every fold is balanced because every pair is, and both rows of a pair are in one fold. So a
    layout that is constant, or constant within a pair, scores 50 % exactly: with an unbalanced
    fold the majority of the rest is the minority of the fold, and noise scores below 50 %.
    """
    label, group = np.asarray(labels), np.unique(np.asarray(groups), return_inverse=True)[1]
    pairs = int(group.max()) + 1 if len(group) else 0
    balance = np.bincount(group, weights=2 * label - 1) if pairs else np.zeros(0)
    if np.any(balance != 0):
        raise ValueError("probe: a group must hold as many rows of one label as of the other")
    if pairs < MIN_PAIRS:
        return Score(None, None, None, len(texts), pairs)
    x = layout(texts)
    fold = np.random.default_rng(seed).permutation(pairs)[group] % FOLDS
    right = np.zeros(len(texts))
    for number in range(FOLDS):
        test = fold == number
        # Large leaves: a marker must recur before it counts, so that chance is not learnt.
        forest = RandomForestClassifier(
            100, min_samples_leaf=max(2, int(0.005 * len(texts))), random_state=seed, n_jobs=2
        )
        chance = forest.fit(x[~test], label[~test]).predict_proba(x[test])[:, 1].round(9)
        # A tie is half right.
        right[test] = np.where(chance == 0.5, 0.5, (chance > 0.5) == label[test])
    accuracy = float(right.mean())
    low, high = wilson(accuracy, pairs)
    return Score(round(accuracy, 4), round(low, 4), round(high, 4), len(texts), pairs)


def probe_views(
    forward: list[File], reverse: list[File], preference: list[File], seed: int
) -> dict[str, dict[str, float | int | None]]:
    """Both probes on the views of one split, on at most MAX_PAIRS pairs drawn by `seed`.

    `direction`: forward from reverse completions. `preference`: chosen from rejected ones; since
    every completion is chosen for one prompt and rejected for the other, this is 50 % unless the
    two were written differently.
    """
    total = sum(file.rows for file in forward)
    drawn = np.sort(np.random.default_rng(seed).permutation(total)[:MAX_PAIRS])
    ids, seen = [], 0
    for table in read_groups([file.path for file in forward], ["pair_id"]):
        here = drawn[(drawn >= seen) & (drawn < seen + table.num_rows)] - seen
        ids += table["pair_id"].take(pa.array(here)).to_pylist()
        seen += table.num_rows
    wanted = pa.array(ids, pa.string())
    scores = {}
    for name, tables in (
        ("direction", [(forward, "completion", 1), (reverse, "completion", 0)]),
        ("preference", [(preference, "chosen", 1), (preference, "rejected", 0)]),
    ):
        texts: list[str] = []
        labels: list[int] = []
        groups: list[str] = []
        for files, column, label in tables:
            for table in read_groups([file.path for file in files], ["pair_id", column]):
                rows = table.filter(pc.is_in(table["pair_id"], wanted))
                groups += rows["pair_id"].to_pylist()
                texts += [messages[0]["content"] for messages in rows[column].to_pylist()]
                labels += [label] * rows.num_rows
        scores[name] = asdict(probe(texts, labels, groups, seed))
    return scores


def layout(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Layout features, shape (texts, features). The commonest openings are one feature each."""
    openings = [_opening(text) for text in texts]
    counted = pl.Series(openings, dtype=pl.String).value_counts().sort("count", "", descending=True)
    common = counted[""].head(OPENINGS).to_list()
    rows = [
        _features(text) + [float(opening == other) for other in common]
        for text, opening in zip(texts, openings, strict=True)
    ]
    return np.array(rows)


def wilson(share: float, n: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share of `n`."""
    z = 1.959964
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)


def _opening(text: str) -> str:
    """The first word after any tags."""
    words = text[_end_of_tags(text) :][:60].split(maxsplit=1)
    return words[0].lower() if words else ""


def _end_of_tags(text: str) -> int:
    match = _OPEN_TAGS.match(text)
    return match.end() if match else 0


def _features(text: str) -> list[float]:
    start = _end_of_tags(text)
    cut = max(text.rfind("</think>"), text.rfind("<|im_start|>answer"))
    # Rates are taken of the trace alone: the lines around it would weigh more in a short one.
    trace = text[start:cut].strip() if cut > start else text[start:].strip()
    lines = max(sum(bool(line.strip()) for line in trace.split("\n")) - 1, 1)
    values = [len(_COMPILED[name].findall(trace)) / lines for name in _PER_LINE]
    values += [100 * len(_COMPILED[name].findall(trace)) / max(len(trace), 1) for name in _PER_CHAR]
    answer = text[max(cut, 0) :]
    for name in _PRESENT:
        part = {"opens_upper": trace, "opens_marker": answer[_end_of_tags(answer) :]}
        values.append(float(_COMPILED[name].search(part.get(name, text)) is not None))
    # The line breaks before the answer's part, and before the last sign of a final answer in it.
    values.append(float(_breaks_before(text, cut)))
    finals = [match.start() for match in _FINAL.finditer(answer)]
    values.append(float(_breaks_before(answer, finals[-1] if finals else -1)))
    last = text.rstrip().rpartition("\n")[2]
    values += [float(last.lower().startswith("the answer is")), float("\\boxed" in last)]
    return values


def _breaks_before(text: str, at: int) -> int:
    """Line breaks in the white space before a position, at most 3; -1 before none."""
    if at < 0:
        return -1
    before = text[max(at - 20, 0) : at]
    return min(before[len(before.rstrip()) :].count("\n"), 3)
