"""The part of the card that only a dataset judged by people has."""

from collections.abc import Mapping
from typing import Any

from r1k.hub.markdown import md, percent, table

RULE = """A pair is decided once as many people submitted an answer as were asked for. It is
*rejected* if more than half of them find it no faithful inverse, or find the answer wrong and
nobody corrects it; *validated* if more than half find it faithful, and the answer right or
corrected alike; else *undecided*. The `validated_` tables have the columns of the views, and
`corrected`: true where people corrected the question, or the answer (the trace led to another, so
such a pair is rendered without traces). Every pair stays in its split. Pairs that the checks
rejected have no split and are in none of them, whatever people say."""


def section(validation: dict[str, Any]) -> list[str]:
    """The section's paragraphs, from the manifest's `validation`."""
    decisions, pairs = validation["decisions"], validation["pairs"]
    rows = []
    for decision in ("validated", "rejected", "undecided"):
        n = decisions[decision]
        rows.append([f"**{decision}**", "", n, percent(n, pairs)])
        rows += [["", md(r), n, ""] for r, n in validation["reasons"][decision].items()]
    agreed = [
        [f"`{name}`", found["units"], alpha_text(found), percent_text(found)]
        for name, found in validation["agreement"].items()
    ]
    responses = validation["responses"]
    return [
        "## Validation by people",
        f"{validation['annotators']} people looked at {pairs} pairs, blind to each other: "
        f"{responses['submitted']} responses submitted, {responses['discarded']} discarded, "
        f"{responses['draft']} not finished. [validation.html](validation.html) has it all to "
        "read, with examples of what is wrong; `agreement.json` has the figures.",
        table(["decision", "reason", "pairs", "share"], rows),
        f"{validation['third_opinion']} pairs need a third opinion. Corrected: "
        f"{validation['corrected']['answer']} answers, {validation['corrected']['question']} "
        "questions.",
        table(["question", "pairs judged by several", "Krippendorff's alpha", "agreement"], agreed),
        "With 95 % intervals. " + RULE,
    ]


def alpha_text(found: Mapping[str, Any]) -> str:
    """Alpha with its interval, or why there is none."""
    if found["alpha"] is None:
        return str(found["alpha_note"])
    value, low, high = (_digits(found[f"alpha{end}"], 1, 2) for end in ("", "_low", "_high"))
    return f"{value} ({low} to {high})" if low else f"{value}, {found['interval_note']}"


def percent_text(found: Mapping[str, Any]) -> str:
    """Percent agreement with its interval."""
    ends = ("percent_agreement", "percent_low", "percent_high")
    value, low, high = (_digits(found[end], 100, 0) for end in ends)
    if not value:
        return "–"
    return f"{value} % ({low} to {high})" if low else f"{value} %"


def _digits(value: float | None, scale: int, digits: int) -> str:
    """A figure for people; "" for none. Nothing is -0.00."""
    return "" if value is None else f"{round(scale * value, digits) + 0.0:.{digits}f}"
