"""Markdown for cards: tables, and text from outside that does nothing."""

import re
from typing import Any


def md(text: object) -> str:
    """Text from outside as one line of Markdown that shows it and does nothing else."""
    line = " ".join(
        re.sub(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", " ", str(text)).split()
    )
    if len(line) > 300:
        line = line[:300] + "…"
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Also `:` and `@`, against bare addresses and mentions, which the Hub makes into links.
    return re.sub(r"([\\`*_{}\[\]()#+\-!|~$^=])", r"\\\1", line).replace("://", "&#58;//").replace(
        "@", "&#64;"
    )  # fmt: skip


def table(head: list[str], rows: list[list[Any]]) -> str:
    """A Markdown table; cells from outside must have gone through `md`."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def percent(part: int, whole: int) -> str:
    """12.5 %, or a dash of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "–"
