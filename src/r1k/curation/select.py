"""Which rows stay: duplicates, quality, difficulty, diversity."""

import random
import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from r1k.curation.config import DifficultyConfig, QualityConfig

Ints = npt.NDArray[np.int64]

# Delimiters and spacing of LaTeX, which say nothing.
_LAYOUT = r"\$|\\(?:left|right|displaystyle|quad|qquad|[()\[\],;:! ])"
_NUMBERS_AND_SIGNS = re.compile(r"\d+|[-+*/^=<>]")


def normalised(questions: pl.Series) -> pl.Series:
    """Texts that are equal where two questions differ in case, spaces or layout alone."""
    plain = questions.str.normalize("NFC").str.to_lowercase().str.replace_all(_LAYOUT, " ")
    return plain.str.replace_all(r"\s+", " ").str.strip_chars(" .")


def numbers_and_signs(question: str) -> str:
    """What two near-duplicates must have in common: 2 + 3 is not 2 - 3, nor 2 + 4."""
    return " ".join(sorted(_NUMBERS_AND_SIGNS.findall(question)))


def first_alike(texts: Sequence[str] | pl.Series) -> pl.DataFrame:
    """128 bits of the hash of each text, in two columns: equal ones have equal texts."""
    series = pl.Series(texts, dtype=pl.String)
    return pl.DataFrame({"a": series.hash(1), "b": series.hash(2)})


def repeats(hashes: pl.DataFrame, alive: npt.NDArray[np.bool_]) -> Ints:
    """For each row the first living row of the same hashes (itself if none, or if not alive)."""
    frame = hashes.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int64), alive=alive)
    rows: Ints = np.arange(len(frame))
    living = frame.filter("alive").with_columns(first=pl.col("row").min().over("a", "b"))
    rows[living["row"].to_numpy()] = living["first"].to_numpy()
    return rows


def quality_rules(config: QualityConfig) -> dict[str, pl.Expr]:
    """By name, what is true of a row that breaks a rule; of columns `question` and `trace`."""
    question, trace = pl.col("question"), pl.col("trace").fill_null("")
    size = question.str.len_chars()
    return {
        "question too short": size < config.min_question_chars,
        "question too long": size > config.max_question_chars,
        "trace too long": trace.str.len_chars() > config.max_trace_chars,
        **({"no trace": trace == ""} if config.trace else {}),
        **{name: question.str.contains(regex) for name, regex in config.patterns.items()},
    }


def difficulty_rules(config: DifficultyConfig) -> dict[str, pl.Expr]:
    """As `quality_rules`, of columns `pass_rate` and `trace`."""
    length = pl.col("trace").fill_null("").str.len_chars()
    rules = {}
    if config.pass_rates:
        rules["solved too often"] = pl.col("pass_rate") > config.max_pass_rate
    if config.min_trace_chars:
        rules["trace too short"] = length < config.min_trace_chars
    return rules


def first_broken(rows: pl.DataFrame, rules: dict[str, pl.Expr]) -> pl.Series:
    """The name of the first rule that each row breaks, or null."""
    broken = [pl.when(rule).then(pl.lit(name)) for name, rule in rules.items()]
    return rows.with_columns(why=pl.coalesce([*broken, pl.lit(None, pl.String)]))["why"]


def draw_diverse(domains: Sequence[str], lengths: Ints, rows: int, seed: int) -> list[int]:
    """The numbers of `rows` rows (all, if there are fewer), spread over their domains.

    Each time a domain is drawn, every one that has rows left as likely as any other; then one of
    its rows, where the longest has a weight of 1, the next of 1/2, the next of 1/4, and so on.
    """
    draw = random.Random(seed)
    # Among equally long ones the order is drawn, too; the longest stand last.
    order = list(range(len(domains)))
    draw.shuffle(order)
    order.sort(key=lambda i: lengths[i])
    left: dict[str, list[int]] = {}
    for i in order:
        left.setdefault(domains[i], []).append(i)
    names = sorted(left)
    chosen: list[int] = []
    while names and len(chosen) < rows:
        at = draw.randrange(len(names))
        bucket = left[names[at]]
        rank = 0
        while draw.random() < 0.5:
            rank += 1
        if rank >= len(bucket):  # the weights of those that there are add up to less than 1
            continue
        chosen.append(bucket.pop(-1 - rank))
        if not bucket:
            names.pop(at)
    return chosen
