"""The columns of a source: which are recognised, and what a row of them says.

Recognised, in this order (the paper's sample is s1K-1.1 with `sample_type`):

    s1K-1.1    question, deepseek_thinking_trajectory, deepseek_attempt, solution, deepseek_grade
    MetaMath   original_question, original_answer (question and answer are the reverse problem,
               which states the forward answer where original_answer does not)
    s1K        question, solution, and where they exist thinking_trajectories, attempt
    MATH       problem, solution, answer
    r1k        pair_id, forward, reverse: the forward problems of a dataset made by r1k
    curated    question, trace, answer, reference, grade, source_sha256: written by r1k curate
    plain      question (or problem), reasoning (or the like), answer; GSM8K's answers keep
               their reasoning before "####"

Columns of other names are given in `source.columns`. A *text* column holds an answer somewhere in
it (`solution`, `deepseek_attempt`); a plain `answer` column is the answer.
"""

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from r1k.errors import UserError
from r1k.schema import Problem, Source
from r1k.source.answers import (
    asks_for_proof,
    clean,
    final_answer,
    last_option,
    options,
    resolve_option,
)

_TRACES = ("reasoning", "thinking", "trace", "cot", "rationale", "solution")
_IDS = ("id", "unique_id")
_STATED = re.compile(
    r"If we know the answer of the above question is (.{1,200}?), what is the value"
)
_BAD_CHARACTER = re.compile("[\x00\ud800-\udfff]")
_MIN_WORKED = 40  # characters that a solution holds besides its answer, if it is a worked one


@dataclass(frozen=True)
class Layout:
    """The column of each field (None: the source has none); `a.b` is b in the mapping a.

    `text_answer`: the answer is to be found in its column's text. `sample_type` is the column
    that tells the paper's forward problems from their flipped copies; `reverse_question` is
    MetaMath's, which states the forward answer.
    """

    question: str
    answer: str
    trace: str | None = None
    reference: str | None = None
    grade: str | None = None
    id: str | None = None
    text_answer: bool = False
    sample_type: str | None = None
    reverse_question: str | None = None

    def used(self) -> dict[str, str]:
        """Field -> column, for the columns whose values are used."""
        fields = ("question", "trace", "answer", "reference", "grade", "id")
        return {field: getattr(self, field) for field in fields if getattr(self, field)}


def recognise(names: Collection[str], mapping: Mapping[Any, str | None], where: str) -> Layout:
    """The layout of a source with these columns; `mapping` (field -> column) goes before.

    Raises:
        UserError: a mapped column does not exist, or there is no column for question or answer.
    """
    for field, column in mapping.items():
        if column is not None and column not in names:
            raise UserError(f"{where}: no column {column!r} for {field}{_there_are(column, names)}")
    found: dict[str, Any] = _recognised(set(names)) | dict(mapping)
    for field in ("question", "answer"):
        if not found.get(field):
            raise UserError(
                f"{where}: no {field} column recognised{_there_are(field, names)}; "
                f"name it with --source.columns.{field} COLUMN"
            )
    layout = Layout(**found)
    if mapping.get("answer"):  # "column", unless what it holds is plainly a text
        layout = replace(layout, text_answer=False)
    return layout


def read_row(number: int, row: Mapping[str, Any], sha256: str, layout: Layout) -> Source:
    """A row as a problem, or with the reason why it cannot be one."""
    identifier = _text(row, layout.id) if layout.id else None
    grade = _text(row, layout.grade) if layout.grade else None
    outcome = _problem(row, layout)
    return Source(
        row=number,
        id=identifier or None,
        sha256=sha256,
        grade=grade or None,
        problem=None if isinstance(outcome, str) else outcome,
        error=outcome if isinstance(outcome, str) else None,
    )


def _recognised(names: set[str]) -> dict[str, Any]:
    question = next((name for name in ("question", "problem") if name in names), None)
    identifier = next((name for name in _IDS if name in names), None)
    found: dict[str, Any] = {"question": question, "id": identifier}
    if {"pair_id", "forward", "reverse"} <= names:
        fields = {field: f"forward.{field}" for field in ("question", "trace", "answer")}
        return {**fields, "id": "pair_id"}
    if {"deepseek_thinking_trajectory", "deepseek_attempt"} <= names:
        return found | {
            "trace": "deepseek_thinking_trajectory",
            "answer": "deepseek_attempt",
            "text_answer": True,
            "reference": _if_in("solution", names),
            "grade": _if_in("deepseek_grade", names),
            "sample_type": _if_in("sample_type", names),
        }
    if "original_question" in names and names & {"original_answer", "question"}:
        return found | {
            "question": "original_question",
            "answer": "original_answer",
            "reverse_question": _if_in("question", names),
        }
    if "solution" in names and "answer" not in names:
        attempt = _if_in("attempt", names)
        return found | {
            "trace": _if_in("thinking_trajectories", names) or "solution",
            "answer": attempt or "solution",
            "text_answer": True,
            "reference": "solution" if attempt else None,
        }
    if "source_sha256" in names:  # as r1k curate writes it
        found |= {field: _if_in(field, names) for field in ("reference", "grade")}
    trace = next((name for name in _TRACES if name in names), None)
    return found | {"trace": trace, "answer": _if_in("answer", names)}


def _if_in(name: str, names: set[str]) -> str | None:
    return name if name in names else None


def _there_are(wanted: str, names: Collection[str]) -> str:
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    hint = f", nearest {near[0]!r}" if near else ""
    return f" (columns: {', '.join(map(str, names)) or 'none'}{hint})"


def _problem(row: Mapping[str, Any], layout: Layout) -> Problem | str:
    """The problem of a row, or why there is none."""
    if layout.sample_type and row.get(layout.sample_type) != "original":
        kind = row.get(layout.sample_type)
        return f"sample_type is {kind!r}: the flipped copy of a forward problem, not one itself"
    for column in layout.used().values():
        wrong = _what_is_wrong(_value(row, column), column, is_question=column == layout.question)
        if wrong:
            return wrong
    question = _text(row, layout.question)
    answer_text = _text(row, layout.answer)
    if not question:
        return f"column {layout.question!r} is empty: no question"
    stated = None
    if not answer_text and layout.reverse_question:
        stated = _STATED.search(_text(row, layout.reverse_question))
        answer_text = stated[1] if stated else ""
    if not answer_text:
        return f"column {layout.answer!r} is empty: no answer"
    if asks_for_proof(question):
        return "a proof: it has no final answer"
    choices = options(question)
    found = _answer(answer_text, layout.text_answer)
    if choices and (not found or found[1] == "last line"):
        # A formula at the end of a solution is not the option that was chosen.
        is_option = found and resolve_option(found[0], choices)[1]
        found = found if is_option else last_option(answer_text, choices)
    if not found:
        return f"no final answer found in column {layout.answer!r} (a proof?)"
    answer, option = resolve_option(found[0], choices)
    reference = None
    if layout.reference:
        second = final_answer(_text(row, layout.reference))
        reference = resolve_option(second[0], choices)[0] if second else None
    return Problem(
        question=question,
        trace=_trace(row, layout, answer_text, found[0]),
        answer=answer,
        answer_from="given" if stated else found[1],
        reference=reference,
        option=option,
    )


def _answer(text: str, is_text: bool) -> tuple[str, str] | None:
    found = final_answer(text)
    if is_text or (found and found[1] in ("boxed", "marker")):
        return found
    if len(text) <= 200 and "\n" not in text:  # an answer column is the answer as it stands
        answer = clean(text)
        return (answer, "column") if answer else None
    return found


def _trace(row: Mapping[str, Any], layout: Layout, answer_text: str, answer: str) -> str | None:
    if layout.trace and layout.trace != layout.answer:
        trace = _text(row, layout.trace)
    else:  # GSM8K: the reasoning stands before the answer, in its column
        trace, hashes, _ = answer_text.partition("\n####")
        if layout.trace is None and not hashes:
            return None
    if layout.trace in ("solution", layout.answer) and len(trace) < len(answer) + _MIN_WORKED:
        return None  # "128", or little more than the answer: no reasoning to learn from
    return trace.strip() or None


def _text(row: Mapping[str, Any], column: str | None) -> str:
    """A value as text, "" where it is missing; of a list (several traces) the first."""
    value = _value(row, column) if column else None
    if isinstance(value, list):
        value = value[0] if value else None
    return "" if value is None else str(value).strip()


def _value(row: Mapping[str, Any], column: str) -> Any:
    outer, _, inner = column.partition(".")
    if column in row or not isinstance(row.get(outer), Mapping):
        return row.get(column)
    return row[outer].get(inner)


def _what_is_wrong(value: Any, column: str, is_question: bool) -> str | None:
    if isinstance(value, list) and not is_question:
        value = value[0] if value else None
    if isinstance(value, str):
        bad = _BAD_CHARACTER.search(value)
        if bad is None:
            return None
        name = "a NUL character" if bad[0] == "\x00" else f"the lone surrogate U+{ord(bad[0]):04X}"
        return f"column {column!r} holds {name} at character {bad.start()}"
    if value is None or (isinstance(value, int | float) and not is_question):
        return None
    return f"column {column!r} holds a {_kind(value)} ({str(value)[:40]}), text is needed"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth value"
    if isinstance(value, int | float):
        return "number"
    kinds = {"list": "list", "dict": "mapping", "bytes": "byte string"}
    return kinds.get(type(value).__name__, "value")
