"""`index.html`: the runs for people to read, in one file that opens without a network.

No scripts, and nothing from elsewhere. Names, families and replies come from files and models: all
of them are escaped, and the page's content-security policy allows nothing but its own style sheet.
"""

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import polars as pl

from r1k.report.figures import Figure
from r1k.report.hypotheses import HOLDS, MIN_SEEDS, MISSING, NOT, UNDECIDED, Hypothesis, Part
from r1k.report.plots import DARK
from r1k.report.read import Run, Runs, label
from r1k.report.samples import Sample

MAX_CHARS = 1_500
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_MARKS = {HOLDS: "✓", NOT: "✗", UNDECIDED: "?"}
_KINDS = {
    "base": "the model before training",
    "forward": "trained on forward problems: the specialist of that direction",
    "reverse": "trained on reverse problems: the other specialist",
    "mixed": "trained on both, one to one, without more ado: the naive mix",
    "tagged": "the same, with the direction stated above each question, also when it is tested",
    "curriculum": "one direction, then the other, and back",
}
_SECOND = {
    "DPO": "a second stage: on each question the own solution is preferred to that of its inverse",
    "DPO with SFT": "the same, with the likelihood of the own solution in the loss",
}
_PLURALS = {HOLDS: "hold", NOT: "do not hold", UNDECIDED: UNDECIDED, MISSING: MISSING}
_DARK_LINES = "\n".join(
    f'  svg [{key}="{light}"] {{ {key}: {dark} }}'
    for light, dark in DARK.items()
    for key in ("fill", "stroke")
)
_STYLE = f"""
:root {{ color-scheme: light dark; --back: #ffffff; --ink: #1c2127; --grey: #5b6470;
  --line: #d9dde3; --soft: #f5f6f8; --yes: #0b6e4c; --no: #a83413; --open: #5b6470;
  --link: #0b5394 }}
* {{ box-sizing: border-box }}
html {{ -webkit-text-size-adjust: 100% }}
body {{ margin: 0 auto; padding: 1rem 1.25rem 4rem; max-width: 76rem; color: var(--ink);
  background: var(--back);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }}
a {{ color: var(--link) }}
:focus-visible {{ outline: 3px solid var(--link); outline-offset: 2px }}
.skip {{ position: absolute; left: -99rem }}
.skip:focus {{ position: static }}
h1 {{ font-size: 1.75rem; line-height: 1.2; margin: 1rem 0 .5rem }}
h2 {{ font-size: 1.3rem; margin: 2.75rem 0 .5rem; padding-top: .75rem;
  border-top: 1px solid var(--line) }}
h3 {{ font-size: 1.05rem; margin: 2rem 0 .25rem }}
h4 {{ font-size: 1rem; font-weight: 600; margin: 1.25rem 0 .5rem }}
p, ul.plain {{ margin: .5rem 0 1rem; max-width: 46rem }}
.lead {{ font-size: 1.1rem }}
.note, figcaption {{ color: var(--grey); font-size: .9rem }}
nav ul {{ display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; list-style: none }}
figure {{ margin: 1rem 0 }}
.panels {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr));
  gap: 1rem; align-items: start }}
.panels > div {{ border: 1px solid var(--line); border-radius: 8px; padding: .5rem;
  max-width: 32rem; break-inside: avoid }}
svg {{ display: block; width: 100%; height: auto }}
svg * {{ stroke-linejoin: round; stroke-linecap: butt }}
svg text {{ font-family: "DejaVu Sans", Verdana, system-ui, sans-serif }}
.panels p {{ margin: .25rem 0 0; font-size: .85rem }}
.wide {{ overflow-x: auto; margin: .5rem 0 1rem }}
table {{ border-collapse: collapse; font-size: .92rem }}
caption {{ text-align: left; color: var(--grey); padding-bottom: .35rem }}
th, td {{ text-align: left; vertical-align: top; padding: .35rem 1rem .35rem 0;
  border-bottom: 1px solid var(--line) }}
thead th {{ color: var(--grey); font-weight: 600; vertical-align: bottom }}
tbody th {{ font-weight: 400 }}
.claims tbody th {{ padding-left: 1.25rem }}
.claims .claim th {{ padding-left: 0; padding-top: 1.1rem; font-weight: 600 }}
.claims .claim td {{ padding-top: 1.1rem }}
.whose {{ color: var(--grey); font-weight: 400 }}
.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }}
.verdict {{ font-weight: 600; white-space: nowrap }}
.holds {{ color: var(--yes) }} .not {{ color: var(--no) }} .open {{ color: var(--open) }}
details {{ border: 1px solid var(--line); border-radius: 8px; padding: .25rem 1rem;
  margin: .6rem 0 }}
details[open] {{ padding-bottom: .75rem }}
summary {{ cursor: pointer; padding: .35rem 0; overflow-wrap: anywhere }}
.replies {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17rem), 1fr));
  gap: .75rem; margin: .5rem 0 1rem; padding: 0; list-style: none }}
.replies li {{ background: var(--soft); border-radius: 8px; padding: .6rem .8rem }}
pre, .question {{ white-space: pre-wrap; overflow-wrap: anywhere; margin: .35rem 0 0 }}
pre {{ font: .82rem/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }}
.question {{ border-left: 3px solid var(--line); padding-left: .75rem }}
code {{ font-size: .88em; overflow-wrap: anywhere }}
dl {{ display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .3rem 1rem }}
dt {{ color: var(--grey) }} dd {{ margin: 0; overflow-wrap: anywhere }}
@media (max-width: 600px) {{
  dl {{ grid-template-columns: 1fr; gap: 0 }} dd {{ margin-bottom: .5rem }}
  .stack thead {{ display: none }} .stack, .stack tbody, .stack tr {{ display: block }}
  .stack caption {{ display: block }}
  .stack td, .stack th {{ display: block; border: 0; padding: .1rem 0; text-align: left;
    white-space: normal }}
  .stack tr {{ border-bottom: 1px solid var(--line); padding: .5rem 0 }}
  .claims td {{ display: inline-block; margin-right: 1rem }}
  .claims tbody th, .claims .claim td {{ padding-left: 0; padding-top: .1rem }}
  .stack [data-of]::before {{ content: attr(data-of) ": "; color: var(--grey); font-weight: 400 }}
}}
@media screen and (prefers-color-scheme: dark) {{
  :root {{ --back: #14171b; --ink: #e6e8eb; --grey: #a9b1bb; --line: #3d444d; --soft: #1d2127;
    --yes: #4fd3a4; --no: #ff9a73; --open: #a9b1bb; --link: #7fc0ff }}
{_DARK_LINES}
}}
@media print {{
  :root {{ color-scheme: light }}
  html {{ font-size: 10.5px }} body {{ max-width: none; padding: 0; font-size: 1rem }}
  nav, .skip {{ display: none }}
  .panels {{ grid-template-columns: 1fr 1fr }} tr, .replies li {{ break-inside: avoid }}
  h2, h3 {{ break-after: avoid }} .wide {{ overflow: visible }}
}}
"""


class Drawn(NamedTuple):
    """A figure with the SVG of each of its panels, ready for the page."""

    figure: Figure
    svgs: list[str]


def make_page(
    command: str,
    runs: Runs,
    found: Sequence[Hypothesis],
    drawn: Sequence[Drawn],
    samples: Sequence[Sample],
) -> str:
    """The whole page; `command` is the one that made it."""
    style = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    sections = [
        ("claims", "What holds, and what does not", _claims(found)),
        ("figures", "Figures", [part for d in drawn for part in _figure(d, runs, command)]),
        ("answers", "What the models answer", _samples(samples)),
        ("made", "How it was made", _made(runs, command)),
    ]
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            f"style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'\">",
            '<meta name="referrer" content="no-referrer">',
            "<title>What training did to both directions</title>",
            f"<style>{_STYLE}</style>\n</head>\n<body>",
            '<a class="skip" href="#main">To the content</a>',
            "<header><h1>What training did to both directions</h1>",
            *_lead(runs, found),
            '<nav aria-label="Sections"><ul>',
            *(f'<li><a href="#{key}">{title}</a></li>' for key, title, _ in sections),
            '</ul></nav></header>\n<main id="main">',
            *_notes(runs),
            *(
                f'<section id="{key}" aria-labelledby="{key}-title">\n'
                f'<h2 id="{key}-title">{title}</h2>\n' + "\n".join(parts) + "\n</section>"
                for key, title, parts in sections
            ),
            "</main>\n</body>\n</html>\n",
        ]
    )


def _lead(runs: Runs, found: Sequence[Hypothesis]) -> list[str]:
    seeds = sorted({run.seed for run in runs.runs})
    names = runs.names()
    counts = [(v, sum(h.verdict == v for h in found)) for v in _PLURALS]
    said = ", ".join(f"{n} {v if n == 1 else _PLURALS[v]}" for v, n in counts if n)
    return [
        '<p class="lead">A <em>forward</em> problem asks for an answer; its <em>reverse</em> '
        "states that answer and asks for one of the givens. Models were trained on one direction, "
        "on both, and then on the preference between them. This page shows what that did: how "
        "likely the model finds the solution of the problem it is asked (y+), that of the inverse "
        "problem (y−), and that of an unrelated one; and how often it answers right.</p>",
        f"<p>{_count(len(names), 'kind')} of training, {_count(len(seeds), 'seed')}. "
        f"Of {_count(len(found), 'claim')} {said}.</p>",
        "<dl>",
        *(
            f"<dt>{_text(label(name))}</dt><dd>{_text(_KINDS[name])}</dd>"
            for name in names
            if name in _KINDS
        ),
        *(
            f"<dt>… + {end}</dt><dd>{words}</dd>"
            for end, words in _SECOND.items()
            if any(label(name).endswith(f"+ {end}") for name in names)
        ),
        "</dl>",
    ]


def _notes(runs: Runs) -> list[str]:
    if not runs.notes:
        return []
    lines = "".join(f"<li>{_text(note)}</li>" for note in runs.notes)
    return [
        "<details open><summary>To know before you read on: "
        f"{_count(len(runs.notes), 'remark')}</summary><ul>{lines}</ul></details>"
    ]


def _claims(found: Sequence[Hypothesis]) -> list[str]:
    parts = [
        "<p>The <em>margin</em> is how much likelier a token of the own solution is than one of "
        "the other of its pair, in nats (e-folds) a token. Each claim comes down to figures, and "
        "to bounds for them. A figure holds if its whole 95 % interval lies within them, does "
        "not hold if the whole interval lies outside, and is undecided at this size otherwise, or "
        f"with fewer than {MIN_SEEDS} seeds. A claim holds if all its figures do, but for "
        "those that are shown and not counted, and does not hold if one does not.</p>",
        '<div class="wide"><table class="stack claims"><caption>The claims, and the figures that '
        "they come down to</caption><thead><tr><th>claim</th>"
        '<th class="n">estimate (95 % interval)</th><th class="n">claimed</th>'
        '<th class="n">seeds</th><th class="n">pairs</th><th>verdict</th></tr></thead>',
    ]
    for h in found:
        parts.append(
            f'<tbody><tr class="claim"><th colspan="5" scope="rowgroup">{_text(h.claim)} '
            f'<span class="whose">({_text(h.whose)})</span></th>{_verdict(h.verdict)}</tr>'
        )
        for p in h.parts:
            seeds, pairs = (p.found.seeds, p.found.pairs) if p.found else ("–", "–")
            parts.append(
                f'<tr><th scope="row">{_text(p.what)}</th>'
                + _cell("estimate", figure(p), "n") + _cell("claimed", p.bounds, "n")
                + _cell("seeds", seeds, "n") + _cell("pairs", pairs, "n")
                + f'<td data-of="verdict">{_mark(p.verdict)}</td></tr>'
            )  # fmt: skip
        parts.append("</tbody>")
    parts.append("</table></div>")
    parts.append(
        '<p class="note">Intervals allow for other seeds and other pairs at once: seeds and pairs '
        "are drawn again with replacement, 2,000 times with a fixed seed, and their variances put "
        "together; as seeds are few, the bounds are those of Student's t. Nothing is corrected for "
        "testing several recipes: where many are tried, one may hold by luck.</p>"
    )
    return parts


def figure(part: Part) -> str:
    """The estimate in its unit, with its interval: "+12.0 points (10.1 to 13.9)"."""
    if part.found is None:
        return "–"
    scale, digits = (1, 3) if part.unit == "nats" else (100, 1)
    sign = "" if part.unit == "%" else "+"
    mean, low, high = (scale * value for value in part.found[:3])
    unit = " %" if part.unit == "%" else f" {part.unit}"
    if low != low:
        return f"{mean:{sign}.{digits}f}{unit} (no interval)" if mean == mean else "–"
    return f"{mean:{sign}.{digits}f}{unit} ({low:.{digits}f} to {high:.{digits}f})"


def _figure(drawn: Drawn, runs: Runs, command: str) -> list[str]:
    f = drawn.figure
    groups: dict[str, list[str]] = {}
    for p, svg in zip(f.panels, drawn.svgs, strict=True):
        name = quote(p.name)
        links = f'<a href="{name}.png">PNG</a> <a href="{name}.svg">SVG</a>'
        groups.setdefault(p.group, []).append(f"<div>{svg}<p>{links}</p></div>")
    panels = "\n".join(
        (f"<h4>{_text(group)}</h4>\n" if group else "")
        + f'<div class="panels">{"".join(parts)}</div>'
        for group, parts in groups.items()
    )
    return [
        f'<figure id="{f.name}"><h3>{_text(f.title)}</h3>\n<p>{_text(f.reading)}</p>',
        panels,
        f"<figcaption>{_source(f, command)} Data: "
        f'<a href="{f.name}.csv">CSV</a>, <a href="{f.name}.parquet">parquet</a>.</figcaption>',
        f"<details><summary>The numbers of this figure, as a table</summary>{_table(f.numbers)}"
        "</details></figure>",
    ]


def _source(f: Figure, command: str) -> str:
    if "seeds" not in f.numbers.columns:
        return f"{_text(f.how)}."
    seeds, pairs = _range(f.numbers["seeds"]), _range(f.numbers["pairs"])
    return (
        f"Measured by {_text(f.how)}; seeds: {seeds}, pairs: {pairs}; drawn by "
        f"<code>{_text(command)}</code>."
    )


def _range(values: pl.Series) -> str:
    ends = values.sort().to_list()
    return f"{ends[0]}" if ends[0] == ends[-1] else f"{ends[0]} to {ends[-1]}"


def _table(frame: pl.DataFrame) -> str:
    numbers = [dtype.is_numeric() for dtype in frame.dtypes]
    marks = [' class="n"' if n else "" for n in numbers]
    head = "".join(f"<th{m}>{_text(c)}</th>" for m, c in zip(marks, frame.columns, strict=True))
    lines = [
        "<tr>"
        + "".join(f"<td{m}>{_value(v)}</td>" for m, v in zip(marks, row, strict=True))
        + "</tr>"
        for row in frame.iter_rows()
    ]
    body = "\n".join(lines)
    return (
        '<div class="wide" tabindex="0" role="region" aria-label="Numbers"><table><thead><tr>'
        f"{head}</tr></thead><tbody>\n{body}</tbody></table></div>"
    )


def _value(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else _text("–" if value is None else value)


def _samples(samples: Sequence[Sample]) -> list[str]:
    if not samples:
        return ["<p>There are no scores with details here.</p>"]
    parts = [
        "<p>The same question to each model of the first seed: first what they disagree about, "
        "then one that all answer right, and one that none does. Each time the first in the order "
        "of the pairs' ids, not the best.</p>"
    ]
    for i, sample in enumerate(samples):
        start = "<details open>" if i == 0 else "<details>"
        parts.append(
            f"{start}<summary>{_text(sample.direction)} problem, {_text(sample.family or '')} "
            f"{_text(sample.difficulty or '')}: {sample.right} of {len(sample.replies)} right"
            f'</summary><p class="question">{_text(sample.question, MAX_CHARS)}</p>'
            f"<p>Expected: <code>{_text(sample.gold, 200)}</code></p>"
            '<ul class="replies">'
        )
        for name, right, reply in sample.replies:
            verdict = "holds" if right else "not"
            words = "✓ right" if right else "✗ wrong"
            parts.append(
                f'<li><b>{_text(label(name))}</b> <span class="{verdict}">{words}</span>'
                f"<pre>{_text(reply, MAX_CHARS)}</pre></li>"
            )
        parts.append("</ul></details>")
    return parts


def _made(runs: Runs, command: str) -> list[str]:
    rows = []
    for name in runs.names():
        own = [run for run in runs.runs if run.name == name]
        seeds = ", ".join(str(seed) for seed in sorted({run.seed for run in own}))
        rows.append((name, seeds, _first(own, "command"), _first(own, "measured")))
    head = "<tr><th>run</th><th>seeds</th><th>command</th><th>measured</th></tr>"
    body = "\n".join(
        f'<tr><th scope="row">{_text(name)}</th>{_cell("seeds", seeds)}'
        f'<td data-of="command"><code>{_text(ran)}</code></td>{_cell("measured", measured)}</tr>'
        for name, seeds, ran, measured in rows
    )
    return [
        f"<p>This page: <code>{_text(command)}</code>. The runs:</p>",
        f'<div class="wide"><table class="stack"><thead>{head}</thead><tbody>{body}</tbody></table>'
        "</div>",
        *(["<h3>Machine and versions</h3>", _facts(runs.machine)] if runs.machine else []),
    ]


def _facts(facts: Mapping[str, Any]) -> str:
    lines = (f"<dt>{_text(key)}</dt><dd>{_text(value)}</dd>" for key, value in facts.items())
    return f"<dl>{''.join(lines)}</dl>"


def _first(runs: Iterable[Run], field: str) -> str:
    return next((found for run in runs if (found := str(getattr(run, field)))), "–")


def _cell(of: str, value: object, kind: str = "") -> str:
    mark = f' class="{kind}"' if kind else ""
    return f'<td{mark} data-of="{of}">{_text(value)}</td>'


def _verdict(verdict: str) -> str:
    return f'<td class="verdict" data-of="verdict">{_mark(verdict)}</td>'


def _mark(verdict: str) -> str:
    kind = {HOLDS: "holds", NOT: "not"}.get(verdict, "open")
    return f'<span class="{kind}">{_MARKS.get(verdict, "–")} {verdict}</span>'


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _text(text: object, most: int | None = None) -> str:
    """Text from outside: escaped, without characters that a browser would obey, cut if long."""
    shown = _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", str(text).replace("\r\n", "\n"))
    if most and len(shown) > most:  # the answer stands at the end
        shown = f"{shown[: most // 2]} […] {shown[-(most // 2) :]}"
    return html.escape(shown)
