"""`validation.html`: what people said of the pairs, for people to read.

One file without scripts and without anything from elsewhere. Texts come from models and from
annotators: all of them are escaped, mathematics stays as it was typed, and the page's
content-security policy allows nothing but its own style sheet.
"""

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

from r1k.annotation.labels import MIN_PAIRS, Judged
from r1k.hub.validation_card import alpha_text, percent_text
from r1k.schema import LabelRow, ResponseRow

MAX_EXAMPLES, MAX_CHARS = 3, 1_000
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
_DECISIONS = ("validated", "rejected", "undecided")
_QUESTIONS = {
    "faithful": "Faithful inverse?",
    "answer_right": "Answer right?",
    "quality": "Trace, 1 to 5",
}
# What a label or a reason means, in the order of the page.
_MISTAKES = {
    "paraphrase": "The reverse question asks for the forward answer again",
    "not_determined": "The reverse question does not determine its answer",
    "contradicts": "The reverse question contradicts the forward problem",
    "other": "Not a faithful inverse for another reason",
    "answer_wrong": "The reverse answer is wrong, and nobody corrected it",
}
_OPEN = {
    "too_few_responses": "not judged by enough people yet",
    "faithful_tied": "people disagree whether it is a faithful inverse",
    "answer_tied": "people disagree whether the answer is right",
    "answer_unsure": "most people are unsure whether the answer is right",
    "answer_corrected_differently": "people corrected the answer differently",
    "question_corrected_differently": "people corrected the question differently",
}
_STYLE = """
:root { color-scheme: light; --line: #d9dde3; --soft: #f5f6f8; --grey: #5b6470; --ink: #1c2127;
  --yes: #0b7a54; --no: #b3401f; --open: #8a8f98 }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1.5rem 1.25rem 4rem; max-width: 60rem; color: var(--ink);
  background: #fff; font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 .5rem; overflow-wrap: anywhere }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .5rem; padding-top: .75rem;
  border-top: 1px solid var(--line) }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem }
p { margin: .5rem 0 1rem; max-width: 46rem }
.lead { font-size: 1.1rem }
.note, figcaption { color: var(--grey); font-size: .9rem }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem;
  margin: 1.25rem 0; padding: 0; list-style: none }
.tiles li { background: var(--soft); border-radius: 8px; padding: .75rem 1rem }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.2 }
.tiles span { color: var(--grey); font-size: .9rem }
figure { margin: 1rem 0 }
svg { display: block; width: 100%; height: 1.5rem; border-radius: 6px }
.validated { fill: var(--yes); color: var(--yes) }
.rejected { fill: var(--no); color: var(--no) }
.undecided { fill: var(--open); color: var(--open) }
.key { margin-right: 1.25rem; white-space: nowrap }
.wide { overflow-x: auto; margin: .5rem 0 1rem }
table { border-collapse: collapse; font-size: .95rem }
th, td { text-align: left; vertical-align: top; padding: .4rem 1.25rem .4rem 0;
  border-bottom: 1px solid var(--line) }
th { color: var(--grey); font-weight: 600 }
.n { text-align: right }
td.n { font-variant-numeric: tabular-nums; white-space: nowrap }
th { vertical-align: bottom }
td:first-child { white-space: nowrap }
details { border: 1px solid var(--line); border-radius: 8px; padding: .25rem 1rem;
  margin: .6rem 0 }
details[open] { padding-bottom: .75rem }
dl { margin: 0; display: grid; grid-template-columns: 9rem 1fr; gap: .6rem 1rem }
dt { color: var(--grey); font-size: .9rem; padding-top: .1rem }
dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
dd.said { border-left: 3px solid var(--line); padding-left: .75rem }
code { font-size: .85em; color: var(--grey) }
summary { cursor: pointer; padding: .35rem 0; overflow-wrap: anywhere }
@media (max-width: 600px) {
  dl { grid-template-columns: 1fr; gap: .1rem } dd { margin-bottom: .6rem }
  th, td { padding-right: .8rem }
}
"""


def make_page(
    name: str,
    facts: Mapping[str, Any],
    agreement: Mapping[str, Any],
    pairs: Iterable[Judged],
    labels: list[LabelRow],
    rows: list[ResponseRow],
) -> str:
    """The whole page.

    Args:
        name: the dataset's.
        facts: the manifest's `validation`.
        agreement: what `agreement.json` holds.
        pairs: those in `labels`, in any order.
        labels: what was decided of each pair.
        rows: the responses, for examples.
    """
    judged = {pair.pair_id: pair for pair in pairs}
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            f"style-src 'sha256-{style}'\">",
            f"<title>Validation of {_text(name)}</title>",
            f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
            f"<h1>What people say of {_text(name)}</h1>",
            *_overview(facts),
            *_agreement(agreement),
            *_people(agreement),
            *_checks(agreement),
            *_mistakes(judged, labels, rows),
            *_notes(facts),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _overview(facts: Mapping[str, Any]) -> list[str]:
    pairs, decisions, said = facts["pairs"], facts["decisions"], facts["responses"]
    tiles = [
        (pairs, "pairs answered"),
        (facts["annotators"], "people"),
        (said["submitted"], "responses submitted"),
        (decisions["validated"], "pairs validated"),
        (facts["third_opinion"], "need a third opinion"),
    ]
    rows = [
        [d, _MISTAKES.get(r) or _OPEN.get(r) or r, n]
        for d in _DECISIONS
        for r, n in facts["reasons"][d].items()
    ]
    corrected = facts["corrected"]
    waiting = f" {_pairs(facts['pairs_waiting'])} more wait." if facts["pairs_waiting"] else ""
    return [
        '<p class="lead">A <em>pair</em> is a reasoning problem (forward) and a second one made '
        "from it (reverse), in which the answer has become a given, and a given the unknown. "
        f"{facts['annotators']} people looked at {pairs} of these pairs, blind to each other. "
        f"They validated {decisions['validated']} ({_share(decisions['validated'], pairs)}), "
        f"rejected {decisions['rejected']}, and {decisions['undecided']} are undecided."
        f"{waiting}</p>",
        '<ul class="tiles">',
        *(f"<li><b>{n:,}</b><span>{what}</span></li>" for n, what in tiles),
        "</ul>",
        _bar(decisions),
        "<h2>What was decided, and why</h2>",
        _table(["decision", "reason", "pairs"], rows, numbers={2})
        if rows
        else "<p>Every pair was validated.</p>",
        "<p>A pair may be rejected for several reasons. Corrected by people, and so in the "
        f"validated tables: {corrected['answer']} answers and {corrected['question']} "
        "questions.</p>",
    ]


def _bar(decisions: Mapping[str, int]) -> str:
    whole, at, parts, keys = max(sum(decisions.values()), 1), 0.0, [], []
    for name in _DECISIONS:
        width = 100 * decisions[name] / whole
        parts.append(f'<rect class="{name}" x="{at:.3f}" width="{width:.3f}" height="10"/>')
        keys.append(f'<span class="key"><span class="{name}">&#9632;</span> {name} '
                    f"{decisions[name]}</span>")  # fmt: skip
        at += width
    said = ", ".join(f"{name} {decisions[name]}" for name in _DECISIONS)
    return (
        f'<figure><svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{said}">{"".join(parts)}</svg>'
        f"<figcaption>{' '.join(keys)}</figcaption></figure>"
    )


def _agreement(agreement: Mapping[str, Any]) -> list[str]:
    rows, crossed = [], []
    for name, text in _QUESTIONS.items():
        found = agreement["questions"][name]
        rows.append([text, found["units"], alpha_text(found), percent_text(found)])
        crossed += [
            [text, f"{cell['a']} and {cell['b']}".replace("_", " "), cell["count"]]
            for cell in sorted(found["confusion"], key=lambda c: -c["count"])
            if cell["a"] != cell["b"]
        ]
    return [
        "<h2>Do people agree?</h2>",
        "<p>Everybody is asked whether the reverse problem is a faithful inverse, whether its "
        "answer is right, and how good its trace is. Krippendorff's alpha is 1 where all agree "
        "and 0 where they agree no more than by chance; from 0.8 on labels are usually called "
        "reliable, below 0.67 they are doubtful. Agreement is how often two people who judged the "
        "same pair gave the same answer. In brackets: 95 % intervals.</p>",
        _table(
            ["question", "pairs judged by several", "alpha", "agreement"], rows, numbers={1, 2, 3}
        ),
        *(
            [
                "<h3>Where two people differ</h3>",
                _table(["question", "one says, the other says", "times"], crossed, numbers={2}),
            ]
            if crossed
            else []
        ),
    ]


def _people(agreement: Mapping[str, Any]) -> list[str]:
    rows = []
    for name, found in agreement["annotators"].items():
        n, marks = found["counted"], found["quality"]
        mean = sum(int(m) * k for m, k in marks.items()) / max(sum(marks.values()), 1)
        rows.append(
            [name, found["submitted"], found["discarded"], found["draft"],
             _share(found["faithful"].get("faithful", 0), n),
             _share(found["answer_right"].get("yes", 0), n), f"{mean:.1f}" if marks else "–"]
        )  # fmt: skip
    head = ["", "submitted", "discarded", "not finished", "faithful", "answer right", "mean mark"]
    return ["<h2>Who judged</h2>", _table(head, rows, numbers={1, 2, 3, 4, 5, 6})]


def _checks(agreement: Mapping[str, Any]) -> list[str]:
    rows = [
        [c["check"], "answer right" if c["question"] == "answer_right" else "faithful",
         c["pass_yes"], c["pass_no"], c["fail_yes"], c["fail_no"],
         f"{100 * c['agreement']:.0f} % ({100 * c['low']:.0f} to {100 * c['high']:.0f})"]
        for c in agreement["checks"]
    ]  # fmt: skip
    if not rows:
        return []
    head = ["check", "held against", "passed, people: yes", "passed, people: no",
            "failed, people: yes", "failed, people: no", "agreement"]  # fmt: skip
    return [
        "<h2>People and the machine's checks</h2>",
        "<p>Programs checked every pair too. Here is how often each check says what most people "
        "say; <em>passed, people: no</em> is what a check lets through.</p>",
        _table(head, rows, numbers={2, 3, 4, 5, 6}),
    ]


def _mistakes(
    judged: Mapping[str, Judged], labels: list[LabelRow], rows: list[ResponseRow]
) -> list[str]:
    said: dict[str, list[ResponseRow]] = {}
    for row in rows:
        if not row.pair_changed and row.status == "submitted":
            said.setdefault(row.pair_id, []).append(row)
    groups = [
        (title, [row for row in labels if reason in row.reasons])
        for reason, title in _MISTAKES.items()
    ]
    groups += [
        ("The answer, corrected by people", [r for r in labels if "answer" in r.corrected]),
        ("The question, corrected by people", [r for r in labels if "question" in r.corrected]),
    ]
    groups.sort(key=lambda group: -len(group[1]))
    groups.append(("People do not settle it", [row for row in labels if row.third_opinion]))
    parts = ["<h2>Typical mistakes</h2>"]
    for title, found in groups:
        if not found:
            continue
        # Those that people said most about.
        shown = sorted(found, key=lambda row: -_comments(said.get(row.pair_id, [])))
        parts.append(f"<h3>{title}: {_pairs(len(found))}</h3>")
        parts += [
            _example(judged[row.pair_id], row, said.get(row.pair_id, []), opened=i == 0)
            for i, row in enumerate(shown[:MAX_EXAMPLES])
        ]
        if len(found) > MAX_EXAMPLES:
            parts.append(f'<p class="note">{len(found) - MAX_EXAMPLES} more are in the table '
                         "<code>labels</code>.</p>")  # fmt: skip
    if len(parts) == 1:
        parts.append("<p>None so far.</p>")
    return parts


def _comments(rows: list[ResponseRow]) -> int:
    return sum(1 for row in rows if row.comment)


def _example(pair: Judged, label: LabelRow, rows: list[ResponseRow], opened: bool) -> str:
    lines = [
        ("forward question", pair.forward_question),
        ("its answer", pair.forward_answer),
        ("reverse question", pair.reverse_question),
        *([("corrected to", label.corrected_question)] if label.corrected_question else []),
        ("its answer", pair.reverse_answer),
        *([("corrected to", label.corrected_answer)] if label.corrected_answer else []),
    ]
    parts = [f"<dt>{what}</dt><dd>{_text(text, MAX_CHARS)}</dd>" for what, text in lines]
    for row in rows:
        answer = {"yes": "answer right", "no": "answer wrong", "unsure": "answer: unsure"}
        answers = [
            (row.faithful or "").replace("_", " "),
            answer.get(row.answer_right or "", ""),
            f"mark {row.quality}" if row.quality else "",
        ]
        words = [", ".join(a for a in answers if a)]
        if row.comment:
            words.append(f"“{row.comment}”")
        if row.corrected_answer and row.corrected_answer != label.corrected_answer:
            words.append(f"corrected answer: {row.corrected_answer}")
        if row.corrected_question and row.corrected_question != label.corrected_question:
            words.append(f"corrected question: {row.corrected_question}")
        text = "\n".join(_text(part, MAX_CHARS) for part in words)
        parts.append(f'<dt>{_text(row.annotator)}</dt><dd class="said">{text}</dd>')
    comment = next((row.comment for row in rows if row.comment), "")
    head = f"<code>{_text(pair.pair_id)}</code> {_text(comment, 80)}"
    start = "<details open>" if opened else "<details>"
    return f"{start}<summary>{head}</summary><dl>{''.join(parts)}</dl></details>"


def _notes(facts: Mapping[str, Any]) -> list[str]:
    said = facts["responses"]
    notes = [
        "A pair is decided once as many people submitted an answer as were asked for. It is "
        "rejected if more than half of them find it no faithful inverse, or find the answer wrong "
        "and nobody corrects it; validated if more than half find it faithful, and the answer "
        "right or corrected alike; else undecided.",
        "Annotators are named by pseudonyms, the same for the same person throughout.",
    ]
    if facts["not_in_views"]:
        notes.append(
            f"{_pairs(facts['not_in_views'])} of those that people validated had been rejected by "
            "the checks. They have no split and are in none of the validated tables; the table "
            "<code>labels</code> has them."
        )
    if said["changed"]:
        notes.append(
            f"{said['changed']} responses are to pairs that have changed since, or are gone: they "
            "are in the table <code>validation</code> and count nowhere here."
        )
    if said["kept"]:
        notes.append(
            f"{said['kept']} responses come from people or records that were deleted since."
        )
    if not all(facts["dawid_skene"].values()):
        notes.append(
            "Annotators are not weighed by how well they agree (Dawid and Skene's model): that "
            f"takes {MIN_PAIRS} pairs that two people judged."
        )
    return ["<h2>How to read this</h2>", *(f"<p>{note}</p>" for note in notes)]


def _table(head: list[str], rows: list[list[Any]], numbers: set[int]) -> str:
    """A table of plain texts; columns in `numbers` are set to the right."""

    def line(cells: list[Any], tag: str) -> str:
        marks = [' class="n"' if i in numbers else "" for i in range(len(cells))]
        parts = zip(marks, cells, strict=True)
        return f"<tr>{''.join(f'<{tag}{m}>{_text(cell)}</{tag}>' for m, cell in parts)}</tr>"

    body = "\n".join(line(row, "td") for row in rows)
    return f'<div class="wide"><table>{line(head, "th")}\n{body}</table></div>'


def _text(text: object, most: int | None = None) -> str:
    """Text from outside: escaped, without characters that a browser would obey, cut if long."""
    shown = _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", str(text).replace("\r\n", "\n"))
    if most and len(shown) > most:  # what is asked for stands at the end
        shown = f"{shown[: most // 2]} […] {shown[-(most // 2) :]}"
    return html.escape(shown)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _pairs(n: int) -> str:
    return "1 pair" if n == 1 else f"{n} pairs"
