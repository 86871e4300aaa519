"""Pairs as records of Argilla: what an annotator sees of a pair, and what is asked of it."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from r1k.annotation.text import folded, show
from r1k.errors import UserError
from r1k.schema import Check, Pair, Problem, canonical, sha256

# The page keeps line breaks: a paragraph must be one line.
GUIDELINES = re.sub(
    r"(?<!\n)\n(?![\n#-]) *",
    " ",
    files("r1k.annotation").joinpath("guidelines.md").read_text(encoding="utf-8"),
)

FIELDS = {  # name: title
    "forward_question": "Forward question",
    "forward_answer": "Forward answer",
    "reverse_question": "Reverse question",
    "reverse_trace": "Reverse trace",
    "reverse_answer": "Reverse answer",
    "checks": "What programs found (judge first)",
}
_OUTCOMES = {"pass": "passed", "fail": "failed", "not_run": "not run"}


def _labels(**options: str) -> dict[str, Any]:
    shown = [{"value": value, "text": text} for value, text in options.items()]
    return {"type": "label_selection", "options": shown}


_TEXT = {"type": "text", "use_markdown": False}

# Nothing is suggested for any of them: Argilla's page selects a suggestion, and people would only
# press Submit. What is required cannot be submitted without.
QUESTIONS: list[dict[str, Any]] = [
    {
        "name": "faithful",
        "title": "Is the reverse problem a faithful inverse of the forward problem?",
        "required": True,
        "settings": _labels(
            faithful="Faithful",
            paraphrase="Paraphrase",
            not_determined="Not determined",
            contradicts="Contradicts",
            other="Other (say how below)",
        ),
    },
    {
        "name": "answer_right",
        "title": "Is the reverse answer right? Solve the reverse problem yourself first",
        "required": True,
        "settings": _labels(yes="Yes", no="No", unsure="Unsure"),
    },
    {
        "name": "corrected_answer",
        "title": "Corrected answer, if it is wrong and you know the right one",
        "required": False,
        "settings": _TEXT,
    },
    {
        "name": "quality",
        "title": "How good is the reverse trace? (1: useless, 5: every step is right)",
        "required": True,
        "settings": {"type": "rating", "options": [{"value": n} for n in range(1, 6)]},
    },
    {
        "name": "corrected_question",
        "title": "Corrected reverse question, if a small change would mend it",
        "required": False,
        "settings": _TEXT,
    },
    {"name": "comment", "title": "Comment", "required": False, "settings": _TEXT},
]

# What owners can filter by. Annotators see none of it: a verdict would tell them what to say.
METADATA = {
    "split": "terms",
    "verdict": "terms",
    "family": "terms",
    "difficulty": "integer",
    "source": "terms",
    "content": "terms",
}


def pushed_name(dataset: Path, name: str | None = None) -> str:
    """Under which name a dataset folder is in Argilla.

    `name`; or the name that `r1k annotate pull` noted in the folder's manifest; or that of the
    folder. Lower case letters, digits, `-` and `_`, at most 60: what Argilla takes everywhere.

    >>> pushed_name(Path("out/My data"))
    'my-data'

    Raises:
        UserError: nothing is left of the name.
    """
    if name is None:
        try:
            manifest = json.loads((dataset / "manifest.json").read_text(encoding="utf-8"))
            name = manifest["validation"]["dataset"]
        except (OSError, ValueError, KeyError, TypeError):
            name = dataset.resolve().name
    found = re.sub(r"[^a-z0-9_]+", "-", str(name).lower()).strip("-_")[:60].rstrip("-_")
    if not found:
        raise UserError(f"{name or dataset}: name the dataset in Argilla with --name, in letters")
    return found


def content(pair: Pair) -> str:
    """SHA-256 of what people judge: both questions and answers and the reverse trace, as they are.

    Not of the checks: a pair that was only verified anew is the pair that was judged.
    """
    return sha256(canonical(_judged(pair)))


def _judged(pair: Pair) -> dict[str, str]:
    """The texts that are judged, by the field of the record that shows them."""
    assert pair.reverse
    return {
        "forward_question": pair.forward.question,
        "forward_answer": answer(pair.forward),
        "reverse_question": pair.reverse.question,
        "reverse_trace": pair.reverse.trace or "",
        "reverse_answer": answer(pair.reverse),
    }


def answer(problem: Problem) -> str:
    """The final answer; of a letter, with the option that it stands for."""
    found = problem.answer or ""
    return f"{found} ({problem.option})" if problem.option else found


def make_record(pair: Pair, split: str) -> dict[str, Any]:
    """A pair as Argilla's bulk endpoint takes it; `external_id` is the pair's id.

    Args:
        pair: with a reverse problem.
        split: that of the dataset; `rejected` for a pair of the config of that name.
    """
    shown = {name: show(text) or "(none)" for name, text in _judged(pair).items()}
    for name in ("forward_answer", "reverse_answer"):
        shown[name] = _answer(_judged(pair)[name])
    known = {
        "split": split,
        "verdict": pair.verdict,
        "family": pair.family,
        "difficulty": pair.difficulty,
        "source": pair.provenance.source[:200],
        "content": content(pair),
    }
    return {
        "external_id": pair.pair_id,
        "fields": shown | {"checks": _checks(pair.checks)},
        "metadata": {name: value for name, value in known.items() if value is not None},
    }


def _answer(text: str) -> str:
    r"""An answer, which is often LaTeX without any delimiters (`\frac{1}{2}`)."""
    if re.search(r"\\[A-Za-z]{2,}|[\^_]", text) and not re.search(r"\$|\\[(\[]|\\boxed", text):
        return show(rf"\({text}\)")
    return show(text) or "(none)"


def _checks(checks: list[Check]) -> str:
    """The checks and their evidence, folded away until asked for."""
    lines = [
        f"{check.id}: {_OUTCOMES[check.outcome]}" + (f" ({check.evidence})" * bool(check.evidence))
        for check in checks
    ]
    return folded(f"Show the checks ({len(lines)})", lines) if lines else "(none)"


def settings() -> dict[str, Any]:
    """Fields, questions and metadata of every round, as Argilla's endpoints take them."""
    return {
        "fields": [
            {
                "name": name,
                "title": title,
                "required": True,
                "settings": {"type": "text", "use_markdown": True},
            }
            for name, title in FIELDS.items()
        ],
        "questions": QUESTIONS,
        "metadata-properties": [
            {
                "name": name,
                "title": name,
                "settings": {"type": kind},
                "visible_for_annotators": False,
            }
            for name, kind in METADATA.items()
        ],
    }
