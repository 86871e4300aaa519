r"""A text of a model or a source, as Markdown that Argilla's page shows as it was written.

The page renders Markdown with marked (line breaks kept), LaTeX with KaTeX, and passes the HTML
through DOMPurify. Left alone, a trace is mutilated: `\(x\)` and `\[x\]` are not rendered, `2*3*4`
turns italic, `<think>` vanishes, "3." becomes "1." at the head of a list, and the text can bring
links, images and styles of its own. So nothing of the text reaches marked but what is here taken
for mathematics, code, bold or a heading; every other character that means something to Markdown or
HTML is escaped by a backslash. (Not by a reference such as `&#42;`: the page looks for where
mathematics starts, and may cut a reference in two.)

    >>> show(r"So \(x<2\), i.e. 2*3*4 <b>")
    'So $x<2$, i.e. 2\\*3\\*4 \\<b\\>'

Mathematics is what stands between `$`, `$$`, `\(` `\)`, `\[` `\]`, in an environment such as
`align`, or in a bare `\boxed{}`. It is shown as its source where it would not stay in its place
(rules, negative spaces), hides itself (colours), defines macros, or is nested too deeply for KaTeX.
"""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_MATH = 5_000  # characters between two delimiters
_PARAGRAPH = 1_500  # characters
_MAX_FAILED = 30  # of one kind of opening that nothing closes; then the others are text as well
_MAX_DEPTH = 60  # KaTeX recurses, and an error that is not its own leaves the whole field empty
_FEFF = "\ufeff"  # a space to the page's rule for the end of mathematics, and nothing to the eye
_APART = "<!-- -->"  # ends a run of text, so that mathematics may follow; DOMPurify removes it

# What the page takes for mathematics at the place that it has reached (marked-katex-extension).
_INLINE = re.compile(
    r"(\${1,2})(?!\$)((?:\\.|[^\\\n])*?(?:\\.|[^\\\n$]))\1(?=[\s\ufeff?!.,:？！。，：]|$)"
)
_ENVIRONMENTS = frozenset(
    "equation align aligned alignat gather gathered multline split cases rcases array matrix"
    " pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix eqnarray".split()
)
_START = re.compile(
    r"(?P<fence>\n[ \t]*(?:```|~~~))|(?P<code>`)|(?P<display>\$\$|\\\[)|(?P<dollar>\$)"
    r"|(?P<inline>\\\()|(?P<begin>\\begin\{(?P<environment>[A-Za-z]+)\*?\})|(?P<boxed>\\boxed\s*\{)|(?P<bold>\*\*)"
    r"|(?P<escape>\\[$%&#_])|(?P<line>\n)"
)
_FAR = ("fence", "display", "inline", "begin", "boxed")  # their end may be far away
_PARTS = re.compile(rf".{{1,{_PARAGRAPH}}}(?= |$)|.{{1,{_PARAGRAPH}}}", re.DOTALL)
_HIDES = re.compile(  # what moves, covers, hides or defines
    r"\\(?:rule|raisebox|above|abovewithdelims|genfrac|[lr]lap|math[clr]lap|smash|hphantom|phantom"
    r"|vphantom|color|textcolor|colorbox|fcolorbox|href|url|html\w+|includegraphics|[gex]?def"
    r"|g?let|futurelet|global|long|newcommand|renewcommand|providecommand|char|csname|verb"
    r"|neg(?:thin|med|thick)space)(?![A-Za-z])|(?:\\!\s*){9}"
    r"|\\(?:kern|mkern|mskip|hskip|hspace|mspace)\*?\s*\{?\s*(?:-|\d{2})|\\\\\s*\[\s*(?:-|\d{3})"
)
_COMMANDS = re.compile(
    r"\\(?:text|mathrm|mbox|operatorname)\w*\s*\{[^}]*\}|\\(?:begin|end)\s*\{[^}]*\}|\\[A-Za-z]+"
)
_WORDS = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}[ ,.]+[A-Za-z]{3,}|\d[ ,.]+[A-Za-z]{2,} ")
_NESTS = re.compile(  # a change of size, style or font holds to the end of its group
    r"(?P<opens>\{|\\(?:begin|left|(?:display|text|script|scriptscript)style|bf|rm|it|tt|sf|cal|tiny"
    r"|scriptsize|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge)(?![A-Za-z]))"
    r"|(?P<closes>\}|\\(?:end|right)(?![A-Za-z]))|\\."
)
_ESCAPED = re.compile(r"[&<>`*_\[\]~|\\$@]|(?<=[A-Za-z]):(?=//)|(?<=[Ww]{3})\.")
_FIRST = re.compile(r"(\d*)([#+\-=.)])")  # headings, lists, lines under a heading
_NBSP = "\N{NO-BREAK SPACE}"
_BAD = re.compile(  # controls, directions of writing, invisible letters
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)


class _Piece(NamedTuple):
    """Part of a text: prose, line (its end), bold, math, display, boxed, code or block."""

    kind: str
    text: str = ""


def show(text: str) -> str:
    """The text as Markdown for a field of Argilla; see above."""
    lines = "\n".join(_line(line) for line in _lines(_pieces(_clean(text))))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


def folded(title: str, lines: Iterable[str]) -> str:
    """Lines that are hidden until a reader asks for them; title and lines are shown as they are."""
    items = "".join(f"<li>{_html(_clean(line))}</li>" for line in lines)
    return f"<details><summary>{_html(title)}</summary><ul>{items}</ul></details>"


def _clean(text: str) -> str:
    """The text without what cannot be seen."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(_FEFF, "").expandtabs(4)
    return _BAD.sub("\N{REPLACEMENT CHARACTER}", text)


def _pieces(text: str) -> Iterator[_Piece]:
    """The text cut into pieces. Searches are bounded, so that hostile text costs little."""
    text = f"\n{text}"
    failed: Counter[str] = Counter()
    at = 0  # up to here the text has been given
    place = 0
    while found := _START.search(text, place):
        start, kind = found.start(), str(found.lastgroup)
        taken = _piece(text, found) if failed[kind] < _MAX_FAILED else None
        if taken is None:
            failed[kind] += kind in _FAR
            place = found.end()
            if kind != "fence":
                continue
            taken = _Piece("line"), start + 1
        piece, end = taken
        if text[at:start]:
            yield _Piece("prose", text[at:start])
        yield piece
        at = place = end
    if text[at:]:
        yield _Piece("prose", text[at:])


def _piece(text: str, found: re.Match[str]) -> tuple[_Piece, int] | None:
    """What begins here, and where it ends; None if it is nothing but text."""
    kind, mark, begin = found.lastgroup, found.group(), found.end()
    if kind in ("line", "bold"):
        return _Piece(kind), begin
    if kind == "escape":
        return _Piece("prose", mark[1]), begin
    if kind == "fence":
        return _fence(text, mark, begin)
    if kind == "dollar":
        return _dollars(text, begin)
    if kind == "code":
        end = text.find("`", begin, begin + 1000)
        inside = text[begin : max(end, begin)]
        return (_Piece("code", inside), end + 1) if inside and "\n" not in inside else None
    if kind == "boxed":
        end = _closing_brace(text, begin)
        inside = text[begin : end - 1]
        words = _WORDS.search(inside) and not re.search(r"[\\_^]", inside)
        if words or "$" in inside or "\\(" in inside:
            inside = rf"\text{{{inside}}}"
        return _math(rf"\boxed{{{inside}}}", end, "math") if end else None
    if kind == "begin":
        close = mark.replace("begin", "end", 1)
        end = text.find(close, begin, begin + MAX_MATH)
        if found["environment"] not in _ENVIRONMENTS or end < 0:
            return None
        return _math(text[found.start() : end + len(close)], end + len(close), "display")
    end = text.find({"$$": "$$", "\\[": "\\]", "\\(": "\\)"}[mark], begin, begin + MAX_MATH)
    if end < 0:
        return None
    return _math(text[begin:end], end + 2, "math" if kind == "inline" else "display")


def _fence(text: str, mark: str, begin: int) -> tuple[_Piece, int] | None:
    """A block of code; one that is never closed is text."""
    fence = mark.lstrip("\n \t")
    head = text.find("\n", begin)
    if head < 0 or fence[0] in text[begin:head].lstrip(fence[0]):
        return None
    close = re.compile(rf"\n[ \t]*{fence}{fence[0]}*[ \t]*(?=\n|$)").search(text, head)
    if not close:
        return None
    return _Piece("block", text[head + 1 : max(close.start(), head + 1)]), close.end()


def _dollars(text: str, begin: int) -> tuple[_Piece, int] | None:
    """Mathematics between single dollars; sums of money are text."""
    end = begin
    while (end := text.find("$", end, begin + 1000)) > 0 and text[end - 1] == "\\":
        end += 1
    inside = text[begin : max(end, begin)]
    if not inside or inside != inside.strip() or "\n\n" in inside:
        return None
    if text[end + 1 : end + 2].isdigit():
        return None
    if _WORDS.search(_COMMANDS.sub("", inside)):
        return None
    return _math(inside, end + 1, "math")


def _closing_brace(text: str, begin: int) -> int:
    """Where the brace that was opened before `begin` has been closed; 0 if it is not, nearby."""
    depth = 1
    for found in re.compile(r"\\.|[{}]|\n\n", re.DOTALL).finditer(text, begin, begin + MAX_MATH):
        if found.group() == "\n\n":
            return 0
        depth += {"{": 1, "}": -1}.get(found.group(), 0)
        if not depth:
            return found.end()
    return 0


def _math(source: str, end: int, kind: str) -> tuple[_Piece, int] | None:
    r"""LaTeX on one line, as the page takes it; as code where it must not be rendered."""
    body = re.sub(r"(?<!\\)%[^\n]*", "", source)  # a comment ends with its line, which goes
    body = " ".join(re.sub(r"\\label\s*\{[^}]*\}", "", body).split())
    if not body:
        return None
    if _depth(body) > _MAX_DEPTH or _HIDES.search(body):
        return _Piece("code", body), end
    body = _inner(body)
    if len(body) - len(body.rstrip("\\")) & 1:
        body += " "
    if (boxed := re.match(r"\\boxed\s*\{", body)) and _closing_brace(body, boxed.end()) == len(
        body
    ):
        # The page shows MathML, in which browsers draw no box.
        body, kind = f"\\displaystyle {body[boxed.end() : -1].strip()}", "boxed"
    if re.match(r"\\begin\{(?:equation|align|gather|multline|split|alignat)", body):
        kind = "display"  # KaTeX knows these nowhere else
    dollars = "$$" if kind == "display" else "$"
    whole = f"{dollars}{body}{dollars}"
    match = _INLINE.match(whole)
    if not match or match.end() != len(whole):
        return _Piece("code", body), end
    return _Piece(kind, whole), end


def _depth(body: str) -> int:
    """How deeply KaTeX will recurse, at the most."""
    depth = deepest = 0
    for found in _NESTS.finditer(body):
        depth += 1 if found.lastgroup == "opens" else -1 if found.lastgroup == "closes" else 0
        deepest = max(deepest, depth)
    return deepest


def _inner(body: str) -> str:
    r"""LaTeX with `\(` and `\)` for the dollars inside its `\text{}`, which would end it."""
    opened = False

    def replaced(found: re.Match[str]) -> str:
        nonlocal opened
        if found.group() != "$":
            return found.group()
        opened = not opened
        return "\\(" if opened else "\\)"

    return re.sub(r"\\.|\$", replaced, body)


def _lines(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    """The pieces of each line. What stands on lines of its own has an empty line around it; and a
    long paragraph is cut, for the page's time grows with the square of its length."""
    line: list[_Piece] = []
    size = 0  # of the paragraph
    first, fresh = True, False
    for piece in pieces:
        if piece.kind == "line":
            if not first:
                yield line
                size = size if line else 0
            line, first = [], False
            if size > _PARAGRAPH:
                yield []
                size = 0
        elif piece.kind in ("display", "block"):
            yield from (line, [], [piece], [])
            line, fresh, size = [], True, 0
            continue
        else:
            for part in _PARTS.findall(piece.text) if piece.kind == "prose" else [piece.text]:
                if line and size + len(part) > 2 * _PARAGRAPH:
                    yield from (line, [])
                    line, fresh, size = [], True, 0
                line.append(_Piece(piece.kind, part.lstrip(" ") if fresh else part))
                size += len(part) + 1
                fresh = False
        fresh = False
    yield line


def _line(line: list[_Piece]) -> str:
    """One line as Markdown."""
    if not line:
        return ""
    head = ""
    if line[0].kind == "prose":
        text = line[0].text
        if len(line) == 1 and re.fullmatch(r" {0,3}([-*_])(?: *\1){2,} *", text):
            return "\n---\n"
        if heading := re.match(r" {0,3}(#{1,6}) +(?=\S)", text):
            head = f"\n{heading[1]} "
            line = [_Piece("prose", text[heading.end() :]), *line[1:]]
    elif all(p.kind == "bold" or p.text.strip() in ("", "*") for p in line):
        return "\n---\n"
    bold = _bold(line)
    out = head
    for i, piece in enumerate(line):
        if piece.kind == "bold":
            out += bold.get(i, r"\*\*")
        elif piece.kind == "block":
            out += f"<pre><code>{_html(piece.text)}</code></pre>"
        elif piece.kind == "code":
            out += f"<code>{_prose(piece.text, first=False)}</code>"
        elif piece.kind == "prose":
            out += _prose(piece.text, first=not out)
        elif piece.kind == "boxed":
            out += f"<mark>{piece.text}{_FEFF}</mark>"
        else:
            if out and out[-1] not in " >":
                out += _APART
            out += piece.text
            following = _after(line, i, bold)
            if following and not re.match(r"[\s?!.,:？！。，：]", following):
                out += _FEFF
    return out.rstrip(" ") + ("\n" if head else "")


def _after(line: list[_Piece], i: int, bold: dict[int, str]) -> str:
    """The character that will follow piece `i`; empty at the end of the line."""
    if i + 1 == len(line):
        return ""
    following = line[i + 1]
    return _prose(following.text, first=False)[:1] if following.kind == "prose" else "<"


def _bold(line: list[_Piece]) -> dict[int, str]:
    """For the marks of bold on a line that are in pairs, the tags."""
    tags: dict[int, str] = {}
    opened: int | None = None
    for i, piece in enumerate(line):
        if piece.kind != "bold":
            continue
        before = line[i - 1] if i else _Piece("prose", " ")
        after = line[i + 1] if i + 1 < len(line) else _Piece("prose", " ")
        left, right = before.text[-1:], after.text[:1]
        opens = (
            not right.isspace()
            and after.kind != "bold"
            and not (before.kind == "prose" and left.isalnum())
        )
        closes = (
            not left.isspace()
            and before.kind != "bold"
            and not (after.kind == "prose" and right.isalnum())
        )
        if opened is not None and closes:
            tags[opened], tags[i], opened = "<strong>", "</strong>", None
        elif opens:
            opened = i
    return tags


def _prose(text: str, *, first: bool) -> str:
    """Text as it is; `first` at the head of a line, where more characters mean something."""
    if first and (blanks := len(text) - len(text.lstrip(" "))):
        text = _NBSP * blanks + text[blanks:]
    lead = ""
    if first and (found := _FIRST.match(text)):
        lead, text = f"{found[1]}\\{found[2]}", text[found.end() :]
    text = lead + _ESCAPED.sub(r"\\\g<0>", text)
    return re.sub(r" {2,}", lambda m: _NBSP * (len(m.group()) - 1) + " ", text)


def _html(text: str) -> str:
    """Text inside HTML of our own, where Markdown is not read: not even an empty line ends it."""
    return html.escape(text).replace("\n", "&#10;")
